"""A look at a run from outside, also while another process is at work on it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import ValidationError

from plunk_import.report import Report
from plunk_import.run.deliver import Sent
from plunk_import.run.record import RunRecord, Standing, StandingAtWork
from plunk_import.run.reporting import report_of_run
from plunk_import.runtime import Runtime
from plunk_import.send import SendStatistics
from plunk_import.storage import RowState, RunDirectory, reading_journal, worker_at
from plunk_import.validate import open_job

_LONG_SILENCE_SECONDS = 30.0


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
        return report_of_run(
            standing,
            Sent(notes=tuple(_of_work(standing, started)) if worker else ()),
            (started, runtime.clock.wall()),
            order_may_differ=() if worker else _contacts_known_to_differ(place),
            worker=worker,
        )


def _of_work(run: Standing, now: datetime) -> Iterator[str]:
    """Say how a run at work goes: what is in flight, how fast it is of late, and for how long."""
    from plunk_import.report import pace_of

    in_flight = run.journal.counts().get(RowState.CLAIMED, 0)
    if in_flight:
        yield f"{in_flight:,} requests in flight"
    pace = pace_of(run.journal, SendStatistics())
    if pace is None:
        return
    silent, per_second = (now - pace.ended).total_seconds(), pace.of_late_per_second
    if silent > _LONG_SILENCE_SECONDS:
        yield f"nothing was delivered in the last {timedelta(seconds=round(silent))}"
    elif per_second:
        left = timedelta(seconds=round(run.books().pending / per_second))
        yield f"{per_second:,.1f} rows/s of late, so about {left} left"


def _contacts_known_to_differ(place: RunDirectory) -> tuple[str, ...]:
    """Recall which contacts the run itself named, as it read all of its rows again at its end."""
    try:
        return Report.model_validate_json(place.report.read_bytes()).order_may_differ
    except (OSError, ValidationError):
        return ()
