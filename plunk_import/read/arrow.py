"""Arrow IPC files, also called Feather, and Arrow streams."""

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.arrow_messages import MESSAGE_START, MessageError, blocks_of, message_at
from plunk_import.read.arrow_stream import open_arrow_stream
from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.second_reader import arrow_batches, opened

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening

_KIND = "Arrow file"


def open_arrow(opening: "Opening") -> ColumnarReader:
    """Open an Arrow IPC file or stream; its rows keep their types.

    Raises:
        SourceError: The file is damaged.

    """
    head, _ = opening.content.head(len(MESSAGE_START))
    if head == MESSAGE_START:
        return open_arrow_stream(opening)
    path = opening.unpacked()
    _require_sizes(path, opening.name)

    def by_polars() -> ColumnarReader:
        return ColumnarReader(pl.scan_ipc(path), name=opening.name, kind=_KIND)

    return opened(by_polars, arrow_batches, path, name=opening.name, kind=_KIND)


def _require_sizes(path: Path, name: str) -> None:
    with path.open("rb") as file:
        try:
            for start in blocks_of(file):
                message_at(file, start)
        except MessageError as error:
            raise SourceError(
                f"{name}: this is not a whole {_KIND}: {error}. Copy or export it again."
            ) from error
