"""The first pass over a source: validates every row and sums up what a run would do."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from plunk_import.plan.census.census import Census
from plunk_import.plan.census.findings import EXAMPLES, WHOLE_FILE
from plunk_import.plan.model import Example
from plunk_import.plan.plan import Plan
from plunk_import.plan.warnings import WarningCode
from plunk_import.read import Source
from plunk_import.runtime import Progress
from plunk_import.storage import BatchOutcome, RunFiles
from plunk_import.validate import DuplicateFinder, Job, JudgedBatch


@dataclasses.dataclass(frozen=True, slots=True)
class FirstPass:
    """What validating every row found: the plan, and the job with its duplicates known."""

    plan: Plan
    job: Job


def make_plan(
    job: Job,
    *,
    progress: Progress,
    show: int = 0,
    files: RunFiles | None = None,
    check: Callable[[], None] = lambda: None,
) -> FirstPass:
    """Validate every row of the job and sum them up; nothing is sent.

    Args:
        job: The source and the mapping.
        progress: Told how far the pass has come, in rows.
        show: How many bodies to keep in the plan, as they would be sent.
        files: Where to write the rejects, if anywhere.
        check: Called between batches; may raise to end the pass.

    Returns:
        The plan, and the job with its duplicates known.

    Raises:
        SourceError: The source cannot be read to its end.
        SourceChangedError: The source was written to during the pass.

    """
    finder = DuplicateFinder() if job.loaded.mapping.id else None
    with progress.phase("checking", job.limit) as phase, beside(job.source.fingerprint) as known:
        census = Census(job.loaded.mapping, Bodies(job, known), show=show)
        reached = 0
        for batch in job.judged(finder):
            check()
            census.add(batch)
            if files is not None:
                files.write(rejects_only(batch))
            reached += batch.rows
            phase.reached(reached)
            del batch  # before the next batch is made
        known()
    job.source.unchanged()
    if finder is not None:
        job = dataclasses.replace(job, duplicates=finder.found())
    return FirstPass(with_remarks(census.plan(), job.source), job)


@contextlib.contextmanager
def beside(work: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Do something in a thread meanwhile; what is handed out waits for its result."""
    with ThreadPoolExecutor(1, thread_name_prefix="plunk-import-fingerprint") as thread:
        yield thread.submit(work).result


@dataclasses.dataclass(frozen=True, slots=True)
class Bodies:
    """Writes the bodies of the few events that are looked at or shown."""

    job: Job
    fingerprint: Callable[[], str]

    def looked_at(self, batch: JudgedBatch, events: pl.DataFrame) -> pl.Series:
        """Write the bodies of events whose variables are to be looked at."""
        return self.job.bodies(batch, events)

    def as_sent(self, batch: JudgedBatch, events: pl.DataFrame) -> pl.Series:
        """Write the bodies of events as they would be sent."""
        return self.job.bodies(batch, events, fingerprint=self.fingerprint())


def with_remarks(plan: Plan, source: Source) -> Plan:
    """Add to the warnings what was changed in the headers of the files, and what is not read."""
    plan = _of_files(plan, WarningCode.CELLS_WITHOUT_VALUE, source.losses)
    return _of_files(plan, WarningCode.HEADER_CHANGED, source.remarks)


def _of_files(plan: Plan, code: WarningCode, remarks: Sequence[tuple[str, str]]) -> Plan:
    if not remarks:
        return plan
    examples = tuple(
        Example(file=file, row=WHOLE_FILE, field="", message=said)
        for file, said in remarks[:EXAMPLES]
    )
    return plan.model_copy(
        update={"warnings": {code.value: code.found(examples=examples), **plan.warnings}}
    )


def rejects_only(batch: JudgedBatch) -> BatchOutcome:
    """Reduce a batch to what our own validation rejects, for the rejects file."""
    rejects = batch.reject_lines.with_columns(_stage=pl.lit("validate"))
    return BatchOutcome(
        batch.locations,
        batch.source,
        rejects,
        span=batch.span,
        events=batch.events.height,
    )
