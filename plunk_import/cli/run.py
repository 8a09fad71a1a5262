"""The commands that send: run, resume, resolve."""

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plunk_import.cli.announce import announce_options, announced, name_of_run
from plunk_import.cli.cluster import dask_option, on_cluster, require_cluster_options, shards_option
from plunk_import.cli.options import (
    allow_empty_option,
    consent_options,
    directory_option,
    key_lifetime_option,
    mapping_option,
    run_directory_argument,
    send_options,
    send_settings_of,
    show_addresses_option,
    sources_argument,
)
from plunk_import.cli.output import output_options
from plunk_import.cli.terminal import connection_here, consent_here, finish, governed, runtime_here
from plunk_import.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import timedelta

    from plunk_import.report import Report
    from plunk_import.runtime import Runtime
    from plunk_import.sandbox import SandboxSettings


@click.command()
@sources_argument
@mapping_option
@directory_option
@send_options
@allow_empty_option
@click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Skip rows whose key an earlier run delivered; an SQLite file kept across runs.",
)
@click.option("--sandbox", is_flag=True, help="Send into an embedded Plunk instead of a real one.")
@click.option(
    "--profile",
    type=click.Choice(["spring", "autumn", "newest"]),
    default="autumn",
    show_default=True,
    help="With --sandbox: which build of the server to be.",
)
@click.option(
    "--verify",
    "verify_rows",
    type=click.IntRange(min=1),
    metavar="ROWS",
    help="Afterwards read so many delivered rows back and compare them; needs PLUNK_SECRET_KEY.",
)
@key_lifetime_option
@dask_option
@shards_option
@consent_options
@show_addresses_option
@announce_options
@output_options
def run(
    sources: tuple[str, ...],
    mapping: str,
    *,
    settings: dict[str, Any],
    sandbox: bool,
    profile: str,
    verify_rows: int | None,
    key_lifetime: "timedelta | None",
    cluster: str | None,
    shards: int | None,
    consent: dict[str, bool],
    **options: Any,  # noqa: ANN401 - passed on
) -> None:
    """Send every valid row to Plunk and account for all of them.

    Reads PLUNK_API_KEY (or PLUNK_API_KEY_FILE) and PLUNK_BASE_URL from the environment or `.env`.
    With PLUNK_SECRET_KEY too, rows in doubt are settled by reading them back. Where the run
    directory holds this run already, it goes on.
    """
    runtime = runtime_here()
    options |= {
        "sandbox": _sandbox_here(profile, key_lifetime) if sandbox else None,
        "consent": consent_here(**consent),
        "runtime": runtime,
    }
    require_cluster_options(
        cluster,
        shards,
        history=options["history"],
        verify_rows=verify_rows,
        shard=settings.get("shard"),
        key_lifetime=key_lifetime,
    )
    if cluster is None:
        work = _here(sources, mapping, settings, key_lifetime, options)
    else:
        work = _on_cluster(sources, mapping, settings, cluster, {**options, "shards": shards})
    if verify_rows is not None:
        shown = options["show_addresses"]
        work = functools.partial(
            _verified, work, rows=verify_rows, show_addresses=shown, runtime=runtime
        )
    send = functools.partial(governed, runtime, work)
    name = Path(mapping).stem
    finish(announced(send, runtime.clock, directory=options["directory"], mapping=name))


def _here(
    sources: tuple[str, ...],
    mapping: str,
    settings: dict[str, Any],
    key_lifetime: "timedelta | None",
    options: dict[str, Any],
) -> "Callable[[], Awaitable[Report]]":
    from plunk_import.run import aimport_file

    return functools.partial(
        aimport_file,
        sources,
        mapping,
        **options,
        connection=connection_here(key_lifetime),
        settings=send_settings_of(settings),
    )


def _on_cluster(
    sources: tuple[str, ...],
    mapping: str,
    settings: dict[str, Any],
    cluster: str,
    options: dict[str, Any],
) -> "Callable[[], Awaitable[Report]]":
    from plunk_import.distributed import import_file

    del options["history"]
    chosen = {name: value for name, value in settings.items() if name != "manifest"}
    return on_cluster(
        cluster,
        functools.partial(import_file, sources, mapping),
        **options,
        manifest=settings.get("manifest"),
        settings=send_settings_of(chosen),
    )


def _sandbox_here(profile: str, key_lifetime: "timedelta | None") -> "SandboxSettings":
    from plunk_import.sandbox import Profile, SandboxSettings

    settings = SandboxSettings(profile=Profile(profile))
    if key_lifetime is None:
        return settings
    return dataclasses.replace(settings, key_lifetime_seconds=key_lifetime.total_seconds())


async def _verified(
    work: "Callable[[], Awaitable[Report]]", *, rows: int, show_addresses: bool, runtime: "Runtime"
) -> "Report":
    """Do the work, and hold what it delivered against Plunk, where it came to its end."""
    from plunk_import.run import averify

    report = await work()
    is_over = report.exit_code in {ExitCode.DELIVERED, ExitCode.INCOMPLETE}
    if report.directory is None or not is_over:
        return report
    return await averify(
        report.directory, rows=rows, show_addresses=show_addresses, runtime=runtime
    )


@click.command()
@run_directory_argument
@send_options
@key_lifetime_option
@consent_options
@show_addresses_option
@announce_options
@output_options
def resume(
    directory: Path,
    *,
    settings: dict[str, Any],
    key_lifetime: "timedelta | None",
    consent: dict[str, bool],
    show_addresses: bool,
) -> None:
    """Go on with a run where it stopped.

    Delivered and rejected rows are not touched; options not given are as the run began, but for
    its limits.
    """
    from plunk_import.run import aresume

    runtime = runtime_here()
    work = functools.partial(
        aresume,
        directory,
        connection=connection_here(key_lifetime),
        settings=send_settings_of(settings),
        consent=consent_here(**consent),
        show_addresses=show_addresses,
        runtime=runtime,
    )
    send = functools.partial(governed, runtime, work)
    name = name_of_run(directory)
    finish(announced(send, runtime.clock, directory=directory, mapping=name))


@click.command()
@run_directory_argument
@send_options
@key_lifetime_option
@show_addresses_option
@output_options
def resolve(
    directory: Path,
    *,
    settings: dict[str, Any],
    key_lifetime: "timedelta | None",
    show_addresses: bool,
) -> None:
    """Settle a run's rows in doubt, and find the event ids that are missing.

    With PLUNK_SECRET_KEY they are read back. Without it, where the server takes idempotency keys,
    they are sent again under their old key, which stores nothing twice, unless that would set off
    what nobody agreed to. What turns out not to be stored is pending then: `resume` sends it.
    """
    from plunk_import.run import aresolve

    runtime = runtime_here()
    work = functools.partial(
        aresolve,
        directory,
        connection=connection_here(key_lifetime),
        settings=send_settings_of(settings),
        show_addresses=show_addresses,
        runtime=runtime,
    )
    finish(governed(runtime, work))
