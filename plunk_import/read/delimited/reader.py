"""One file of delimited text: its rows, all cells as strings."""

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import polars as pl

from plunk_import.read.batch import FileBatch, Form
from plunk_import.read.content import Content, Readable
from plunk_import.read.delimited.cells import Dialect
from plunk_import.read.delimited.parser import DelimitedFormat
from plunk_import.read.partition import Span, spans_of_text
from plunk_import.read.records import RecordStream

_NO_JSON: Mapping[str, str] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class DelimitedReader:
    """A CSV file, or its kin with another delimiter.

    Attributes:
        content: The file's text.
        dialect: How its cells and records are marked.
        record_format: How its records are parsed.
        start: At which byte its first row begins.
        remarks: What was changed in its header, in sentences.
        block_bytes: About how many bytes are parsed at once.

    """

    content: Content
    dialect: Dialect
    record_format: DelimitedFormat
    start: int
    remarks: tuple[str, ...]
    block_bytes: int

    @property
    def form(self) -> Form:
        """Text says nothing of types."""
        return Form.TEXT

    @property
    def losses(self) -> tuple[str, ...]:
        """What cannot be read of it is rejected row by row."""
        return ()

    @property
    def json(self) -> Mapping[str, str]:
        """None of its columns is JSON."""
        return _NO_JSON

    @property
    def schema(self) -> pl.Schema:
        """All columns are strings."""
        return self.record_format.schema

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Read anew.

        Raises:
            SourceError: The rest of the file cannot be read.

        """
        with self.content.open() as stream:
            yield from self._records(stream, self.start).batches(after_row=after_row)

    def spans(self, part_bytes: int) -> Iterator[Span]:
        """Cut the file where lines end outside quotes."""
        with self.content.open() as stream:
            yield from spans_of_text(
                stream,
                start=self.start,
                part_bytes=part_bytes if self.content.is_plain else sys.maxsize,
                line_end=self.record_format.line_end,
                quote=self.record_format.quote,
            )

    def part(self, span: Span, *, rows_before: int, after_row: int) -> Iterator[FileBatch]:
        """Read a part of the file.

        Raises:
            SourceError: It cannot be read, or does not end with a record.

        """
        with self.content.open_part(span.start, span.stop) as stream:
            records = self._records(stream, span.start, span.lines_before, rows_before)
            yield from records.batches(after_row=after_row)

    def _records(
        self,
        stream: Readable,
        start: int,
        lines_before: int | None = None,
        rows_before: int = 0,
    ) -> RecordStream:
        return RecordStream(
            stream,
            self.record_format,
            place=lambda offset: self.content.place(offset, self.dialect.line_end),
            block_bytes=self.block_bytes,
            start=start,
            lines_before=lines_before,
            rows_before=rows_before,
            has_ends=self.content.is_plain,
        )
