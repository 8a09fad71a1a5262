"""A look at a run from outside, also while another process is at work on it."""

from pydantic import ValidationError

from plunk_import.report import Report
from plunk_import.run.deliver import Sent
from plunk_import.run.record import RunRecord, Standing, StandingAtWork
from plunk_import.run.reporting import report_of_run
from plunk_import.runtime import Runtime
from plunk_import.storage import RowState, RunDirectory, reading_journal, worker_at
from plunk_import.validate import open_job


def look_at(place: RunDirectory, runtime: Runtime) -> Report:
    """Report where a run stands, having changed nothing and kept nobody waiting.

    Raises:
        RunDirectoryError: The journal cannot be relied on.
        SourceError: The source cannot be read.

    """
    started = runtime.clock.wall()
    worker = worker_at(place.lock, started)
    with reading_journal(place.journal) as journal:
        record = RunRecord.of(journal)
        mapping, spool = record.loaded_mapping(), place.spool
        job = open_job(record.sources, mapping, spool=spool, allow_empty=True)
        kind = Standing if worker is None else StandingAtWork
        standing = kind(place, job, journal, record)
        in_flight = journal.counts().get(RowState.CLAIMED, 0) if worker else 0
        notes = (f"{in_flight:,} requests in flight",) if in_flight else ()
        return report_of_run(
            standing,
            Sent(notes=notes),
            (started, runtime.clock.wall()),
            order_may_differ=() if worker else _contacts_known_to_differ(place),
            worker=worker,
        )


def _contacts_known_to_differ(place: RunDirectory) -> tuple[str, ...]:
    """Recall which contacts the run itself named, as it read all of its rows again at its end."""
    try:
        return Report.model_validate_json(place.report.read_bytes()).order_may_differ
    except (OSError, ValidationError):
        return ()
