"""Which line of a delimited file is its header, where a title or notes stand above it."""

from typing import TYPE_CHECKING

from plunk_import.read.delimited.cells import Dialect, Records
from plunk_import.read.delimited.dialect import DELIMITERS, line_end_of, told_delimiter
from plunk_import.read.encodings import BOM
from plunk_import.read.titles import header_position

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening

_HEAD_BYTES = 1 << 16
_RECORDS = 100


def find_header(opening: "Opening") -> int | None:
    """Find the line of the header, from 1; None where none of the first lines is one."""
    head, final = opening.text.head(_HEAD_BYTES)
    if told_delimiter(head):
        return 1
    found = (_found(head, mark, opening, final=final) for mark in DELIMITERS)
    lines = [line for line in found if line is not None]
    # Where one delimiter finds the header at the very top, no title stands above it.
    return min(lines, default=None)


def _found(head: bytes, delimiter: str, opening: "Opening", *, final: bool) -> int | None:
    quote = opening.options.quote or None
    end = line_end_of(head, quote)
    records = Records(Dialect(delimiter, quote, end))
    starts: list[int] = []
    rows: list[list[str | None]] = []
    start = len(BOM) if head.startswith(BOM) else 0
    while len(rows) < _RECORDS:
        start = records.skip_blank(head, start, final=final)
        stop = records.end(head, start, final=final) if start < len(head) else None
        if stop is None:
            break
        starts.append(start)
        rows.append(_cells(records, records.strip_end(head[start:stop])))
        start = stop
    position = header_position(rows)
    return None if position is None else head.count(end.encode(), 0, starts[position]) + 1


def _cells(records: Records, record: bytes) -> list[str | None]:
    cells = records.cells(record) or ()
    return [cell if cell is None else cell.decode("utf-8", "replace") for cell in cells]
