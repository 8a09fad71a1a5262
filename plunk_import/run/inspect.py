"""The public functions that send nothing: they tell what an import would do.

What only asking a project needs is imported when one is asked: a look at a file is to be quick.
"""

import contextlib
import dataclasses
import functools
from collections.abc import AsyncIterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.errors import RunDirectoryError
from plunk_import.plan import FirstPass, make_plan
from plunk_import.report import Report
from plunk_import.run.arguments import checked
from plunk_import.run.blocking import run_blocking
from plunk_import.run.reporting import report_of_check, report_of_validation, write_report
from plunk_import.run.sources import (
    Sources,
    as_files,
    awaited_as_files,
    directory_name,
    keeping_copies_of_runs,
)
from plunk_import.runtime import Runtime, in_thread
from plunk_import.settings import read_rate
from plunk_import.storage import RunDirectory, claimed, run_files
from plunk_import.validate import Files, MappingLike, open_job

if TYPE_CHECKING:
    from plunk_import.plan import Preflight
    from plunk_import.settings import Connection


@checked
def validate_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    name: str = "rows",
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
        sources: One file or several, or rows: what `import_file` takes.
        mapping: The path of a mapping file, or the mapping itself.
        name: What messages and files call rows that are no file.
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
    options = _Validation(show, limit, allow_empty, rate, strict, show_addresses)
    if isinstance(sources, AsyncIterable):
        work = functools.partial(
            _avalidate, sources, mapping, options, name=name, directory=directory, runtime=runtime
        )
        return run_blocking(work, name="validate_file")
    runtime = runtime or Runtime()
    with _directory_without_run(directory, sources, runtime, name=name) as place:
        return _validate(as_files(sources, place, name=name), mapping, place, runtime, options)


@checked
async def avalidate_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    name: str = "rows",
    directory: str | Path | None = None,
    show: int = 0,
    limit: int | None = None,
    allow_empty: bool = False,
    rate: str = "auto",
    strict: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Judge every row by the server's own rules: `validate_file` for async programs."""
    options = _Validation(show, limit, allow_empty, rate, strict, show_addresses)
    return await _avalidate(
        sources, mapping, options, name=name, directory=directory, runtime=runtime
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Validation:
    """What `validate_file` is asked for, beside what it is to look at."""

    show: int
    limit: int | None
    allow_empty: bool
    rate: str
    strict: bool
    show_addresses: bool

    @property
    def settings(self) -> dict[str, object]:
        return {"rate": self.rate, "strict": self.strict}

    def __post_init__(self) -> None:
        read_rate(self.rate)


async def _avalidate(
    sources: Sources,
    mapping: MappingLike,
    options: _Validation,
    *,
    name: str,
    directory: str | Path | None,
    runtime: Runtime | None,
) -> Report:
    runtime = runtime or Runtime()
    with _directory_without_run(directory, sources, runtime, name=name) as place:
        files = await awaited_as_files(sources, place, name=name)
        return await in_thread(_validate, files, mapping, place, runtime, options)


def _validate(
    files: Files, mapping: MappingLike, place: RunDirectory, runtime: Runtime, options: _Validation
) -> Report:
    started = runtime.clock.wall()
    found = _validated(
        files,
        mapping,
        place,
        runtime,
        show=options.show,
        limit=options.limit,
        allow_empty=options.allow_empty,
    )
    report = report_of_validation(
        found.job,
        found.plan,
        place,
        (started, runtime.clock.wall()),
        target_rate=read_rate(options.rate),
        settings=options.settings,
    )
    write_report(place, report, show_addresses=options.show_addresses)
    return report


@checked
def check_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    name: str = "rows",
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
        sources: One file or several, or rows: what `import_file` takes.
        mapping: The path of a mapping file, or the mapping itself.
        name: What messages and files call rows that are no file.
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
        name=name,
        directory=directory,
        connection=connection,
        limit=limit,
        allow_empty=allow_empty,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    return run_blocking(work, name="check_file")


@checked
async def acheck_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    name: str = "rows",
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
    with _directory_without_run(directory, sources, runtime, name=name) as place:
        files = await awaited_as_files(sources, place, name=name)
        found = await in_thread(
            _validated, files, mapping, place, runtime, limit=limit, allow_empty=allow_empty
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
    wanted: str | Path | None, sources: Sources, runtime: Runtime, *, name: str
) -> Iterator[RunDirectory]:
    directory = directory_name(sources, name=name)
    claim = claimed(wanted, name=directory, now=runtime.clock.wall())
    with claim as place, keeping_copies_of_runs(place):
        if place.holds_run:
            raise RunDirectoryError(f"{place.path} holds a run. Choose another directory with -o.")
        yield place


def _validated(
    files: Files,
    mapping: MappingLike,
    place: RunDirectory,
    runtime: Runtime,
    *,
    show: int = 0,
    limit: int | None = None,
    allow_empty: bool = False,
) -> FirstPass:
    """Validate every row and write the rejects."""
    job = open_job(files, mapping, spool=place.spool, limit=limit, allow_empty=allow_empty)
    source = job.source
    with run_files(
        place,
        source.schema,
        fingerprint=source.fingerprint(),
        name_files=len(source.files) > 1,
        typed=source.typed,
        sent=False,
    ) as written:
        return make_plan(job, progress=runtime.progress, show=show, files=written)
