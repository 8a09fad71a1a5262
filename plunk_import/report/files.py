"""The files beside a report, read whole: what the report itself holds only samples of."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from plunk_import.errors import RunDirectoryError
from plunk_import.read import column
from plunk_import.storage import RunDirectory

_NUMBERS = {"_row": pl.UInt64, "_line": pl.UInt64, "row": pl.UInt64, "attempts": pl.UInt32}


def rejects_in(directory: str | None) -> pl.LazyFrame:
    """Scan all rejects, in the source's own types where it has any.

    Raises:
        RunDirectoryError: They are not there.

    """
    place = _place(directory)
    if place.typed_rejects.exists():
        return pl.scan_parquet(place.typed_rejects, glob=False)
    return _scanned(place.rejects)


def doubts_in(directory: str | None) -> pl.LazyFrame:
    """Scan all rows in doubt; raises RunDirectoryError where they are not there."""
    return _scanned(_place(directory).in_doubt)


def results_in(directory: str | None) -> pl.LazyFrame:
    """Scan all delivered rows; raises RunDirectoryError where they are not there."""
    return _scanned(_place(directory).results)


def records_of(frame: pl.LazyFrame) -> Iterator[dict[str, Any]]:
    """Iterate over rows as dicts, a block at a time."""
    with _readable():
        for block in frame.collect_batches(maintain_order=True):
            yield from block.iter_rows(named=True)


def collected(frame: pl.LazyFrame) -> pl.DataFrame:
    """Read all of it."""
    with _readable():
        return frame.collect()


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, PolarsError) as error:
        raise RunDirectoryError(f"The files of this report cannot be read: {error}.") from error


def _place(directory: str | None) -> RunDirectory:
    if directory is None:
        raise RunDirectoryError("This report has no files: nothing was written for it.")
    return RunDirectory(Path(directory))


def _scanned(file: Path) -> pl.LazyFrame:
    if not file.exists():
        raise RunDirectoryError(
            f"{file} is not there: it was moved, or this command writes none. "
            f"`plunk-import status {file.parent} --write` writes the files of a run anew."
        )
    with _readable():
        text = pl.scan_csv(file, infer_schema=False, glob=False)
        names = text.collect_schema().names()
    return text.with_columns(
        column(name).cast(dtype) for name, dtype in _NUMBERS.items() if name in names
    )
