"""CSV and its kin: takes blocks of UTF-8 text and their dialect, gives their rows as strings.

A record ends at a line break outside quotes. A quote opens a quoted cell only where a cell begins;
anywhere else, and between a closing quote and the next delimiter, it is stray and spoils its
record. Lines without any character are no records. An empty cell is null, an empty quoted one "".
"""

import dataclasses
import re
from collections.abc import Sequence

import polars as pl

from plunk_import.readers.chunk import BadRow
from plunk_import.readers.encodings import encoding_message
from plunk_import.readers.records import BrokenRecordError, Parsed


@dataclasses.dataclass(frozen=True, slots=True)
class Dialect:
    """How cells and records are marked: each of one ASCII character; `quote` None: no quoting."""

    delimiter: str
    quote: str | None = '"'
    line_end: str = "\n"


class Records:
    """Cuts text into records and records into cells, one at a time, tolerating stray quotes."""

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
        self._cell = re.compile(cell, re.DOTALL)
        self._quoted_cell = re.compile(quoted if quote else b"", re.DOTALL)
        self._whole = re.compile(record + end, re.DOTALL)
        self._last = re.compile(record + b"(?:%b|\\Z)" % end, re.DOTALL)

    def skip_blank(self, text: bytes, start: int, *, final: bool) -> int:
        """Give where the next line that is not empty begins."""
        blank = (self._last_blank if final else self._blank).match(text, start)
        return blank.end() if blank else start

    def end(self, text: bytes, start: int, *, final: bool) -> int | None:
        """Give where the record at `start` ends, its line break included; None if out of sight."""
        found = (self._last if final else self._whole).match(text, start)
        return found.end() if found else None

    def unclosed_quote(self, text: bytes, start: int) -> int:
        """Give where the quote stands that keeps the record at `start` from ending."""
        while found := self._cell.match(text, start):
            start = found.end() + 1
        return start

    def strip_end(self, record: bytes) -> bytes:
        """Take the line break off."""
        text = record.removesuffix(self._line_end)
        return text.removesuffix(b"\r") if self._line_end == b"\n" else text

    def cells(self, record: bytes) -> list[bytes | None] | None:
        """Give the cells of a record without its line break; None if it holds a stray quote."""
        if not self._quote or self._quote not in record:
            return [cell or None for cell in record.split(self._delimiter)]
        cells: list[bytes | None] = []
        position = 0
        while position <= len(record):
            found = self._cell.match(record, position)
            if found is None:
                return None
            raw = found.group()
            if self._quote in raw and not self._quoted_cell.fullmatch(raw):
                return None
            cells.append(self._unquoted(raw))
            position = found.end() + 1
        return cells

    def _unquoted(self, raw: bytes) -> bytes | None:
        if not raw.startswith(self._quote):
            return raw or None
        return raw[1:-1].replace(self._quote * 2, self._quote)


