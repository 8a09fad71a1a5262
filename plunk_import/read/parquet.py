"""Parquet files."""

from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.columnar import ColumnarReader

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening


def open_parquet(opening: "Opening") -> ColumnarReader:
    """Open a Parquet file; its rows keep their types."""
    scan = pl.scan_parquet(opening.unpacked())
    return ColumnarReader(scan, name=opening.name, kind="Parquet")
