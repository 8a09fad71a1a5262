"""Where the header of a table stands that begins with a title, notes or empty lines."""

import collections
import re
from collections.abc import Sequence

Cells = Sequence[str | None]

_ADDRESS = re.compile(r"\s*[^@\s]+@[^@\s]+\s*")
_FEWEST_ROWS_LIKE_HEADER = 0.51
_MOST_LINES_ABOVE = 30


def header_position(rows: Sequence[Cells]) -> int | None:
    """Find the first row that may be the header of those below it, from 0; None if there is none.

    It is as wide as most rows are, more than half of its cells are filled, and none of them is an
    address. What stands above it is narrower, or mostly empty.

    Args:
        rows: The cells of the first rows of a file.

    """
    widths = collections.Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return None
    (usual, _), *_ = widths.most_common(1)
    for position, row in enumerate(rows[:_MOST_LINES_ABOVE]):
        if len(row) == usual and _is_full(row):
            below = rows[position + 1 :]
            alike = sum(len(other) == usual for other in below)
            is_header = below and alike >= _FEWEST_ROWS_LIKE_HEADER * len(below)
            return position if is_header and not _is_row(row) else None
    return None


def _is_full(row: Cells) -> bool:
    return sum(cell not in (None, "") for cell in row) * 2 > len(row)


def _is_row(row: Cells) -> bool:
    return any(_ADDRESS.fullmatch(cell or "") for cell in row)
