"""The table of the measurements that people read."""

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line: what was measured, against what, what was to be reached, and what came out.

    `reached` is None where nothing was to be reached.
    """

    what: str
    against: str
    goal: str
    measured: str
    reached: bool | None = None


_MARKS = {True: "yes", False: "**no**", None: ""}


def markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a table in markdown."""
    lines = ["| what | measured against | to reach | measured | reached |", "|---|---|---|---|---|"]
    for row in rows:
        cells = (row.what, row.against, row.goal, row.measured, _MARKS[row.reached])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
