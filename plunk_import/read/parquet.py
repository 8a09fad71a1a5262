"""Parquet files."""

from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.footer import promised_rows

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening


def open_parquet(opening: "Opening") -> ColumnarReader:
    """Open a Parquet file; its rows keep their types."""
    path = opening.unpacked()
    scan = pl.scan_parquet(path, glob=False)
    promised = promised_rows(path)
    return ColumnarReader(scan, name=opening.name, kind="Parquet file", promised=promised)
