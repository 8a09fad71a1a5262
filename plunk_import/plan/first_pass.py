"""The first pass over a source: validates every row and sums up what a run would do."""

import dataclasses
from collections.abc import Callable

import polars as pl

from plunk_import.plan.census.census import Census
from plunk_import.plan.plan import Plan
from plunk_import.runtime import Progress
from plunk_import.storage import Chapter, RunFiles
from plunk_import.validate import Job, ValidatedBatch


@dataclasses.dataclass(frozen=True, slots=True)
class Survey:
    """What a first look at every row found: the plan, and the job with its duplicates known."""

    plan: Plan
    job: Job


def survey(
    job: Job,
    *,
    progress: Progress,
    show: int = 0,
    files: RunFiles | None = None,
    check: Callable[[], None] = lambda: None,
) -> Survey:
    """Validate every row of the job; nothing is sent.

    `show` bodies are kept as they would be sent. `check` is called between batches and may raise
    to end the work. Raises SourceError where the source cannot be read to its end, and
    SourceChangedError where it was written to meanwhile.
    """
    job = job.find_duplicates()
    census = Census(show=show, mapping=job.loaded.mapping)
    reached = 0
    with progress.phase("checking", job.limit) as phase:
        for batch in job.batches():
            check()
            census.add(batch)
            if files is not None:
                files.write(rejects_only(batch))
            reached += batch.rows
            phase.reached(reached)
            del batch  # before the next batch is made
    job.source.unchanged()
    return Survey(census.plan(), job)


def rejects_only(batch: ValidatedBatch) -> Chapter:
    """Reduce a batch to what our own validation rejects, for the rejects file."""
    rejects = batch.rejects.with_columns(_stage=pl.lit("validate"))
    return Chapter(batch.file, batch.source, rejects)
