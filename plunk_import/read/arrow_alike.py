"""Arrow files of the same columns and types."""

import dataclasses
import io
from collections.abc import Callable, Sequence

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.alike import LARGEST_BYTES, AlikeFile, room_for_cells, taken_together
from plunk_import.read.arrow_messages import RECORDS, MessageError, blocks_of, message_at
from plunk_import.read.batch import FileBatch, Reader
from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.content import Content
from plunk_import.read.dtypes import readable
from plunk_import.read.failures import library_failures

KIND = "Arrow file"
_MAGIC = b"ARROW1"


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class ArrowTemplate:
    """The `Template` of files that have the columns of one that was opened with care.

    Attributes:
        first: Reads that file.
        schema: Its columns, as polars has them.
        reader_of: Opens such a file with care.

    """

    first: ColumnarReader
    schema: pl.Schema
    reader_of: Callable[[Content], Reader]

    format_name = "arrow"
    is_text = False

    @classmethod
    def of(
        cls, first: ColumnarReader, whole: bytes, reader_of: Callable[[Content], Reader]
    ) -> "ArrowTemplate | None":
        """Take a file for a template; None where polars does not read it."""
        schema = _schema(whole)
        return None if schema is None else cls(first, schema, reader_of)

    def recognized(self, content: Content, whole: bytes) -> AlikeFile | None:
        """Open a file that has the same columns, of the same types."""
        if content.packing or not whole.startswith(_MAGIC):
            return None
        rows = _rows(whole)
        if not rows or _schema(whole) != self.schema:
            return None
        return AlikeFile(self, content, rows, room_for_cells(whole, rows, self.schema))

    def alone(self, content: Content) -> Reader:
        """Return what reads one of the files on its own."""
        return self.reader_of(content)

    def together(self, files: Sequence[AlikeFile]) -> Sequence[FileBatch] | None:
        """Read all files at once."""
        contents = [file.content.whole(LARGEST_BYTES) or b"" for file in files]
        try:
            with library_failures(files[0].content.name, kind=KIND):
                frame = pl.scan_ipc(contents).select(readable(self.schema)).collect()
        except SourceError:  # it is said by the file's own reader, which knows its name
            return None
        return taken_together(frame, files)


def _rows(whole: bytes) -> int:
    """Count the rows that the messages promise; 0 where they are damaged."""
    file = io.BytesIO(whole)
    try:
        messages = [message_at(file, start) for start in blocks_of(file)]
    except MessageError:
        return 0
    return sum(message.rows for message in messages if message.kind == RECORDS)


def _schema(whole: bytes) -> pl.Schema | None:
    try:
        with library_failures("", kind=KIND):
            return pl.Schema(pl.read_ipc_schema(io.BytesIO(whole)))
    except SourceError:
        return None
