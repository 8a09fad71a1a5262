"""Delimited text in single steps: where records and cells end.

A record ends at a line break outside quotes. A quote opens a quoted cell only where a cell begins;
anywhere else, and between a closing quote and the next delimiter, it is stray.
"""

import dataclasses
import re
from collections.abc import Iterator


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
        record = b"%b(?:%b%b)*+" % (cell, delimiter, cell)
        self._blank = re.compile(b"(?:\r?%b)*+" % end)
        self._last_blank = re.compile(b"(?:\r?%b)*+(?:\r\\Z)?" % end)
        self._cell = re.compile(cell)
        self._quoted_cell = re.compile(quoted if quote else b"(?!)")
        self._whole = re.compile(record + end)
        self._last = re.compile(record + b"(?:%b|\\Z)" % end)

    def skip_blank(self, text: bytes, start: int, *, final: bool) -> int:
        """Find where the next line that is not empty begins."""
        blank = (self._last_blank if final else self._blank).match(text, start)
        return blank.end() if blank else start

    def end(self, text: bytes, start: int, *, final: bool) -> int | None:
        """Find where the record at `start` ends, its line break included; None if out of sight."""
        found = (self._last if final else self._whole).match(text, start)
        return found.end() if found else None

    def each(self, text: bytes) -> Iterator[bytes]:
        """Yield the records of a text of whole records without blank lines."""
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


def clean_run(dialect: Dialect, width: int) -> re.Pattern[bytes]:
    """Build the pattern of as many faultless records of `width` cells as there are in a row.

    Each ends with its line break; carriage returns stand only there or in quotes.
    """
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
    return re.compile(b"(?:%b%b%b%b)*+" % (not_blank, cell, more, line_break))
