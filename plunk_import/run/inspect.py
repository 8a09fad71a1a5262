"""Takes files and a mapping; gives a report of what an import would do. Nothing is sent.

What only asking a project needs is imported when one is asked: a look at a file is to be quick.
"""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from plunk_import.errors import RunDirectoryError
from plunk_import.plan import FirstPass, make_plan
from plunk_import.report import Report
from plunk_import.run.reporting import report_of_check, report_of_validation, write_report
from plunk_import.runtime import Runtime, in_thread, run_async
from plunk_import.storage import RunDirectory, claimed, run_files
from plunk_import.validate import Job, MappingLike, Sources, name_of, open_job

if TYPE_CHECKING:
    from plunk_import.settings import Connection


def validate_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    directory: str | Path | None = None,
    show: int = 0,
    limit: int | None = None,
    rate: str = "auto",
    strict: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Judge every row by the server's own rules; send nothing, need no key and no network.

    Writes `rejects.csv` and `report.json` into `directory` (default: a new one under `runs/`).
    `show` bodies are kept in the report as they would be sent; `limit` looks at the first rows
    only; `rate` is the pace to estimate the time for; with `strict` warnings count in the exit
    code; `show_addresses` leaves addresses readable in `report.html`. Raises MappingError,
    SourceError, RunDirectoryError or OutputError.
    """
    runtime = runtime or Runtime()
    started = runtime.clock.wall()
    with claimed(directory, name=name_of(sources), now=started) as place:
        _require_no_run(place)
        job, found = _validated(sources, mapping, place, runtime, show=show, limit=limit)
        times = (started, runtime.clock.wall())
        report = report_of_validation(job, found.plan, place, times, rate=rate, strict=strict)
        write_report(place, report, show_addresses=show_addresses)
    return report


def _require_no_run(place: RunDirectory) -> None:
    if place.holds_run:
        raise RunDirectoryError(f"{place.path} holds a run. Choose another directory with -o.")


def _validated(
    sources: Sources,
    mapping: MappingLike,
    place: RunDirectory,
    runtime: Runtime,
    *,
    show: int = 0,
    limit: int | None = None,
) -> tuple[Job, FirstPass]:
    """Validate every row and write the rejects."""
    job = open_job(sources, mapping, spool=place.spool, limit=limit)
    with run_files(place, job.source, sent=False) as files:
        found = make_plan(job, progress=runtime.progress, show=show, files=files)
    return found.job, found


class CheckOptions(TypedDict, total=False):
    """How to check; each may be left out. As in `ImportOptions`; `limit` is of rows."""

    directory: str | Path | None
    connection: "Connection | None"
    limit: int | None
    show_addresses: bool
    runtime: Runtime | None


def check_file(sources: Sources, mapping: MappingLike, **options: Unpack[CheckOptions]) -> Report:
    """Check and wait for the end: `acheck_file` for programs that are not async."""
    return run_async(functools.partial(acheck_file, sources, mapping, **options))


async def acheck_file(
    sources: Sources, mapping: MappingLike, **options: Unpack[CheckOptions]
) -> Report:
    """Judge every row, and ask the live project what it makes of them; nothing is sent.

    Most of it needs the secret key; what could not be asked is said. Raises what `validate_file`
    raises, and SettingsError.
    """
    from plunk_import.plan import check as preflight_check
    from plunk_import.send import open_client
    from plunk_import.settings import SendSettings, load_connection

    runtime = options.get("runtime") or Runtime()
    started = runtime.clock.wall()
    connection = options.get("connection") or load_connection()
    _ = connection.public_key
    with claimed(options.get("directory"), name=name_of(sources), now=started) as place:
        _require_no_run(place)
        job, found = await in_thread(
            _validated, sources, mapping, place, runtime, limit=options.get("limit")
        )
        async with open_client(connection, SendSettings(), runtime) as (client, _rate_limiter):
            preflight = await preflight_check(
                client,
                job,
                found.plan,
                has_secret_key=connection.reading_key is not None,
            )
        times = (started, runtime.clock.wall())
        report = report_of_check(
            job, found.plan, place, times, preflight=preflight, server=connection.base_url
        )
        write_report(place, report, show_addresses=options.get("show_addresses", False))
    return report
