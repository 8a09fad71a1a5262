"""The rejects of a source with typed columns, as a Parquet file that keeps the types."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl

from plunk_import.read import as_cells, column
from plunk_import.storage.directory import RunDirectory
from plunk_import.storage.durable import replacing, writing

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

FOLDER_START = ".rejects-"
"""What the name of a folder begins with that holds rejects until all are there."""


class TypedRejects:
    """Gathers the rejects of a source with typed columns for a Parquet file.

    Mended there, they can be imported again with the same mapping: CSV would make text of them.
    """

    def __init__(self, folder: Path, stream: IO[bytes], before: Path) -> None:
        self.stream = stream
        self._folder = folder
        self._before = before
        self._parts: list[pl.LazyFrame] = []

    def add(self, rejects: pl.DataFrame) -> None:
        """Put some aside, in order; the first of them gives the columns."""
        if len(rejects) or not self._parts:
            lacking = [n for n, dtype in rejects.schema.items() if _holds_empty_objects(dtype)]
            rejects = rejects.with_columns(as_cells(rejects.select(map(column, lacking))))
            part = self._folder / f"{len(self._parts):06}.arrow"
            with writing(part):
                rejects.write_ipc(part)
            self._parts.append(pl.scan_ipc(part))

    def keep(self, first: int, lines: int) -> None:
        """Take lines over from the file of before."""
        if lines:
            self._parts.append(pl.scan_parquet(self._before, glob=False).slice(first, lines))

    def write(self) -> None:
        """Write what was put aside, in bounded memory."""
        if self._parts:
            pl.concat(self._parts).sink_parquet(self.stream)


@contextlib.contextmanager
def typed_rejects_of(directory: RunDirectory) -> Iterator[TypedRejects]:
    """Open the file to be written anew, whole or left as it was."""
    folder = tempfile.TemporaryDirectory(prefix=FOLDER_START, dir=directory.path)
    with replacing(directory.typed_rejects) as stream, folder as name:
        yield TypedRejects(Path(name), stream, directory.typed_rejects)


def _holds_empty_objects(dtype: "PolarsDataType") -> bool:
    """Find out whether Parquet lacks a type because it has no fields, as `{}` has none."""
    match dtype:
        case pl.Struct(fields=fields):
            return not fields or any(_holds_empty_objects(field.dtype) for field in fields)
        case pl.List(inner=inner) | pl.Array(inner=inner):
            return _holds_empty_objects(inner)
    return False
