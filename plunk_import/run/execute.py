"""One command of a run, from its open journal to its report."""

import contextlib
import dataclasses
import shlex
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from plunk_import.errors import ConsentError, ExitCode, PlunkImportError, SourceError
from plunk_import.report import Report
from plunk_import.run.begin import history_of, require_same, run_name, stopping_once_begun, widen
from plunk_import.run.deliver import Sent, carry_out
from plunk_import.run.options import RunOptions
from plunk_import.run.record import (
    Run,
    RunRecord,
    claim_shard,
    recall_marks,
    redirected,
    write_files,
)
from plunk_import.run.rehearse import connected, told_by
from plunk_import.run.reporting import report_of_run, write_report
from plunk_import.runtime import in_thread
from plunk_import.settings import Connection
from plunk_import.storage import INTERRUPTED, Journal, RowState, RunDirectory
from plunk_import.validate import Job


async def execute(
    job: Job, place: RunDirectory, options: RunOptions, *, doubts_only: bool = False
) -> Report:
    """Run what has begun as far as it will go, write its files and tell what became of it.

    With `doubts_only` nothing is sent but what settles doubt.

    Raises:
        ConsentError: nobody agreed to what sending would set off; the files are written.

    """
    started = options.runtime.clock.wall()
    with (
        stopping_once_begun(place),
        await in_thread(_opened, job, place, options) as journal,
        connected(options.sandbox, options.connection) as connection,
        history_of(options) as earlier_runs,
    ):
        may_widen = not doubts_only
        record = await in_thread(_record, job, place, journal, options, may_widen=may_widen)
        if options.consent.agreed is not None:
            options.consent.agreed.require_same(record)
        run = Run(place, job, journal, record, earlier_runs)
        await in_thread(claim_shard, record, place.path)
        await in_thread(_prepare, run, options)
        with _stopping_once_sent(journal):
            sent = await _sent(run, connection, options, doubts_only=doubts_only)
            return await in_thread(_conclude, run, sent, started, options)


def _opened(job: Job, place: RunDirectory, options: RunOptions) -> Journal:
    """Look for damage in the journal, while the source is read for its fingerprint."""
    with ThreadPoolExecutor(1, thread_name_prefix="plunk-import-fingerprint") as beside:
        # A source that cannot be read is told of when its fingerprint is asked for.
        beside.submit(job.source.fingerprint)
        runtime = options.runtime
        return Journal.open(place.journal, clock=runtime.clock, committer=runtime.committer)


def _record(
    job: Job, place: RunDirectory, journal: Journal, options: RunOptions, *, may_widen: bool
) -> RunRecord:
    """Read what the run was begun with, brought up to what is asked now."""
    record = redirected(RunRecord.of(journal), journal, options.destination)
    require_same(record, job, place, scope=options.destination.scope, shard=options.settings.shard)
    recall_marks(job.source, journal)
    if may_widen and options.settings.limit != record.settings.limit:
        return widen(job, place, journal, options)
    return record


UNWATCHED_SHARD = (
    "Nobody can see here whether another run sends this shard, or the import in another number of "
    "shards: give all of them the same --manifest, a directory or s3:// URL that all can reach."
)


def _prepare(run: Run, options: RunOptions) -> None:
    settings = run.record.settings
    if settings.shard is not None and settings.manifest is None:
        options.consent.warn(UNWATCHED_SHARD)
    run.journal.adopt_claims(INTERRUPTED)
    if run.earlier_runs is not None:
        if (strange := run.earlier_runs.strangeness()) is not None:
            options.consent.warn(strange)
        run.earlier_runs.begin(run.directory.path, run.journal)


async def _sent(
    run: Run, connection: Connection, options: RunOptions, *, doubts_only: bool
) -> Sent:
    consent = None if doubts_only else options.consent
    sent = await carry_out(run, connection, options.settings, options.runtime, consent=consent)
    return dataclasses.replace(sent, notes=(*sent.notes, *told_by(options.sandbox)))


def _conclude(run: Run, sent: Sent, started: datetime, options: RunOptions) -> Report:
    if run.earlier_runs is not None:
        run.earlier_runs.finish(run.directory.path, run.journal)
        if run.is_whole:
            name = run_name(run.job, run.record.settings.shard)
            run.earlier_runs.remember(name, run.numbers())
    with _saying_what_is_left(run):
        reordered = write_files(run)
        _keep_displaced(run)
    times = (started, options.runtime.clock.wall())
    report = report_of_run(
        run,
        sent,
        times,
        order_may_differ=reordered,
        accept_rejects=options.settings.accept_rejects,
    )
    write_report(
        run.directory,
        report,
        show_addresses=options.show_addresses,
        writes_page=options.runtime.writes_page,
    )
    if sent.refusal is not None:
        raise sent.refusal.error(report)
    return report


def _keep_displaced(run: Run) -> None:
    """Copy files that were replaced while they were imported, so that the run can go on."""
    if run.job.source.displaced:
        copies = run.job.source.kept_in(run.directory.spool)
        record = run.record.model_copy(update={"sources": copies})
        run.journal.note("run", record.model_dump(mode="json"))


@contextlib.contextmanager
def _stopping_once_sent(journal: Journal) -> Iterator[None]:
    """Never let the exit code say that nothing was sent where the journal knows better."""
    before = journal.counts()
    try:
        yield
    except ConsentError:
        raise
    except PlunkImportError as error:
        if error.exit_code is ExitCode.CANNOT_START and _has_moved(journal, before):
            error.exit_code = ExitCode.STOPPED
        raise


def _has_moved(journal: Journal, before: Mapping[RowState, int]) -> bool:
    try:
        return journal.counts() != before
    except PlunkImportError:  # what cannot be read does not say that nothing was sent
        return True


@contextlib.contextmanager
def _saying_what_is_left(run: Run) -> Iterator[None]:
    """Tell how to get the files of a run whose source was replaced or lost while it was sent."""
    try:
        yield
    except SourceError as error:
        again = shlex.join(["plunk-import", "status", str(run.directory.path), "--write"])
        raise type(error)(
            f"{error} What was sent is safe in the journal, but the files could not be written: "
            f"bring the source back as it was, then `{again}` writes them."
        ) from error
