"""A first look at rows: all validated, and the rejects written."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from plunk_import.errors import RunDirectoryError
from plunk_import.plan import FirstPass, make_plan
from plunk_import.run.sources import Sources, directory_name, keeping_copies_of_runs
from plunk_import.runtime import Runtime
from plunk_import.storage import RunDirectory, claimed, run_files
from plunk_import.validate import Files, Job, MappingLike, open_job

if TYPE_CHECKING:
    from plunk_import.plan import Workers

WorkersOf: TypeAlias = "Callable[[Job], Workers]"


@contextlib.contextmanager
def directory_without_run(
    wanted: str | Path | None, sources: Sources, runtime: Runtime, *, name: str
) -> Iterator[RunDirectory]:
    """Claim a directory for what sends nothing; RunDirectoryError where a run stands in it."""
    directory = directory_name(sources, name=name)
    claim = claimed(wanted, name=directory, now=runtime.clock.wall())
    with claim as place, keeping_copies_of_runs(place):
        if place.holds_run:
            raise RunDirectoryError(f"{place.path} holds a run. Choose another directory with -o.")
        yield place


def validated(
    files: Files,
    mapping: MappingLike,
    place: RunDirectory,
    runtime: Runtime,
    *,
    show: int = 0,
    limit: int | None = None,
    allow_empty: bool = False,
    workers_of: "WorkersOf | None" = None,
) -> FirstPass:
    """Validate every row and write the rejects; `workers_of` the job, if any, take it in parts."""
    job = open_job(files, mapping, spool=place.spool, limit=limit, allow_empty=allow_empty)
    with run_files(place, job.source) as written:
        if workers_of is None:
            return make_plan(job, progress=runtime.progress, show=show, files=written)
        from plunk_import.plan import make_plan_in_parts

        return make_plan_in_parts(
            job,
            workers_of(job),
            progress=runtime.progress,
            show=show,
            files=written,
            check=runtime.stop.check,
        )
