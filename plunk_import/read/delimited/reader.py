"""One file of delimited text: its rows, all cells as strings."""

import dataclasses
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import polars as pl

from plunk_import.read.batch import FileBatch, Form
from plunk_import.read.content import Content
from plunk_import.read.delimited.cells import Dialect
from plunk_import.read.delimited.parser import DelimitedFormat
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
            records = RecordStream(
                stream,
                self.record_format,
                place=lambda offset: self.content.place(offset, self.dialect.line_end),
                block_bytes=self.block_bytes,
                start=self.start,
            )
            yield from records.batches(after_row=after_row)
