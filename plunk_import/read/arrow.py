"""Arrow IPC files, also called Feather."""

from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.columnar import ColumnarReader

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening


def open_arrow(opening: "Opening") -> ColumnarReader:
    """Open an Arrow IPC file; its rows keep their types."""
    scan = pl.scan_ipc(opening.unpacked())
    return ColumnarReader(scan, name=opening.name, kind="Arrow file")
