"""The files beside a report, read whole: what the report itself holds only samples of."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from plunk_import.errors import RunDirectoryError, SourceError
from plunk_import.read import column, ndjson_frame
from plunk_import.storage import RunDirectory

_NUMBERS = {"_row": pl.UInt64, "_line": pl.UInt64, "row": pl.UInt64, "attempts": pl.UInt32}


def rejects_in(directory: str | None) -> Path:
    """Find the file of all rejects: one with the source's own types where it has any.

    Raises:
        RunDirectoryError: They are not there.

    """
    place = _place(directory)
    return _found(place.rejects, *place.kept(place.rejects))


def doubts_in(directory: str | None) -> Path:
    """Find that of all rows in doubt; raises RunDirectoryError where they are not there."""
    place = _place(directory)
    return _found(place.in_doubt, *place.kept(place.in_doubt))


def results_in(directory: str | None) -> Path:
    """Find that of all delivered rows; raises RunDirectoryError where they are not there."""
    return _found(_place(directory).results)


def records_of(file: Path) -> Iterator[dict[str, Any]]:
    """Iterate over rows as dicts, a block at a time."""
    with _readable():
        if file.suffix == ".ndjson":
            with file.open(encoding="utf-8", newline="\n") as lines:
                yield from map(json.loads, lines)
            return
        for block in _scanned(file).collect_batches(maintain_order=True):
            yield from block.iter_rows(named=True)


def collected(file: Path) -> pl.DataFrame:
    """Read all rows as a frame."""
    with _readable():
        # A file of JSON has no columns where it has no rows.
        if file.suffix == ".ndjson" and file.stat().st_size:
            return ndjson_frame(file)
        return _scanned(file.with_suffix(".csv") if file.suffix == ".ndjson" else file).collect()


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, PolarsError, SourceError) as error:
        raise RunDirectoryError(f"The files of this report cannot be read: {error}.") from error


def _place(directory: str | None) -> RunDirectory:
    if directory is None:
        raise RunDirectoryError("This report has no files: nothing was written for it.")
    return RunDirectory(Path(directory))


def _found(file: Path, *others: Path) -> Path:
    if not file.exists():
        raise RunDirectoryError(
            f"{file} is not there: it was moved, or this command writes none. "
            f"`plunk-import status {file.parent} --write` writes the files of a run anew."
        )
    return next((other for other in others if other.exists()), file)


def _scanned(file: Path) -> pl.LazyFrame:
    if file.suffix == ".parquet":
        return pl.scan_parquet(file, glob=False)
    text = pl.scan_csv(file, infer_schema=False, glob=False)
    names = text.collect_schema().names()
    return text.with_columns(
        column(name).cast(dtype) for name, dtype in _NUMBERS.items() if name in names
    )
