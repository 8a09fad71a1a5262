"""Parquet files of the same columns and types."""

import dataclasses
import io
from collections.abc import Callable, Sequence

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.alike import LARGEST_BYTES, AlikeFile, room_for_cells, taken_together
from plunk_import.read.batch import FileBatch, Reader
from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.content import Content
from plunk_import.read.dtypes import readable
from plunk_import.read.failures import library_failures
from plunk_import.read.footer import Footer, footer_in
from plunk_import.read.pages import damaged_page

KIND = "Parquet file"


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class ParquetTemplate:
    """The `Template` of files that have the columns of one that was opened with care.

    Attributes:
        first: Reads that file.
        footer: Its footer.
        schema: Its columns, as polars has them.
        reader_of: Opens such a file with care.

    """

    first: ColumnarReader
    footer: Footer
    schema: pl.Schema
    reader_of: Callable[[Content], Reader]

    format_name = "parquet"
    is_text = False

    @classmethod
    def of(
        cls,
        first: ColumnarReader,
        footer: Footer,
        whole: bytes,
        reader_of: Callable[[Content], Reader],
    ) -> "ParquetTemplate | None":
        """Take a file for a template; None where polars alone does not read all of it."""
        schema = _schema(whole)
        return None if schema is None or footer.lacking else cls(first, footer, schema, reader_of)

    def recognized(self, content: Content, whole: bytes) -> AlikeFile | None:
        """Open a file that has the same columns, of the same types."""
        file = io.BytesIO(whole)
        footer = None if content.packing else footer_in(file)
        if footer is None or not footer.rows or footer.lacking or not self._fits(footer, whole):
            return None
        if damaged_page(file, footer.chunks) is not None:
            return None
        room = room_for_cells(whole, footer.rows, self.schema)
        return AlikeFile(self, content, footer.rows, room)

    def alone(self, content: Content) -> Reader:
        """Return what reads one of the files on its own."""
        return self.reader_of(content)

    def together(self, files: Sequence[AlikeFile]) -> Sequence[FileBatch] | None:
        """Read all files at once."""
        contents = [file.content.whole(LARGEST_BYTES) or b"" for file in files]
        try:
            with library_failures(files[0].content.name, kind=KIND):
                rows = pl.scan_parquet(contents, glob=False)
                frame = rows.select(readable(self.schema, int96=self.footer.int96)).collect()
        except SourceError:  # it is said by the file's own reader, which knows its name
            return None
        return taken_together(frame, files)

    def _fits(self, footer: Footer, whole: bytes) -> bool:
        if footer.int96 != self.footer.int96:
            return False
        return footer.types == self.footer.types or _schema(whole) == self.schema


def _schema(whole: bytes) -> pl.Schema | None:
    try:
        with library_failures("", kind=KIND):
            return pl.scan_parquet(whole, glob=False).collect_schema()
    except SourceError:
        return None
