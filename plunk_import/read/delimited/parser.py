"""CSV and its kin: the rows of blocks of UTF-8 text, as strings.

A stray quote spoils its record. Lines without any character are no records. An empty cell is null,
an empty quoted one "".
"""

import re
from collections.abc import Sequence

import polars as pl

from plunk_import.read.batch import BadRow
from plunk_import.read.byte_columns import count_byte
from plunk_import.read.delimited.cells import CleanRun, Dialect, Records
from plunk_import.read.delimited.offsets import line_offsets
from plunk_import.read.delimited.quotes import Quotes
from plunk_import.read.delimited.runaway import RunawayQuotes
from plunk_import.read.delimited.single import SingleRecords
from plunk_import.read.records import BrokenRecordError, Parsed


class DelimitedFormat:
    """The `RecordFormat` of delimited text with the given columns.

    The text is UTF-8; `encoding` is what it was before, for messages. `multiline`: cells may hold
    many lines that look like rows.
    """

    def __init__(
        self,
        dialect: Dialect,
        columns: Sequence[str],
        *,
        encoding: str = "utf-8",
        multiline: bool = False,
    ) -> None:
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
        self._runaway = RunawayQuotes(dialect, 1 if multiline else self._width)
        self._single = SingleRecords(self._records, self._width, self._runaway, encoding)
        self._quotes = Quotes(dialect)
        self._clean_run = CleanRun(dialect, self._width)

    def last_end(self, window: bytes) -> int:
        """Find where the last line break ends that has an even number of quotes before it."""
        if not self._is_quoted(window):
            return window.rfind(self._line_end) + 1
        odd = count_byte(window, self._quote) % 2
        end = len(window)
        while (at := window.rfind(self._line_end, 0, end)) >= 0:
            odd ^= window.count(self._quote, at, end) % 2
            if not odd:
                return at + 1
            end = at
        return 0

    def count(self, block: bytes) -> int | None:
        """Count the lines of a block without quotes and other surprises."""
        if self._is_quoted(block) or self._has_stray_return(block):
            return None
        block = self._without_blank_lines(self._without_last_blank_lines(block))
        is_unended = bool(block) and not block.endswith(self._line_end)
        return count_byte(block, self._line_end) + is_unended

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
        if self._has_stray_return(block) or (quoted and not self._quotes.are_clean(block)):
            return None
        try:
            frame = self._scanned(block)
        except pl.exceptions.PolarsError:
            return None
        if self._has_short_row(frame, block, quoted=quoted):
            return None
        if quoted and self._runaway.are_in(frame, count_byte(block, self._line_end)):
            return None
        return frame

    def parse_each(self, window: bytes, *, final: bool) -> Parsed:
        """Add runs of faultless records at once, and what stands between them one by one.

        Raises BrokenRecordError where the last record never ends.
        """
        rows = _Rows()
        start = 0
        while (start := self._records.skip_blank(window, start, final=final)) < len(window):
            end: int | None = self._run_end(window, start)
            if end is not None and end > start:
                run = window[start:end]
                if self._is_quoted(run) and self.parse_clean(run) is None:
                    for record in self._records.each(run):
                        rows.take(self._single.read(rows.count, self._records.strip_end(record)))
                else:
                    rows.take_run(run, self._count_records(run))
            else:
                end = self._records.end(window, start, final=final)
                if end is None:
                    break
                rows.take(self._single.read(rows.count, self._records.strip_end(window[start:end])))
            start = end
        if final and start < len(window):
            raise _unclosed(rows.count, window, self._records.unclosed_quote(window, start))
        frame = pl.concat([self.schema.to_frame(), *map(self._frame, rows.good)])
        return Parsed(frame, rows.positions, rows.bad, records=rows.count, consumed=start)

    def _run_end(self, window: bytes, start: int) -> int:
        """Find where the faultless records that begin at `start` end; `start` if there is none."""
        end = self._clean_run.end(window, start)
        try:
            window[start:end].decode("utf-8")
        except UnicodeDecodeError as error:
            return self._clean_run.end(window, start, start + error.start)
        return end

    def _count_records(self, run: bytes) -> int:
        if not self._is_quoted(run):
            return count_byte(run, self._line_end)
        return sum(1 for _ in self._records.each(run))

    def _frame(self, good: bytes | list[str | None]) -> pl.DataFrame:
        if isinstance(good, list):
            return pl.DataFrame([good], schema=self.schema, orient="row")
        frame = self.parse_clean(good)
        if frame is not None:
            return frame
        records = map(self._records.strip_end, self._records.each(good))
        rows = [self._single.read(0, record) for record in records]
        return pl.DataFrame(rows, schema=self.schema, orient="row")

    @property
    def quote(self) -> bytes:
        """The byte that opens and closes cells; empty where none does."""
        return self._quote

    @property
    def line_end(self) -> bytes:
        """The byte that ends a line."""
        return self._line_end

    def line_offsets(self, block: bytes, frame: pl.DataFrame | None) -> pl.Series:
        """Find on which line of whole records each of them begins, from 0."""
        return line_offsets(self._records, block, frame)

    def _is_quoted(self, block: bytes) -> bool:
        return bool(self._quote) and self._quote in block

    def _without_last_blank_lines(self, block: bytes) -> bytes:
        if block[-1:] == self._line_end and block[-2:-1] not in (b"", b"\r", self._line_end):
            return block  # the usual end, and no copy
        text = block.rstrip(b"\r" + self._line_end)
        is_blank = self._records.skip_blank(block, len(text), final=True) == len(block)
        return text if is_blank else block

    def _without_blank_lines(self, block: bytes) -> bytes:
        block = block[self._records.skip_blank(block, 0, final=True) :]
        if self._blank_lines.search(block):  # four times as quick as finding nothing to replace
            block = self._blank_lines.sub(self._line_end, block)
        return block

    def _scanned(self, block: bytes) -> pl.DataFrame:
        return self._scan(block).collect(engine="in-memory")

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
        delimiters = count_byte(block, self._delimiter)
        if quoted:
            inside = pl.all().str.count_matches(self._dialect.delimiter, literal=True).sum()
            delimiters -= sum(frame.select(inside).row(0))
        return self._width == 1 or delimiters != frame.height * (self._width - 1)

    def _has_stray_return(self, block: bytes) -> bool:
        """Tell whether carriage returns stand where polars takes them for part of a line break."""
        return (
            self._line_end == b"\n"
            and b"\r" in block  # several times as quick as the pattern
            and self._stray_return.search(block) is not None
        )


class _Rows:
    """Records as they are taken: the good ones as text or cells, the bad ones as they are."""

    def __init__(self) -> None:
        self.count = 0
        self.good: list[bytes | list[str | None]] = []
        self.positions: list[int] = []
        self.bad: list[BadRow] = []

    def take(self, row: list[str | None] | BadRow) -> None:
        """Add one record."""
        if isinstance(row, BadRow):
            self.bad.append(row)
        else:
            self.good.append(row)
            self.positions.append(self.count)
        self.count += 1

    def take_run(self, run: bytes, records: int) -> None:
        """Add the text of faultless records; it is joined to what stands before it."""
        if self.good and isinstance(self.good[-1], bytes):
            self.good[-1] += run
        else:
            self.good.append(run)
        self.positions.extend(range(self.count, self.count + records))
        self.count += records


def _unclosed(position: int, window: bytes, quote: int) -> BrokenRecordError:
    excerpt = window[quote : quote + 40].decode("utf-8", "backslashreplace")
    return BrokenRecordError(
        position,
        quote,
        f"the quote that begins {excerpt!r} is never closed. Close it, or, if quotes mean nothing "
        "in this file, declare `source: {quote: none}`",
    )
