"""One file of delimited text: takes its content and what is declared, gives its rows as strings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.chunk import Chunk
from plunk_import.read.content import Content
from plunk_import.read.delimited.dialect import read_top
from plunk_import.read.delimited.parser import DelimitedFormat
from plunk_import.read.encodings import require_utf8_like
from plunk_import.read.records import RecordStream

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

_HEAD_BYTES = 1 << 20


class DelimitedReader:
    """A CSV file, or its kin with another delimiter."""

    typed = False

    def __init__(self, content: Content, options: "SourceOptions", *, block_bytes: int) -> None:
        head, final = content.head(_HEAD_BYTES)
        require_utf8_like(head, name=content.name)
        top = read_top(head, options, name=content.name, final=final)
        self._content = content
        self._block_bytes = block_bytes
        self._start = top.data_start
        self._line_end = top.dialect.line_end
        self._format = DelimitedFormat(
            top.dialect, top.columns, encoding=content.encoding or "utf-8"
        )

    @property
    def schema(self) -> pl.Schema:
        """All columns are strings."""
        return self._format.schema

    def chunks(self, *, after_row: int) -> Iterator[Chunk]:
        """Read anew; raises SourceError where the rest of the file cannot be read."""
        with self._content.open() as stream:
            records = RecordStream(
                stream,
                self._format,
                place=lambda offset: self._content.place(offset, self._line_end),
                block_bytes=self._block_bytes,
                start=self._start,
            )
            yield from records.chunks(after_row=after_row)
