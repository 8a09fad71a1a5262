"""Parquet files."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.footer import Footer, read_footer
from plunk_import.read.second_reader import opened, parquet_batches
from plunk_import.read.spool import SpoolFile

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening

_KIND = "Parquet file"


def open_parquet(opening: "Opening") -> ColumnarReader:
    """Open a Parquet file; its rows keep their types."""
    path = opening.unpacked()
    footer = read_footer(path)
    if footer is None:
        return ColumnarReader(pl.scan_parquet(path, glob=False), name=opening.name, kind=_KIND)
    if footer.lacking:
        path = _plain_copy(path, footer, opening.spool)

    def by_polars() -> ColumnarReader:
        return ColumnarReader(
            pl.scan_parquet(path, glob=False),
            name=opening.name,
            kind=_KIND,
            promised=footer.rows,
            groups=footer.groups,
            int96=footer.int96,
            lacking=footer.lacking,
        )

    return opened(
        by_polars, parquet_batches, path, name=opening.name, kind=_KIND, promised=footer.rows
    )


def _plain_copy(path: Path, footer: Footer, spool: Path) -> Path:
    """Copy a file that polars does not open for the sake of one column."""
    with path.open("rb") as source, SpoolFile(spool) as target:
        shutil.copyfileobj(source, target)
    with target.path.open("r+b") as copy:
        footer.write_plain(copy)
    return target.path
