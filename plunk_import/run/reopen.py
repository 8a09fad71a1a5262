"""The public function that tells where a run stands, and the way to open one again."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from plunk_import.report import Report
from plunk_import.run.arguments import checked
from plunk_import.run.begin import require_same
from plunk_import.run.deliver import Sent
from plunk_import.run.look import look_at
from plunk_import.run.record import Run, RunRecord, write_files
from plunk_import.run.reporting import report_of_run, write_report
from plunk_import.runtime import Runtime, collecting_seldom
from plunk_import.storage import INTERRUPTED, Journal, RunDirectory, locked, open_directory
from plunk_import.validate import Job, open_job


@checked
def status(
    directory: str | Path,
    *,
    write: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Report where a run stands, also while it is at work; no key is needed.

    Args:
        directory: The run's directory.
        write: Write its results, rejects, rows in doubt and report anew, which takes the source
            as it was and nobody at work. Otherwise nothing is changed.
        show_addresses: Leave addresses readable in `report.html`.
        runtime: Clock, progress, and how to stop from outside.

    Returns:
        What became of every row of the run so far.

    Raises:
        RunDirectoryError: There is no run, or its source or mapping is another now.
        RunLockedError: Another process works on it.
        OutputError: The files cannot be written.

    """
    runtime = runtime or Runtime()
    if not write:
        return look_at(open_directory(Path(directory)), runtime)
    return _written_anew(directory, runtime, show_addresses=show_addresses)


def _written_anew(directory: str | Path, runtime: Runtime, *, show_addresses: bool) -> Report:
    started = runtime.clock.wall()
    with (
        reopened(directory, runtime) as (job, place, _record),
        Journal.open(place.journal, clock=runtime.clock) as journal,
    ):
        record = RunRecord.of(journal)
        require_same(record, job, place, scope=None, shard=record.settings.shard)
        run = Run(place, job, journal, record)
        journal.adopt_claims(INTERRUPTED)
        reordered = write_files(run, anew=True)
        times = (started, runtime.clock.wall())
        report = report_of_run(run, Sent(), times, order_may_differ=reordered)
        write_report(place, report, show_addresses=show_addresses, writes_page=runtime.writes_page)
    return report


@contextlib.contextmanager
def reopened(
    directory: str | Path, runtime: Runtime
) -> Iterator[tuple[Job, RunDirectory, RunRecord]]:
    """Open a run's directory, its source and its mapping as they were when it began."""
    place = open_directory(Path(directory))
    with collecting_seldom(), locked(place.lock, clock=runtime.clock):
        reading = Journal.open(place.journal, clock=runtime.clock, check_content=False)
        with reading as journal:
            record = RunRecord.of(journal)
        mapping = record.loaded_mapping()
        job = open_job(record.sources, mapping, spool=place.spool, allow_empty=True)
        yield job, place, record
