"""Parquet files."""

import functools
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import Reader
from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.content import Content
from plunk_import.read.footer import Footer, read_footer
from plunk_import.read.pages import damaged_page
from plunk_import.read.parquet_alike import KIND, ParquetTemplate
from plunk_import.read.second_reader import opened, parquet_batches
from plunk_import.read.spool import SpoolFile

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening


def open_parquet(opening: "Opening") -> Reader:
    """Open a Parquet file; its rows keep their types.

    Raises:
        SourceError: It is no such file, or has no rows.

    """
    path = opening.unpacked()
    footer = read_footer(path)
    reader = _reader(path, footer, name=opening.name, spool=opening.spool)
    whole = None if footer is None or opening.content.packing else opening.whole
    if footer is None or whole is None:
        return reader

    reader_of = functools.partial(_reader_of, spool=opening.spool)
    template = ParquetTemplate.of(reader, footer, whole, reader_of)
    return (template and template.recognized(opening.content, whole)) or reader


def _reader_of(content: Content, *, spool: Path) -> ColumnarReader:
    return _reader(content.path, read_footer(content.path), name=content.name, spool=spool)


def _reader(path: Path, footer: Footer | None, *, name: str, spool: Path) -> ColumnarReader:
    if footer is None:
        return ColumnarReader(pl.scan_parquet(path, glob=False), name=name, kind=KIND)
    with path.open("rb") as file:
        page = damaged_page(file, footer.chunks)
    if page is not None:
        raise SourceError(
            f"{name}: this Parquet file is damaged: the page at byte {page:,} says of itself what "
            "cannot be. Copy or export it again."
        )
    if footer.lacking:
        path = _plain_copy(path, footer, spool)

    def by_polars() -> ColumnarReader:
        return ColumnarReader(
            pl.scan_parquet(path, glob=False),
            name=name,
            kind=KIND,
            promised=footer.rows,
            groups=footer.groups,
            int96=footer.int96,
            lacking=footer.lacking,
        )

    return opened(by_polars, parquet_batches, path, name=name, kind=KIND, promised=footer.rows)


def _plain_copy(path: Path, footer: Footer, spool: Path) -> Path:
    """Copy a file that polars does not open for the sake of one column."""
    with path.open("rb") as source, SpoolFile(spool) as target:
        shutil.copyfileobj(source, target)
    with target.path.open("r+b") as copy:
        footer.write_plain(copy)
    return target.path
