"""The public functions that hold a run against Plunk's own word."""

import functools
from pathlib import Path

from pydantic import ValidationError

from plunk_import.errors import ExitCode
from plunk_import.report import Report, Verification
from plunk_import.run.arguments import checked
from plunk_import.run.begin import require_same
from plunk_import.run.blocking import run_blocking
from plunk_import.run.deliver import Sent
from plunk_import.run.options import options_to_go_on
from plunk_import.run.record import Run, RunRecord
from plunk_import.run.rehearse import connected
from plunk_import.run.reopen import reopened
from plunk_import.run.reporting import report_of_run, write_report
from plunk_import.run.verification import verify_rows
from plunk_import.runtime import Runtime, in_thread
from plunk_import.settings import Connection
from plunk_import.storage import Journal, RunDirectory

DEFAULT_SAMPLE_ROWS = 200


@checked
def verify(
    directory: str | Path,
    *,
    rows: int | None = DEFAULT_SAMPLE_ROWS,
    connection: Connection | None = None,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Hold what a run delivered against what Plunk has.

    The project's own counts of events are compared with the books, and delivered rows are read
    back and compared value by value: event, one-shot and persistent variables, the contact's last
    values, its subscription. Nothing is written to Plunk.

    Args:
        directory: The run's directory; its report is written anew.
        rows: How many delivered rows to read back, spread over all of them; None for all.
        connection: Where Plunk is, with the secret key; read from the environment by default.
        show_addresses: Leave addresses readable in `report.html`.
        runtime: Clock, progress, transport, and how to stop from outside.

    Returns:
        The run's report with its `verification`; `exit_code` is 1 where something differs or
        could not be read.

    Raises:
        RunDirectoryError: There is no run, or its source, mapping or project is another now.
        SettingsError: There is no secret key.
        PlunkImportError: Whatever else ends the command.

    """
    work = functools.partial(
        averify,
        directory,
        rows=rows,
        connection=connection,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    return run_blocking(work, name="verify")


@checked
async def averify(
    directory: str | Path,
    *,
    rows: int | None = DEFAULT_SAMPLE_ROWS,
    connection: Connection | None = None,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Hold what a run delivered against what Plunk has: `verify` for async programs, on asyncio."""
    runtime = runtime or Runtime()
    started = runtime.clock.wall()
    with reopened(directory, runtime) as (job, place, record):
        options = options_to_go_on(
            record,
            connection=connection,
            settings=None,
            consent=None,
            show_addresses=show_addresses,
            runtime=runtime,
        )
        with (
            await in_thread(Journal.open, place.journal, clock=runtime.clock) as journal,
            connected(options.sandbox, options.connection) as there,
        ):
            require_same(
                record, job, place, scope=options.destination.scope, shard=record.settings.shard
            )
            run = Run(place, job, journal, RunRecord.of(journal))
            found = await verify_rows(run, there, options.settings, runtime, most_rows=rows)
            times = (started, runtime.clock.wall())
            report = report_of_run(run, Sent(), times, order_may_differ=())
        report = _with_verification(_as_last_told(report, place), found)
        await in_thread(
            functools.partial(
                write_report,
                place,
                report,
                show_addresses=show_addresses,
                writes_page=runtime.writes_page,
            )
        )
    return report


def _as_last_told(report: Report, place: RunDirectory) -> Report:
    """Keep what only the command that sent could tell, where its report is still true."""
    try:
        last = Report.model_validate_json(place.report.read_bytes())
    except (OSError, ValidationError):
        return report
    return last if last.books == report.books else report


def _with_verification(report: Report, found: Verification) -> Report:
    """Add to a run's report what reading it back found, in its exit code too."""
    is_well = found.is_well or report.exit_code is not ExitCode.DELIVERED
    exit_code = report.exit_code if is_well else ExitCode.INCOMPLETE
    return report.model_copy(update={"verification": found, "exit_code": exit_code})
