"""NDJSON: one JSON object a line.

The columns are found in a pass of their own over the whole file, so that no value is cut to fit
what came before it.
"""

import dataclasses
import sys
from collections.abc import Iterator, Mapping

import msgspec
import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import BadRow, FileBatch, Form
from plunk_import.read.content import Content, Readable
from plunk_import.read.encodings import BOM, require_utf8_like
from plunk_import.read.failures import EmptyFileError
from plunk_import.read.json.bad_lines import bad_row, complaint, has_deep_record, has_lone_surrogate
from plunk_import.read.json.columns import Columns, Survey, parse
from plunk_import.read.json.own_types import kinds_named
from plunk_import.read.lines import NO_LINES
from plunk_import.read.own_columns import own_columns_of
from plunk_import.read.partition import Span, spans_of_text
from plunk_import.read.records import Parsed, RecordStream


class NdjsonReader:
    """A file of one JSON object a line.

    Args:
        content: The file's text.
        block_bytes: About how many bytes are parsed at once.
        is_rewritten: It is a copy of ours, and has no lines that a person knows.
        survey: What was found in other files of the same source, and is found in this one: their
            columns are those of all. A file of ours has its own.

    Raises:
        SourceError: No line holds an object.

    """

    form = Form.JSON
    remarks = ()
    losses = ()

    def __init__(
        self,
        content: Content,
        *,
        block_bytes: int,
        is_rewritten: bool = False,
        survey: Survey | None = None,
    ) -> None:
        head, final = content.head(1 << 16)
        require_utf8_like(head, name=content.name)
        text = head.removeprefix(BOM)
        if final and not text.strip():
            raise EmptyFileError(f"{content.name}: the file is empty", form=Form.JSON)
        if text.lstrip().startswith(b"[") and not is_rewritten:
            raise SourceError(
                f"{content.name}: this is a JSON list, not one object a line. Declare "
                "`source: {format: json}`."
            )
        self._content = content
        self._is_rewritten = is_rewritten
        self._block_bytes = block_bytes
        self._start = len(head) - len(text)
        self._survey = self._surveyed()
        own = own_columns_of(self._survey.columns.kinds)
        self._kinds_named = () if own is None else tuple(self._named(own.name("types")))
        self.is_ours = own is not None
        if survey is not None and not self.is_ours:
            survey.merge(self._survey)
            self._survey = survey

    @property
    def record_format(self) -> "NdjsonFormat":
        """How its lines are parsed, once all files of the source were looked at."""
        return NdjsonFormat(self._columns, encoding=self._content.encoding or "utf-8")

    @property
    def _columns(self) -> Columns:
        columns = self._survey.columns
        return columns.joined(self._kinds_named) if self._kinds_named else columns

    @property
    def schema(self) -> pl.Schema:
        """The keys of all objects, in the order of their first appearance."""
        return self._columns.schema

    @property
    def json(self) -> Mapping[str, str]:
        """Columns whose values are kept as JSON, too, and the columns of frames that hold it."""
        return self._columns.json

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Read anew."""
        with self._content.open() as stream:
            yield from self._rows(self._records(stream, self._start), after_row)

    def spans(self, part_bytes: int) -> Iterator[Span]:
        """Cut the file where lines end."""
        with self._content.open() as stream:
            yield from spans_of_text(
                stream,
                start=self._start,
                part_bytes=part_bytes if self._content.is_plain else sys.maxsize,
                line_end=b"\n",
                quote=b"",
            )

    def part(self, span: Span, *, rows_before: int, after_row: int) -> Iterator[FileBatch]:
        """Read a part of the file."""
        with self._content.open_part(span.start, span.stop) as stream:
            before = {"lines_before": span.lines_before, "rows_before": rows_before}
            records = self._records(stream, span.start, **before)
            yield from self._rows(records, after_row)

    def _records(self, stream: Readable, start: int, **before: int) -> RecordStream:
        return RecordStream(
            stream,
            self.record_format,
            place=self._content.place,
            block_bytes=self._block_bytes,
            start=start,
            has_ends=self._content.is_plain and not self._is_rewritten,
            **before,
        )

    def _rows(self, records: RecordStream, after_row: int) -> Iterator[FileBatch]:
        for batch in records.batches(after_row=after_row):
            yield dataclasses.replace(batch, lines=NO_LINES) if self._is_rewritten else batch

    def _blocks(self) -> Iterator[bytes]:
        with self._content.open() as stream:
            for block in _line_blocks(stream, self._block_bytes, self._start):
                yield readable_lines(block)

    def _named(self, types: str) -> Iterator[tuple[str, str]]:
        """Find the kinds of columns that a file of ours names itself, in its column `types`."""
        if types in self._survey.columns.kinds:
            for block in self._blocks():
                yield from kinds_named(block, types)

    def _surveyed(self) -> Survey:
        survey = Survey()
        for block in self._blocks():
            survey.add(block)
        if not survey.columns.kinds:
            raise SourceError(
                f"{self._content.name}: no line holds a JSON object with a value; of the first, "
                f"{self._firstcomplaint()}. Write one object on each line, or one list of "
                "objects, or declare `source: {format: …}`."
            )
        return survey

    def _firstcomplaint(self) -> str:
        head, _ = self._content.head(1 << 16)
        lines = (line for line in head.removeprefix(BOM).splitlines() if line.strip())
        return complaint(next(lines, b""))


class NdjsonFormat:
    """The `RecordFormat` of JSON objects, one a line."""

    def __init__(self, columns: Columns, *, encoding: str = "utf-8") -> None:
        self.schema = columns.frame_schema
        self._columns = columns
        self._encoding = encoding

    @property
    def line_end(self) -> bytes:
        """The byte that ends a line."""
        return b"\n"

    def line_offsets(self, block: bytes, frame: pl.DataFrame | None) -> pl.Series:  # noqa: ARG002 - the protocol's
        """Find on which line of the block each record stands, from 0."""
        lines = enumerate(block.split(b"\n"))
        return pl.Series([number for number, line in lines if line.strip()], dtype=pl.UInt32)

    def last_end(self, window: bytes) -> int:
        """Find where the last whole line ends: JSON has no line break within a string."""
        return window.rfind(b"\n") + 1

    def count(self, block: bytes) -> int | None:  # noqa: ARG002 - the protocol's parameter
        """Count nothing: blank lines make it no cheaper than parsing."""
        return None

    def parse_clean(self, block: bytes) -> pl.DataFrame | None:
        """Parse whole lines at once; None where any of them may be bad."""
        if not block.strip():
            return self.schema.to_frame()
        if has_lone_surrogate(block) or has_deep_record(block):
            return None
        try:
            frame = parse(block, self._columns)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, pl.exceptions.PolarsError):
            return None
        return frame

    def parse_each(self, window: bytes, *, final: bool) -> Parsed:
        """Parse ever smaller groups of lines, until the bad ones are alone."""
        end = len(window) if final else self.last_end(window)
        lines = [line for line in window[:end].split(b"\n") if line.strip()]
        frames = [self.schema.to_frame()]
        bad: list[BadRow] = []
        groups = [range(len(lines))]
        while groups:
            group = groups.pop()
            frame = self.parse_clean(b"\n".join(lines[group.start : group.stop]))
            if frame is not None:
                frames.append(frame)
            elif len(group) > 1:
                half = len(group) // 2
                groups += [group[half:], group[:half]]
            else:
                line = lines[group.start].removesuffix(b"\r")
                bad.append(bad_row(group.start, line, self._encoding))
        faulty = {row.row_number for row in bad}
        good = [position for position in range(len(lines)) if position not in faulty]
        return Parsed(pl.concat(frames), good, bad, records=len(lines), consumed=end)


def _line_blocks(stream: Readable, block_bytes: int, start: int) -> Iterator[bytes]:
    rest = b""
    while part := stream.read(block_bytes):
        block = rest + part
        end = block.rfind(b"\n") + 1
        rest = block[end:]
        if end > start:
            yield block[start:end]
            start = 0
    yield rest[start:]


def readable_lines(block: bytes) -> bytes:
    """Leave out lines whose rows are bad, whatever they hold."""
    if _is_readable(block):
        return block
    return b"\n".join(line for line in block.split(b"\n") if _is_readable(line))


def _is_readable(lines: bytes) -> bool:
    try:
        lines.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not has_lone_surrogate(lines) and not has_deep_record(lines)
