"""One file of delimited text: its rows, all cells as strings."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.batch import FileBatch, Form
from plunk_import.read.content import Content
from plunk_import.read.delimited.dialect import read_top
from plunk_import.read.delimited.parser import DelimitedFormat
from plunk_import.read.encodings import require_utf8_like
from plunk_import.read.records import RecordStream

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions
    from plunk_import.read.formats import Opening

_HEAD_BYTES = 1 << 20


def open_csv(opening: "Opening") -> "DelimitedReader":
    """Open a file of comma-separated values or their kin."""
    return DelimitedReader(opening.text, opening.options, block_bytes=opening.block_bytes)


class DelimitedReader:
    """A CSV file, or its kin with another delimiter."""

    form = Form.TEXT
    json: Mapping[str, str] = MappingProxyType({})

    def __init__(self, content: Content, options: "SourceOptions", *, block_bytes: int) -> None:
        head, final = content.head(_HEAD_BYTES)
        require_utf8_like(head, name=content.name)
        top = read_top(head, options, name=content.name, final=final)
        self.remarks = top.header.remarks
        self._content = content
        self._block_bytes = block_bytes
        self._start = top.data_start
        self._line_end = top.dialect.line_end
        self._format = DelimitedFormat(
            top.dialect,
            top.header.names,
            encoding=content.encoding or "utf-8",
            multiline=options.multiline,
        )

    @property
    def schema(self) -> pl.Schema:
        """All columns are strings."""
        return self._format.schema

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Read anew.

        Raises:
            SourceError: The rest of the file cannot be read.

        """
        with self._content.open() as stream:
            records = RecordStream(
                stream,
                self._format,
                place=lambda offset: self._content.place(offset, self._line_end),
                block_bytes=self._block_bytes,
                start=self._start,
            )
            yield from records.batches(after_row=after_row)
