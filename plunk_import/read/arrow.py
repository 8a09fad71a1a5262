"""Arrow IPC files, also called Feather, and Arrow streams."""

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.arrow_alike import KIND, ArrowTemplate
from plunk_import.read.arrow_messages import MESSAGE_START, MessageError, blocks_of, message_at
from plunk_import.read.arrow_stream import open_arrow_stream
from plunk_import.read.batch import Reader
from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.content import Content
from plunk_import.read.second_reader import arrow_batches, opened

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening


def open_arrow(opening: "Opening") -> Reader:
    """Open an Arrow IPC file or stream; its rows keep their types.

    Raises:
        SourceError: The file is damaged.

    """
    head, _ = opening.content.head(len(MESSAGE_START))
    if head == MESSAGE_START:
        return open_arrow_stream(opening)
    reader = _reader(opening.unpacked(), opening.name)
    whole = None if opening.content.packing else opening.whole
    if whole is None:
        return reader
    template = ArrowTemplate.of(reader, whole, _reader_of)
    return (template and template.recognized(opening.content, whole)) or reader


def _reader_of(content: Content) -> ColumnarReader:
    return _reader(content.path, content.name)


def _reader(path: Path, name: str) -> ColumnarReader:
    _require_sizes(path, name)

    def by_polars() -> ColumnarReader:
        return ColumnarReader(pl.scan_ipc(path), name=name, kind=KIND)

    return opened(by_polars, arrow_batches, path, name=name, kind=KIND)


def _require_sizes(path: Path, name: str) -> None:
    with path.open("rb") as file:
        try:
            for start in blocks_of(file):
                message_at(file, start)
        except MessageError as error:
            raise SourceError(
                f"{name}: this is not a whole {KIND}: {error}. Copy or export it again."
            ) from error
