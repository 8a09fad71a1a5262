"""The files and mappings of the people in the world, and what each row is known to be."""

import csv
import dataclasses
import enum
from pathlib import Path
from typing import Any

from tests.simulation.world import World


class Kind(enum.StrEnum):
    """What a row is, known beforehand."""

    GOOD = "good"
    BAD_ADDRESS = "its address is none"
    BANNED = "the server has a rule of its own against it"
    DUPLICATE = "its id stands in an earlier row"
    WITHOUT_ID = "its id is empty"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A row of a file. `uid` is the same wherever the same thing that happened is exported."""

    uid: str
    email: str
    identity: str
    value: int
    optin: str
    kind: Kind = Kind.GOOD

    @property
    def contact(self) -> str:
        """The address as the importer sends it."""
        return self.email.strip().lower()


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """A file with its rows, in order."""

    path: Path
    rows: tuple[Row, ...]
    id_column: str = "ref"

    def write(self) -> None:
        """Put it on the disk."""
        with self.path.open("w", newline="", encoding="utf-8") as stream:
            lines = csv.writer(stream)
            lines.writerow(("email", "uid", self.id_column, "value", "optin"))
            for row in self.rows:
                lines.writerow((row.email, row.uid, row.identity, row.value, row.optin))


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A mapping as the world knows it."""

    event: str
    has_id: bool
    subscribed: str | None
    """The word that is sent for `subscribed`, `column`, or None where it is left out."""
    marker: bool
    id_column: str = "ref"

    @property
    def mapping(self) -> dict[str, Any]:
        """Write it as the importer reads it."""
        mapping: dict[str, Any] = {
            "version": 1,
            "email": "email",
            "event": {"const": self.event},
            "data": {
                "uid": {"column": "uid", "persistent": False},
                "last": {"column": "value", "type": "integer"},
            },
        }
        if self.has_id:
            mapping["id"] = [self.id_column]
        if self.subscribed == "column":
            mapping["subscribed"] = {"column": "optin", "true": ["yes"], "false": ["no"]}
        elif self.subscribed is not None:
            mapping["subscribed"] = {"const": self.subscribed == "yes"}
        if not self.marker:
            mapping["marker"] = "off"
        return mapping


def draw_plan(world: World, event: str) -> Plan:
    """Draw how a file is mapped."""
    return Plan(
        event,
        has_id=world.happens(0.75),
        subscribed=world.chance.choice([None, "no", "column", "column"]),
        marker=world.happens(0.85),
    )


def draw_export(
    world: World, path: Path, series: str, plan: Plan, *, people: int = 5, rows: int = 9
) -> Export:
    """Draw a first file: `series` tells its uids from those of other files.

    At most so many `people` are in it, and at most so many `rows`.
    """
    names = [f"p{number}@x.co" for number in range(world.chance.randint(1, people))]
    return _drawn(world, path, series, plan, names, rows)


def _drawn(
    world: World, path: Path, series: str, plan: Plan, people: list[str], most_rows: int
) -> Export:
    optins = {person: world.chance.choice(["yes", "no"]) for person in people}
    rows: list[Row] = []
    for number in range(1, world.chance.randint(1, most_rows) + 1):
        email = world.chance.choice(people)
        row = Row(f"{series}{number}", email, str(100 + number), number, optins[email])
        rows.append(_oddly(world, row, plan, rows))
    export = Export(path, tuple(rows), plan.id_column)
    export.write()
    return export


def _oddly(world: World, row: Row, plan: Plan, before: list[Row]) -> Row:
    """Make something else of a row now and then."""
    if world.happens(0.03):
        return dataclasses.replace(row, email="nobody", kind=Kind.BAD_ADDRESS)
    if world.happens(0.03):
        return dataclasses.replace(row, email=f"banned-{row.email}", kind=Kind.BANNED)
    if plan.has_id and world.happens(0.04):
        return dataclasses.replace(row, identity="", kind=Kind.WITHOUT_ID)
    if plan.has_id and before and before[0].identity and world.happens(0.03):
        return dataclasses.replace(row, identity=before[0].identity, kind=Kind.DUPLICATE)
    if world.happens(0.05):
        return dataclasses.replace(row, email=row.email.title())
    return row


def tonight(world: World, path: Path, series: str, earlier: Export, plan: Plan) -> Export:
    """Draw the next night's export: some of yesterday's rows, written as tonight, and new ones."""
    kept = [row for row in earlier.rows if world.happens(0.7) and row.kind is Kind.GOOD]
    style = world.chance.choice(["same", "same", "spaces", "float"])
    old = [dataclasses.replace(row, identity=_restyled(row.identity, style)) for row in kept]
    new = []
    for number in range(1, world.chance.randint(1, 4) + 1):
        email = f"p{world.chance.randint(0, 6)}@x.co"
        reference = str(1000 + world.number())  # no other export has it for something else
        row = Row(f"{series}{number}", email, reference, 100 + number, "no")
        new.append(_oddly(world, row, plan, []))
    export = Export(path, (*old, *new), plan.id_column)
    export.write()
    return export


def _restyled(identity: str, style: str) -> str:
    match style:
        case "spaces":
            return f" {identity} "
        case "float":
            return f"{identity}.0"
    return identity
