"""The commands about mappings themselves: whether one still does what is expected of it."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plunk_import.cli.output import json_option
from plunk_import.errors import ExitCode, SettingsError

if TYPE_CHECKING:
    from plunk_import.run import HeldRow


@click.group()
def mapping() -> None:
    """Look after mapping files."""


@mapping.command("test")
@click.argument(
    "mappings", nargs=-1, metavar="[MAPPING...]", type=click.Path(dir_okay=False, path_type=Path)
)
@click.option(
    "--write", is_flag=True, help="Write what became of each row as what is expected of it."
)
@click.option(
    "--from",
    "source",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --write: begin the expectations with the first rows of this file.",
)
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="With --from: how many of its rows.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github"]),
    default="text",
    show_default=True,
    help="What to print: differences, or annotations for GitHub's CI.",
)
@json_option
def test(
    mappings: tuple[Path, ...],
    *,
    write: bool,
    source: Path | None,
    rows: int,
    form: str,
    as_json: bool,
) -> None:
    """Hold mappings to the expectations beside them, such as orders.test.yaml for orders.yaml.

    Without a name every mapping of this directory that has such a file. Ends with 1 where a row
    became something else.
    """
    from plunk_import.run import hold_mapping

    chosen = mappings or tuple(_with_expectations())
    if source is not None:
        _begin(chosen, source, rows, write=write)
    held = {one: hold_mapping(one, _beside(one)) for one in chosen}
    if write:
        _renew(held)
        held = {one: hold_mapping(one, _beside(one)) for one in chosen}
    found = [row for of_one in held.values() for row in of_one]
    click.echo(_described(found) if as_json else "\n".join(_lines(found, form)))
    sys.exit(ExitCode.DELIVERED if all(row.is_met for row in found) else ExitCode.INCOMPLETE)


def _beside(mapping: Path) -> Path:
    from plunk_import.mapping import expectations_path

    return expectations_path(mapping)


def _with_expectations() -> Iterator[Path]:
    found = sorted(Path().glob("*.test.y*ml"))
    if not found:
        raise SettingsError(
            "There is no file such as orders.test.yaml here. Begin one with: plunk-import mapping "
            "test orders.yaml --write --from orders.csv"
        )
    yield from (path.with_name(path.name.replace(".test.", ".")) for path in found)


def _begin(mappings: tuple[Path, ...], source: Path, rows: int, *, write: bool) -> None:
    from plunk_import.run import first_expectations

    if not write or len(mappings) != 1:
        raise click.UsageError("--from goes with --write and the name of one mapping.")
    place = _beside(mappings[0])
    if place.exists():
        raise SettingsError(f"{place} is there already: --write without --from renews it.")
    _save(place, first_expectations(mappings[0], source, rows))


def _renew(held: dict[Path, tuple["HeldRow", ...]]) -> None:
    from plunk_import.run import renewed

    for mapping, rows in held.items():
        place = _beside(mapping)
        _save(place, renewed(place, rows))


def _save(place: Path, text: str) -> None:
    from plunk_import.storage import replacing

    with replacing(place) as stream:
        stream.write(text.encode())


def _lines(held: list["HeldRow"], form: str) -> Iterator[str]:
    from plunk_import.report import annotation, printable

    failed = [row for row in held if not row.is_met]
    for row in failed:
        if form == "github":
            yield annotation("error", row.diff(), file=row.file, line=row.line, title=row.name)
        else:
            yield printable(f"{row.file}:{row.line}: {row.name}\n{row.diff()}\n")
    if form == "text":
        yield f"{len(held) - len(failed):,} of {len(held):,} rows became what is expected."


def _described(held: list["HeldRow"]) -> str:
    rows = [{**dataclasses.asdict(row), "is_met": row.is_met} for row in held]
    return json.dumps({"is_met": all(row.is_met for row in held), "rows": rows}, indent=2)
