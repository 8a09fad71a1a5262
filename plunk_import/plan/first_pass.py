"""The first pass over the source: judges every row and makes the plan."""

import dataclasses
from collections.abc import Callable

import polars as pl

from plunk_import.plan.census.census import Census
from plunk_import.plan.plan import Plan
from plunk_import.runtime import Progress
from plunk_import.storage import Chapter, RunFiles
from plunk_import.validate import Job, Judged


@dataclasses.dataclass(frozen=True, slots=True)
class FirstPass:
    """What judging every row found: the plan, and the ordinals of the rows that repeat an `id`."""

    plan: Plan
    duplicates: pl.Series | None


def make_plan(
    job: Job,
    *,
    progress: Progress,
    show: int = 0,
    limit: int | None = None,
    files: RunFiles | None = None,
    check: Callable[[], None] = lambda: None,
) -> FirstPass:
    """Judge every row of the source and sum them up; nothing is sent.

    Args:
        job: The source and the mapping.
        progress: Told how far the pass has come, in rows.
        show: How many bodies to keep in the plan, as they would be sent.
        limit: How many rows to judge; None for all.
        files: Where to write the rejects, if anywhere.
        check: Called between batches; may raise to end the pass.

    Returns:
        The plan, and which rows repeat an earlier row's `id`.

    Raises:
        SourceError: The source cannot be read to its end.
        SourceChangedError: The source was written to during the pass.

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
    return FirstPass(census.plan(), duplicates)


def rejects_only(judged: Judged) -> Chapter:
    """Keep only what our own validation refuses of a batch, for the rejects file."""
    rejects = judged.rejects.with_columns(_stage=pl.lit("validate"))
    return Chapter(judged.batch.file, judged.source, rejects)
