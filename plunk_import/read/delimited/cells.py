"""Delimited text in single steps: where records and cells end.

A record ends at a line break outside quotes. A quote opens a quoted cell only where a cell begins;
anywhere else, and between a closing quote and the next delimiter, it is stray.
"""

import dataclasses
import re
from collections.abc import Iterator

_AT_ONCE = 100
"""So many are matched at a time, since what could be taken back of each is remembered until then.

No group with a choice in it is possessive: up to Python 3.11.4 its match ends in the middle of what
comes next (gh-106052).
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Dialect:
    """How cells and records are marked: each by one ASCII character; `quote` None: no quoting."""

    delimiter: str
    quote: str | None = '"'
    line_end: str = "\n"


class Records:
    """Cuts text into records and records into cells, tolerating stray quotes."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._delimiter = dialect.delimiter.encode("ascii")
        self._line_end = dialect.line_end.encode("ascii")
        self._quote = (dialect.quote or "").encode("ascii")
        delimiter, end, quote = map(re.escape, (self._delimiter, self._line_end, self._quote))
        plain = b"[^%b%b]*+" % (delimiter, end)
        quoted = b"%b[^%b]*+(?:%b%b[^%b]*+)*+%b" % ((quote,) * 6)
        cell = b"(?:%b%b|(?!%b)%b)" % (quoted, plain, quote, plain) if quote else plain
        more = b"(?:%b%b)" % (delimiter, cell)
        self._blank = re.compile(b"(?:\r?%b){1,%d}" % (end, _AT_ONCE))
        self._cells = re.compile(b"%b%b{0,%d}" % (cell, more, _AT_ONCE))
        self._more_cells = re.compile(b"%b{1,%d}" % (more, _AT_ONCE))
        self._cell = re.compile(cell)
        self._quoted_cell = re.compile(quoted if quote else b"(?!)")
        self._whole = re.compile(cell + more + b"*" + end)

    def skip_blank(self, text: bytes, start: int, *, final: bool) -> int:
        """Find where the next line that is not empty begins."""
        start = _end_of_all(self._blank, text, start, len(text))
        is_return_alone = final and len(text) == start + 1 and text.endswith(b"\r")
        return start + is_return_alone

    def end(self, text: bytes, start: int, *, final: bool) -> int | None:
        """Find where the record at `start` ends, its line break included; None if out of sight."""
        found = self._cells.match(text, start)
        while found and text.startswith(self._delimiter, found.end()):
            found = self._more_cells.match(text, found.end())
        if found is None:
            return None
        if text.startswith(self._line_end, found.end()):
            return found.end() + 1
        return found.end() if final and found.end() == len(text) else None

    def each(self, text: bytes) -> Iterator[bytes]:
        """Yield the records of a text of faultless records without blank lines."""
        return (found.group() for found in self._whole.finditer(text))

    def unclosed_quote(self, text: bytes, start: int) -> int:
        """Find the quote that keeps the record at `start` from ending."""
        while found := self._cell.match(text, start):
            start = found.end() + 1
        return start

    def strip_end(self, record: bytes) -> bytes:
        """Remove the line break."""
        text = record.removesuffix(self._line_end)
        return text.removesuffix(b"\r") if self._line_end == b"\n" else text

    def cells(self, record: bytes) -> list[bytes | None] | None:
        """Return the cells of a record without its line break; None if it holds a stray quote."""
        if not self._quote or self._quote not in record:
            return [cell or None for cell in record.split(self._delimiter)]
        cells, position = self._cells_before_stray(record)
        return cells if position > len(record) else None

    def told_apart(self, record: str, width: int) -> tuple[str | None, ...]:
        """Return up to `width` cells of a record without its line break, whatever it holds.

        Those before a stray quote are sure. Those from there on are taken at the delimiters, as if
        quotes meant nothing, where that makes as many cells as a row has.
        """
        text = record.encode("utf-8", "surrogatepass")
        cells, position = self._cells_before_stray(text)
        if position <= len(text):
            rest = [cell or None for cell in text[position:].split(self._delimiter)]
            cells += rest if len(cells) + len(rest) == width else []
        return tuple(
            cell if cell is None else cell.decode("utf-8", "surrogatepass")
            for cell in cells[:width]
        )

    def _cells_before_stray(self, record: bytes) -> tuple[list[bytes | None], int]:
        """Return the cells up to a stray quote, and where the cell that holds it begins."""
        cells: list[bytes | None] = []
        position = 0
        while position <= len(record):
            found = self._cell.match(record, position)
            if found is None:
                break
            raw = found.group()
            if self._quote and self._quote in raw and not self._quoted_cell.fullmatch(raw):
                break
            cells.append(self._unquoted(raw) if self._quote else raw or None)
            position = found.end() + 1
        return cells, position

    def _unquoted(self, raw: bytes) -> bytes | None:
        if not raw.startswith(self._quote):
            return raw or None
        return raw[1:-1].replace(self._quote * 2, self._quote)


class CleanRun:
    """Finds as many faultless records of `width` cells as there are in a row.

    Each ends with its line break; carriage returns stand only there or in quotes.
    """

    def __init__(self, dialect: Dialect, width: int) -> None:
        delimiter, end, quote = (
            re.escape(mark.encode("ascii"))
            for mark in (dialect.delimiter, dialect.line_end, dialect.quote or "")
        )
        cell = b"[^\r%b%b%b]*+" % (delimiter, end, quote)
        if quote:
            cell = b"(?:%b[^%b]*+(?:%b%b[^%b]*+)*+%b|%b)" % (*((quote,) * 6), cell)
        line_break = b"\r" if dialect.line_end == "\r" else b"\r?\n"
        not_blank = b"(?!%b)" % line_break
        more = b"(?:%b%b){%d}" % (delimiter, cell, width - 1)
        record = b"%b%b%b%b" % (not_blank, cell, more, line_break)
        self._some = re.compile(b"(?:%b){1,%d}" % (record, _AT_ONCE))

    def end(self, text: bytes, start: int, stop: int | None = None) -> int:
        """Find where those end that begin at `start`; `start` if there is none before `stop`."""
        return _end_of_all(self._some, text, start, len(text) if stop is None else stop)


def _end_of_all(some: re.Pattern[bytes], text: bytes, start: int, stop: int) -> int:
    """Find where `some` ends, matched one after the other; `start` if it does not match."""
    while found := some.match(text, start, stop):
        start = found.end()
    return start