class DelimitedFormat:
    """The `RecordFormat` of delimited text with the given columns.

    The text is UTF-8; `encoding` is what it was before, for messages.
    """

    def __init__(
        self, dialect: Dialect, columns: Sequence[str], *, encoding: str = "utf-8"
    ) -> None:
        self._encoding = encoding
        self.schema = pl.Schema(dict.fromkeys(columns, pl.String))
        self._dialect = dialect
        self._records = Records(dialect)
        self._width = len(columns)
        self._delimiter = dialect.delimiter.encode("ascii")
        self._quote = (dialect.quote or "").encode("ascii")
        self._line_end = dialect.line_end.encode("ascii")
        end = re.escape(self._line_end)
        self._blank_lines = re.compile(b"%b(?:\r?%b)+" % (end, end))
        self._stray_return = re.compile(b"\r[\r%b]" % re.escape(self._delimiter))
        self._clean_quotes = _clean_quotes_pattern(dialect)

    def last_end(self, window: bytes) -> int:
        """Give where the last line break ends that has an even number of quotes before it."""
        if not self._is_quoted(window):
            return window.rfind(self._line_end) + 1
        odd = window.count(self._quote) % 2
        end = len(window)
        while (at := window.rfind(self._line_end, 0, end)) >= 0:
            odd ^= window.count(self._quote, at, end) % 2
            if not odd:
                return at + 1
            end = at
        return 0

    def count(self, block: bytes) -> int | None:
        """Count the lines of a block without quotes."""
        if self._is_quoted(block):
            return None
        block = self._without_blank_lines(self._without_last_blank_lines(block))
        return block.count(self._line_end) + 1 if block else 0

    def parse_clean(self, block: bytes) -> pl.DataFrame | None:
        """Let polars parse, and check what it does not: short rows and quotes inside cells."""
        quoted = self._is_quoted(block)
        block = self._without_last_blank_lines(block)
        frame = self._parse_surely(block, quoted=quoted)
        if frame is None and not quoted:
            shorter = self._without_blank_lines(block)
            frame = self._parse_surely(shorter, quoted=False) if shorter != block else None
        return frame

    def _parse_surely(self, block: bytes, *, quoted: bool) -> pl.DataFrame | None:
        if not block:
            return self.schema.to_frame()
        if not block.endswith(self._line_end):
            block += self._line_end
        if self._has_stray_return(block):
            return None
        try:
            frame = self._parse_quoted(block) if quoted else self._scan(block).collect()
        except pl.exceptions.PolarsError:
            return None
        if frame is None or self._has_short_row(frame, block, quoted=quoted):
            return None
        return frame

    def _parse_quoted(self, block: bytes) -> pl.DataFrame | None:
        """Parse and check the quotes side by side."""
        text = pl.LazyFrame({"text": [block]}, schema={"text": pl.Binary})
        is_clean = pl.col("text").cast(pl.String).str.contains(self._clean_quotes)
        checked, frame = pl.collect_all([text.select(is_clean), self._scan(block)])
        return frame if checked.item() else None

    def parse_each(self, window: bytes, *, final: bool) -> Parsed:
        """Parse record by record; raises BrokenRecordError where the last one never ends."""
        rows: list[list[str | None]] = []
        good: list[int] = []
        bad: list[BadRow] = []
        start = position = 0
        while True:
            start = self._records.skip_blank(window, start, final=final)
            if start == len(window):
                break
            end = self._records.end(window, start, final=final)
            if end is None and final:
                raise self._unclosed(position, window, start)
            if end is None:
                break
            outcome = self._row(position, self._records.strip_end(window[start:end]))
            if isinstance(outcome, BadRow):
                bad.append(outcome)
            else:
                rows.append(outcome)
                good.append(position)
            start, position = end, position + 1
        frame = pl.DataFrame(rows, schema=self.schema, orient="row")
        return Parsed(frame, good, bad, records=position, consumed=start)

    def _unclosed(self, position: int, window: bytes, start: int) -> BrokenRecordError:
        quote = self._records.unclosed_quote(window, start)
        excerpt = window[quote : quote + 40].decode("utf-8", "backslashreplace")
        return BrokenRecordError(
            position,
            quote,
            f"the quote that begins {excerpt!r} is never closed. Close it, or, if quotes mean "
            "nothing in this file, declare `source: {quote: none}`",
        )

    def _row(self, position: int, record: bytes) -> list[str | None] | BadRow:
        try:
            record.decode("utf-8")
        except UnicodeDecodeError as error:
            return _bad_row(
                position, "invalid_encoding", encoding_message(error, self._encoding), record
            )
        cells = self._records.cells(record)
        if cells is None:
            message = f"a {self._dialect.quote} stands inside a cell"
            return _bad_row(position, "stray_quote", message, record)
        if len(cells) != self._width:
            code = "too_many_cells" if len(cells) > self._width else "too_few_cells"
            found = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
            message = f"{found} instead of {self._width}"
            return _bad_row(position, code, message, record)
        return [cell if cell is None else cell.decode("utf-8") for cell in cells]

    def _is_quoted(self, block: bytes) -> bool:
        return bool(self._quote) and self._quote in block

    def _without_last_blank_lines(self, block: bytes) -> bytes:
        text = block.rstrip(b"\r" + self._line_end)
        return (
            text if self._records.skip_blank(block, len(text), final=True) == len(block) else block
        )

    def _without_blank_lines(self, block: bytes) -> bytes:
        end = self._line_end
        if end * 2 in block or b"\r" in block[:1] or b"\n\r\n" in block or block.startswith(end):
            block = self._blank_lines.sub(end, end + block)[len(end) :]
        return b"" if block == b"\r" else block

    def _scan(self, block: bytes) -> pl.LazyFrame:
        return pl.scan_csv(
            block,
            has_header=False,
            schema=self.schema,
            separator=self._dialect.delimiter,
            quote_char=self._dialect.quote,
            eol_char=self._dialect.line_end,
        )

    def _has_short_row(self, frame: pl.DataFrame, block: bytes, *, quoted: bool) -> bool:
        """Polars fills short rows up with nulls (and refuses long ones)."""
        last = frame.to_series(self._width - 1)
        if not last.null_count():
            return False
        delimiters = block.count(self._delimiter)
        if quoted:
            inside = pl.all().str.count_matches(self._dialect.delimiter, literal=True).sum()
            delimiters -= sum(frame.select(inside).row(0))
        return self._width == 1 or delimiters != frame.height * (self._width - 1)

    def _has_stray_return(self, block: bytes) -> bool:
        """Polars takes some carriage returns off cells that are not part of a line break."""
        return self._line_end == b"\n" and self._stray_return.search(block) is not None


def _clean_quotes_pattern(dialect: Dialect) -> str:
    """Every quote opens a cell, closes one, or is doubled within one; for Rust's regex engine."""
    delimiter, quote, end = (
        f"\\x{{{ord(mark):x}}}"
        for mark in (dialect.delimiter, dialect.quote or '"', dialect.line_end)
    )
    plain = f"[^{quote}{delimiter}{end}]*"
    quoted = f"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"
    return f"\\A(?:{plain}(?:{delimiter}|{end}|\\z)|{quoted}(?:{delimiter}|\r?{end}|\r?\\z))*\\z"


def _bad_row(position: int, code: str, message: str, record: bytes) -> BadRow:
    return BadRow(position, code, message, record.decode("utf-8", "backslashreplace"))
