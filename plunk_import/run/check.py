"""The public function that asks a live project what an import would do.

What only asking a project needs is imported when one is asked: a look at a file is to be quick.
"""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.plan import FirstPass
from plunk_import.report import Report
from plunk_import.run.arguments import checked
from plunk_import.run.blocking import run_blocking
from plunk_import.run.first_look import directory_without_run, validated
from plunk_import.run.reporting import report_of_check, write_report
from plunk_import.run.sources import Sources, awaited_as_files
from plunk_import.runtime import Runtime, in_thread
from plunk_import.validate import MappingLike

if TYPE_CHECKING:
    from plunk_import.plan import Preflight
    from plunk_import.settings import Connection


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
    with directory_without_run(directory, sources, runtime, name=name) as place:
        files = await awaited_as_files(sources, place, name=name)
        found = await in_thread(
            validated, files, mapping, place, runtime, limit=limit, allow_empty=allow_empty
        )
        preflight = await ask_about(found, connection, runtime)
        times = (started, runtime.clock.wall())
        report = report_of_check(
            found.job, found.plan, place, times, preflight=preflight, server=connection.base_url
        )
        write_report(place, report, show_addresses=show_addresses)
    return report


async def ask_about(found: FirstPass, connection: "Connection", runtime: Runtime) -> "Preflight":
    """Ask the project what it makes of a first pass."""
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
