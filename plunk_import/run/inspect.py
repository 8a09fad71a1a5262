"""The public functions that send nothing: they tell what an import would do.

What only asking a project needs is imported when one is asked: a look at a file is to be quick.
"""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.errors import RunDirectoryError
from plunk_import.plan import FirstPass, make_plan
from plunk_import.report import Report
from plunk_import.run.blocking import run_blocking
from plunk_import.run.reporting import report_of_check, report_of_validation, write_report
from plunk_import.runtime import Runtime, in_thread
from plunk_import.settings import read_rate
from plunk_import.storage import RunDirectory, claimed, run_files
from plunk_import.validate import MappingLike, Sources, name_of, open_job

if TYPE_CHECKING:
    from plunk_import.plan import Preflight
    from plunk_import.settings import Connection


def validate_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    directory: str | Path | None = None,
    show: int = 0,
    limit: int | None = None,
    allow_empty: bool = False,
    rate: str = "auto",
    strict: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Judge every row by the server's own rules; send nothing, need no key and no network.

    Args:
        sources: One file or several.
        mapping: The path of a mapping file, or the mapping itself.
        directory: Takes `rejects.csv` and the report; by default a new one under `runs/`.
        show: Keep so many bodies in the report, as they would be sent.
        limit: Look at the first rows only.
        allow_empty: A source without rows is well; otherwise it is a SourceError.
        rate: The pace to estimate the time for, such as `1000/min`.
        strict: Warnings count in the exit code.
        show_addresses: Leave addresses readable in `report.html`.
        runtime: Clock, progress, and how to stop from outside.

    Returns:
        What an import would do. The same is in the directory's `report.json`.

    Raises:
        MappingError: The mapping cannot be used.
        SourceError: A file cannot be read as a whole.
        SettingsError: The rate is none.
        RunDirectoryError: The directory holds a run, or something else.
        OutputError: The directory cannot be written.

    """
    runtime = runtime or Runtime()
    target_rate = read_rate(rate)
    started = runtime.clock.wall()
    with _directory_without_run(directory, sources, runtime) as place:
        found = _validated(
            sources, mapping, place, runtime, show=show, limit=limit, allow_empty=allow_empty
        )
        report = report_of_validation(
            found.job,
            found.plan,
            place,
            (started, runtime.clock.wall()),
            target_rate=target_rate,
            settings={"rate": rate, "strict": strict},
        )
        write_report(place, report, show_addresses=show_addresses)
    return report


def check_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    directory: str | Path | None = None,
    connection: "Connection | None" = None,
    limit: int | None = None,
    allow_empty: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Judge every row, and ask the live project what it makes of them; nothing is sent.

    Most of it needs the secret key; what could not be asked is said.

    Args:
        sources: One file or several.
        mapping: The path of a mapping file, or the mapping itself.
        directory: Takes `rejects.csv` and the report; by default a new one under `runs/`.
        connection: Where Plunk is, with its keys; by default read from the environment and `.env`.
        limit: Look at the first rows only.
        allow_empty: A source without rows is well; otherwise it is a SourceError.
        show_addresses: Leave addresses readable in `report.html`.
        runtime: Clock, progress, transport, and how to stop from outside.

    Returns:
        What an import would do, and what the project says of it.

    Raises:
        SettingsError: There is no key.
        RunningLoopError: An event loop runs in this thread: await `acheck_file` there.
        PlunkImportError: Whatever else ends `validate_file`.

    """
    work = functools.partial(
        acheck_file,
        sources,
        mapping,
        directory=directory,
        connection=connection,
        limit=limit,
        allow_empty=allow_empty,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    return run_blocking(work, name="check_file")


async def acheck_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    directory: str | Path | None = None,
    connection: "Connection | None" = None,
    limit: int | None = None,
    allow_empty: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Ask the live project what an import would do: `check_file` for async programs."""
    from plunk_import.settings import load_connection

    runtime = runtime or Runtime()
    started = runtime.clock.wall()
    connection = (connection or load_connection()).with_key()
    with _directory_without_run(directory, sources, runtime) as place:
        found = await in_thread(
            _validated, sources, mapping, place, runtime, limit=limit, allow_empty=allow_empty
        )
        preflight = await _asked(found, connection, runtime)
        times = (started, runtime.clock.wall())
        report = report_of_check(
            found.job, found.plan, place, times, preflight=preflight, server=connection.base_url
        )
        write_report(place, report, show_addresses=show_addresses)
    return report


async def _asked(found: FirstPass, connection: "Connection", runtime: Runtime) -> "Preflight":
    from plunk_import.plan import check
    from plunk_import.send import open_client
    from plunk_import.settings import SendSettings

    async with open_client(connection, SendSettings(), runtime) as (client, _rate_limiter):
        return await check(
            client,
            found.job,
            found.plan,
            has_secret_key=connection.reading_key is not None,
            clock=runtime.clock,
        )


@contextlib.contextmanager
def _directory_without_run(
    wanted: str | Path | None, sources: Sources, runtime: Runtime
) -> Iterator[RunDirectory]:
    with claimed(wanted, name=name_of(sources), now=runtime.clock.wall()) as place:
        if place.holds_run:
            raise RunDirectoryError(f"{place.path} holds a run. Choose another directory with -o.")
        yield place


def _validated(
    sources: Sources,
    mapping: MappingLike,
    place: RunDirectory,
    runtime: Runtime,
    *,
    show: int = 0,
    limit: int | None = None,
    allow_empty: bool = False,
) -> FirstPass:
    """Validate every row and write the rejects."""
    job = open_job(sources, mapping, spool=place.spool, limit=limit, allow_empty=allow_empty)
    source = job.source
    with run_files(
        place,
        source.schema,
        fingerprint=source.fingerprint(),
        name_files=len(source.files) > 1,
        typed=source.typed,
        sent=False,
    ) as files:
        return make_plan(job, progress=runtime.progress, show=show, files=files)
