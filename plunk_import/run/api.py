"""The public functions that send, go on with a run, or settle its doubts."""

import functools
from pathlib import Path

from plunk_import.report import Report
from plunk_import.run.arguments import checked
from plunk_import.run.begin import begin
from plunk_import.run.blocking import run_blocking
from plunk_import.run.deliver import Consent
from plunk_import.run.execute import execute
from plunk_import.run.options import options_to_begin, options_to_go_on
from plunk_import.run.reopen import reopened
from plunk_import.run.sources import (
    Sources,
    awaited_as_files,
    directory_name,
    keeping_copies_of_runs,
)
from plunk_import.runtime import Runtime, collecting_seldom, in_thread
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Connection, SendSettings
from plunk_import.storage import claimed, locked
from plunk_import.validate import MappingLike, open_job


@checked
def import_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    name: str = "rows",
    directory: str | Path | None = None,
    connection: Connection | None = None,
    settings: SendSettings | None = None,
    sandbox: SandboxSettings | None = None,
    history: str | Path | None = None,
    consent: Consent | None = None,
    allow_empty: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Send every valid row to Plunk and account for all of them.

    Args:
        sources: One file or several, in the order in which their rows are sent; or rows: a frame
            of polars (a LazyFrame is not held in memory), anything with Arrow's C stream such as
            frames of pandas, pyarrow and DuckDB, or an iterable of dicts, async or not. Rows are
            copied into the directory, so that the run can go on.
        mapping: The path of a mapping file, or the mapping itself.
        name: What messages and files call rows that are no file.
        directory: Takes the run's files; by default a new one under `runs/`. Where it holds a run
            of these files already, that run goes on.
        connection: Where Plunk is, with its keys; by default read from the environment and `.env`.
        settings: Pace, patience and what stops the run.
        sandbox: Send to an embedded Plunk instead, whose database stays in the directory.
        history: An SQLite file kept across runs: rows that it knows as delivered are skipped.
        consent: What the run may set off in Plunk, and whom to ask. A sandbox needs none.
        allow_empty: A source without rows is well; otherwise it is a SourceError.
        show_addresses: Leave addresses readable in `report.html`.
        runtime: Clock, progress, transport, and how to stop from outside.

    Returns:
        What became of every row. The same is in the directory's `report.json`.

    Raises:
        MappingError: The mapping cannot be used.
        SourceError: A file cannot be read as a whole.
        SettingsError: There is no key, or the history cannot serve.
        RunDirectoryError: The directory holds another run, or something else.
        RunLockedError: Another process works in the directory or on the history.
        OutputError: The directory cannot be written.
        ConsentError: Nobody agreed to what sending would set off: nothing was sent.
        StoppedError: The run was stopped before its first request.
        RunningLoopError: An event loop runs in this thread: await `aimport_file` there.

    """
    work = functools.partial(
        aimport_file,
        sources,
        mapping,
        name=name,
        directory=directory,
        connection=connection,
        settings=settings,
        sandbox=sandbox,
        history=history,
        consent=consent,
        allow_empty=allow_empty,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    return run_blocking(work, name="import_file")


@checked
async def aimport_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    name: str = "rows",
    directory: str | Path | None = None,
    connection: Connection | None = None,
    settings: SendSettings | None = None,
    sandbox: SandboxSettings | None = None,
    history: str | Path | None = None,
    consent: Consent | None = None,
    allow_empty: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Send every valid row to Plunk: `import_file` for async programs, on asyncio."""
    options = options_to_begin(
        connection=connection,
        settings=settings,
        sandbox=sandbox,
        history=history,
        consent=consent,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    now = options.runtime.clock.wall()
    called = directory_name(sources, name=name) + options.name_suffix
    claim = claimed(directory, name=called, now=now)
    with collecting_seldom(), claim as place, locked(place.lock), keeping_copies_of_runs(place):
        options = options.in_directory(place)
        files = await awaited_as_files(sources, place, name=name)
        opening = functools.partial(open_job, files, mapping, allow_empty=allow_empty)
        job = await in_thread(opening, spool=place.spool)
        if not place.holds_run:
            await in_thread(begin, job, place, options)
        return await execute(job, place, options)


@checked
def resume(
    directory: str | Path,
    *,
    connection: Connection | None = None,
    settings: SendSettings | None = None,
    consent: Consent | None = None,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Go on where a run stopped: what is finished is not touched, doubt is never resent blindly.

    Args:
        directory: The run's directory.
        connection: Where Plunk is, with its keys; by default read from the environment and `.env`.
        settings: What shall be otherwise than the run began: the fields that are set in it count,
            all others stay. What limited the run (rows, time) limits it again only if set here.
        consent: What the run may set off in Plunk, and whom to ask. A sandbox needs none.
        show_addresses: Leave addresses readable in `report.html`.
        runtime: Clock, progress, transport, and how to stop from outside.

    Returns:
        What became of every row of the run so far.

    Raises:
        RunDirectoryError: There is no run, or its source, mapping or project is another now.
        PlunkImportError: Whatever else ends `import_file`.

    """
    work = functools.partial(
        aresume,
        directory,
        connection=connection,
        settings=settings,
        consent=consent,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    return run_blocking(work, name="resume")


@checked
async def aresume(
    directory: str | Path,
    *,
    connection: Connection | None = None,
    settings: SendSettings | None = None,
    consent: Consent | None = None,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Go on where a run stopped: `resume` for async programs, on asyncio."""
    runtime = runtime or Runtime()
    with reopened(directory, runtime) as (job, place, record):
        options = options_to_go_on(
            record,
            connection=connection,
            settings=settings,
            consent=consent,
            show_addresses=show_addresses,
            runtime=runtime,
        )
        return await execute(job, place, options)


@checked
def resolve(
    directory: str | Path,
    *,
    connection: Connection | None = None,
    settings: SendSettings | None = None,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Settle the rows in doubt of a run, and find the ids of those delivered without one.

    With a secret key they are read back; without one, where the server takes keys, they are sent
    again under their old key, unless that would set off what nobody agreed to. What is not stored
    becomes pending: `resume` sends it. Arguments, result and errors are those of `resume`.
    """
    work = functools.partial(
        aresolve,
        directory,
        connection=connection,
        settings=settings,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    return run_blocking(work, name="resolve")


@checked
async def aresolve(
    directory: str | Path,
    *,
    connection: Connection | None = None,
    settings: SendSettings | None = None,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Settle the rows in doubt of a run: `resolve` for async programs, on asyncio."""
    runtime = runtime or Runtime()
    with reopened(directory, runtime) as (job, place, record):
        options = options_to_go_on(
            record,
            connection=connection,
            settings=settings,
            consent=None,
            show_addresses=show_addresses,
            runtime=runtime,
        )
        return await execute(job, place, options, doubts_only=True)
