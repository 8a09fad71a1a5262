"""Arrow IPC files, also called Feather, and Arrow streams."""

from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.arrow_stream import STREAM_START, open_arrow_stream
from plunk_import.read.columnar import ColumnarReader

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening


def open_arrow(opening: "Opening") -> ColumnarReader:
    """Open an Arrow IPC file or stream; its rows keep their types."""
    head, _ = opening.content.head(len(STREAM_START))
    if head == STREAM_START:
        return open_arrow_stream(opening)
    scan = pl.scan_ipc(opening.unpacked())
    return ColumnarReader(scan, name=opening.name, kind="Arrow file")
