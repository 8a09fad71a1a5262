"""What the page's sections show: the parts of a report, counted, ordered and capped."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from plunk_import.errors import ExitCode, WayOn
from plunk_import.report.html.phrases import percent
from plunk_import.report.model import Report

MOST = 20

T = TypeVar("T")
_DRY_COMMANDS = frozenset({"validate", "check"})
_ENDS: Mapping[str, tuple[str, str]] = {
    "delivered": ("delivered", "Stored by Plunk."),
    "skipped": ("skipped", "Delivered by an earlier run."),
    "pending": ("pending", ""),
    "in_doubt": ("in doubt", "Sent without a trustworthy answer; may or may not be stored."),
    "rejected": ("rejected", "Will not succeed as it is; to be mended in {to_mend}."),
    "filtered": ("filtered", "Left out by the mapping's `where`."),
}
_PENDING = {
    WayOn.RESUME: "Not sent yet; resume the run.",
    WayOn.ALLOW_REJECTS: "Not sent yet; mend the rejects, or resume with a higher --max-rejects.",
    WayOn.NEW_RUN: "Not sent; mend the file and start a new run.",
}
_VALID = ("valid", "Would be sent.")


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """How it went: the tone of the page, in a word beside the colour."""

    tone: str
    word: str


@dataclasses.dataclass(frozen=True, slots=True)
class End:
    """One way in which rows ended. `kind` names its colour, `share` is of all rows read."""

    kind: str
    name: str
    meaning: str
    count: int
    share: float


@dataclasses.dataclass(frozen=True, slots=True)
class Capped(Generic[T]):
    """The first of many, and how many there are beyond them."""

    shown: tuple[T, ...]
    hidden: int


def is_dry(report: Report) -> bool:
    """Whether the command sends nothing by its nature."""
    return report.command in _DRY_COMMANDS


def outcome(report: Report) -> Outcome:
    """Tell whether it went well, needs a look, or stopped."""
    if report.exit_code is ExitCode.DELIVERED:
        heedful = (
            report.warnings
            or report.books.rejected
            or any(check.state == "wrong" for check in report.checks)
        )
        return Outcome("heed", "Look at this first") if heedful else Outcome("good", "All well")
    if report.exit_code is ExitCode.INCOMPLETE:
        return Outcome("heed", "Needs a look")
    return Outcome("stopped", "Stopped early")


def ends(report: Report) -> tuple[End, ...]:
    """Tell where the rows ended, without the ways that none took."""
    counts = report.books.model_dump()
    whole = report.books.read
    found = []
    for kind, (name, meaning) in _ENDS.items():
        if counts[kind]:
            dry = kind == "pending" and is_dry(report)
            meant = meaning.format(to_mend=report.to_mend)
            said = _PENDING[report.way_on] if kind == "pending" else meant
            shown = _VALID if dry else (name, said)
            found.append(End("valid" if dry else kind, *shown, counts[kind], counts[kind] / whole))
    return tuple(found)


def books_in_words(report: Report) -> str:
    """Tell what the bar shows, for those who hear it."""
    parts = (f"{end.count:,} {end.name} ({percent(end.share)})" for end in ends(report))
    return f"Of {report.books.read:,} rows: {', '.join(parts) or 'none'}."


def capped(items: Iterable[T], most: int = MOST) -> Capped[T]:
    """Return the first `most` of `items`."""
    everything = tuple(items)
    return Capped(everything[:most], max(0, len(everything) - most))


def by_count(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return names with their counts, highest first, else in the order given."""
    return tuple(sorted(counts.items(), key=lambda item: -item[1]))
