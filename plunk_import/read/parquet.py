"""Parquet files."""

from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.footer import read_footer

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening


def open_parquet(opening: "Opening") -> ColumnarReader:
    """Open a Parquet file; its rows keep their types."""
    path = opening.unpacked()
    scan = pl.scan_parquet(path, glob=False)
    footer = read_footer(path)
    return ColumnarReader(
        scan,
        name=opening.name,
        kind="Parquet file",
        promised=footer.rows if footer else None,
        groups=footer.groups if footer else (),
        int96=footer.int96 if footer else frozenset(),
    )
