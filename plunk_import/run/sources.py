"""What a caller may give as a source: files, or rows that are copied into the run's directory."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, cast

from plunk_import.read import Place, Rows, acopy_rows, are_rows, copy_rows
from plunk_import.storage import RunDirectory
from plunk_import.validate import Files, name_of

Sources: TypeAlias = Files | Rows


def directory_name(sources: Sources, *, name: str) -> str:
    """Name the directory of a run of files after the first of them, and of rows by their name."""
    is_rows = are_rows(sources)
    return name_of([Place(name, Path(name))] if is_rows else cast("Files", sources))


def as_files(sources: Sources, place: RunDirectory, *, name: str) -> Files:
    """Leave files as they are, and copy rows to one."""
    if are_rows(sources):
        return [copy_rows(sources, name=name, spool=place.spool)]
    return cast("Files", sources)


async def awaited_as_files(sources: Sources, place: RunDirectory, *, name: str) -> Files:
    """Do as `as_files`, also with rows that have to be waited for."""
    if are_rows(sources):
        return [await acopy_rows(sources, name=name, spool=place.spool)]
    return cast("Files", sources)


@contextlib.contextmanager
def keeping_copies_of_runs(place: RunDirectory) -> Iterator[None]:
    """Remove the copies of sources that are made within, unless a run began with them."""
    before, held_run = _copies(place), place.holds_run
    try:
        yield
    finally:
        if held_run or not place.holds_run:
            for copy in _copies(place) - before:
                copy.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                place.spool.rmdir()


def _copies(place: RunDirectory) -> set[Path]:
    return set(place.spool.iterdir()) if place.spool.is_dir() else set()
