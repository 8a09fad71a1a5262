"""Takes a job; gives its plan, having judged every row, and writes the rejects if asked to."""

import dataclasses
from collections.abc import Callable

import polars as pl

from plunk_import.plan.census.census import Census
from plunk_import.plan.plan import Plan
from plunk_import.runtime import Progress
from plunk_import.storage import BatchOutcome, RunFiles
from plunk_import.validate import Job, Judged


@dataclasses.dataclass(frozen=True, slots=True)
class Survey:
    """What a first look at every row gave: the plan, and which rows repeat an `id`."""

    plan: Plan
    duplicates: pl.Series | None


def survey(
    job: Job,
    *,
    progress: Progress,
    show: int = 0,
    limit: int | None = None,
    files: RunFiles | None = None,
    check: Callable[[], None] = lambda: None,
) -> Survey:
    """Judge every row, or the first `limit`; nothing is sent.

    `show` bodies are kept as they would be sent. `check` is called between batches and may raise
    to end the work. Raises SourceError where the source cannot be read to its end, and
    SourceChangedError where it was written to meanwhile.
    """
    duplicates = job.duplicates(limit=limit)
    census = Census(show=show, mapping=job.loaded.mapping)
    reached = 0
    with progress.phase("checking", limit) as phase:
        for judged in job.judged(duplicates=duplicates, limit=limit):
            check()
            census.add(judged)
            if files is not None:
                files.write(rejects_only(judged))
            reached += judged.rows
            phase.reached(reached)
            del judged  # before the next batch is made
    job.source.unchanged()
    return Survey(census.plan(), duplicates)


def rejects_only(judged: Judged) -> BatchOutcome:
    """Give the part of a batch that our own validation refuses, for the rejects file."""
    rejects = judged.rejects.with_columns(_stage=pl.lit("validate"))
    return BatchOutcome(judged.batch.file, judged.source, rejects)
