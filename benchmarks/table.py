"""The table of the measurements that people read."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.causes import CAUSES
from benchmarks.process import Spent


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line: what was measured, against what, what was to be reached, and what came out.

    `name` is what the figure is called over time, `figure` the number that is kept. `reached` is
    None where nothing was to be reached. `load` is that of the machine before: processes that
    wanted a core, over a minute; `when` is in UTC.
    """

    name: str
    what: str
    against: str
    goal: str
    measured: str
    figure: float
    reached: bool | None = None
    cpu_seconds: float | None = None
    seconds: float | None = None
    peak_megabytes: float | None = None
    load: float = 0.0
    when: str = ""

    def spending(self, spent: Spent) -> "Row":
        """Say what the command took."""
        return dataclasses.replace(
            self,
            cpu_seconds=spent.cpu_seconds,
            seconds=spent.seconds,
            peak_megabytes=spent.peak_megabytes,
        )


_MARKS = {True: "yes", False: "**no**", None: ""}
_HEAD = (
    "what",
    "measured against",
    "to reach",
    "measured",
    "reached",
    "CPU, time, memory",
    "load, when",
)


def markdown(rows: Sequence[Row], causes: Mapping[str, str] = CAUSES) -> str:
    """Return the rows as a table in markdown, with the causes of what is not reached."""
    cells = [
        (
            *_result(row),
            _MARKS[row.reached] + _cause(row, causes),
            _costs(row),
            _circumstances(row),
        )
        for row in rows
    ]
    return table(_HEAD, cells)


def in_short(rows: Iterable[Row], names: Sequence[str]) -> str:
    """Return some of the rows, without what they took."""
    found = {row.name: row for row in rows}
    chosen = [found[name] for name in names if name in found]
    cells = [(*_result(row), _MARKS[row.reached], _circumstances(row)) for row in chosen]
    return table((*_HEAD[:5], _HEAD[-1]), cells)


def _result(row: Row) -> tuple[str, str, str, str]:
    return row.what, row.against, row.goal, row.measured


def _circumstances(row: Row) -> str:
    return f"{row.load:.1f}, {row.when}"


def _cause(row: Row, causes: Mapping[str, str]) -> str:
    cause = causes.get(row.name)
    return f": {cause}" if row.reached is False and cause else ""


def _costs(row: Row) -> str:
    parts = (
        (row.cpu_seconds, ".2f", " s"),
        (row.seconds, ".2f", " s"),
        (row.peak_megabytes, ".0f", " MB"),
    )
    return ", ".join(f"{part:{form}}{unit}" for part, form, unit in parts if part is not None)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells as a table in markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
