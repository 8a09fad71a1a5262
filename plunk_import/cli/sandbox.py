"""The embedded Plunk as a server of its own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plunk_import.cli.output import json_option
from plunk_import.cli.program import fail
from plunk_import.errors import ExitCode

if TYPE_CHECKING:
    from plunk_import.sandbox import Sandbox


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=4100, show_default=True)
@click.option(
    "--profile",
    type=click.Choice(["spring", "autumn", "newest"]),
    default="autumn",
    show_default=True,
    help="Which build of the server to be; newest is read from source, not recorded.",
)
@click.option(
    "--limiter", metavar="RATE:BURST", help="Turn the server's token bucket on, such as 100/s:200."
)
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep what is stored in this SQLite file; default: gone at the end.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="Misbehave on demand, such as store-then-drop:0.02; may be given again.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides where faults strike.")
@click.option(
    "--workflow",
    "workflows",
    multiple=True,
    metavar="EVENT",
    help="Have an enabled workflow that this event triggers; may be given again.",
)
@click.option(
    "--project",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A YAML file with the contacts, workflows and segments to begin with.",
)
@click.option(
    "--key-lifetime",
    default="24h",
    show_default=True,
    metavar="TIME",
    help="How long idempotency keys are remembered.",
)
@click.option(
    "--clock-offset",
    default="0s",
    show_default=True,
    metavar="TIME",
    help="How far the server's clock is ahead, such as 1h; -10m for behind.",
)
@json_option
def sandbox(
    port: int,
    profile: str,
    limiter: str | None,
    database: Path | None,
    faults: tuple[str, ...],
    seed: int,
    workflows: tuple[str, ...],
    project: Path | None,
    key_lifetime: str,
    clock_offset: str,
    *,
    as_json: bool,
) -> None:
    """Run the embedded Plunk on its own, on loopback, until Ctrl-C."""
    import sqlite3

    from plunk_import.sandbox import (
        Profile,
        Project,
        SandboxSettings,
        parse_duration,
        parse_fault,
        parse_lifetime,
        parse_limiter,
        read_project,
        serve,
    )

    try:
        settings = SandboxSettings(
            profile=Profile(profile),
            port=port,
            database=database,
            seed=seed,
            limiter=None if limiter is None else parse_limiter(limiter),
            faults=tuple(map(parse_fault, faults)),
            workflows=workflows,
            project=Project() if project is None else read_project(project),
            key_lifetime_seconds=parse_lifetime(key_lifetime),
            clock_offset_seconds=parse_duration(clock_offset),
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None

    def announce(server: "Sandbox") -> None:
        click.echo(json.dumps(_described(server)) if as_json else _introduced(server, profile))

    try:
        serve(settings, announce)
    except sqlite3.Error as error:
        reason = f"the database {database} cannot be used ({error}); give another with --database"
        fail(f"The sandbox could not start: {reason}.", ExitCode.CANNOT_START)
    except OSError as error:
        reason = f"port {port}: {error.strerror or error}; give another with --port, 0 for any free"
        fail(f"The sandbox could not start: {reason}.", ExitCode.CANNOT_START)


def _described(server: "Sandbox") -> dict[str, str]:
    return {
        "base_url": server.base_url,
        "public_key": server.public_key,
        "secret_key": server.secret_key,
        "database": str(server.database),
    }


def _introduced(server: "Sandbox", profile: str) -> str:
    return (
        f"The sandbox ({profile}) answers at {server.base_url}\n"
        f"  public key    {server.public_key}\n"
        f"  secret key    {server.secret_key}\n"
        "  disabled      pk_disabled\n"
        f"  database      {server.database}\n"
        "Ctrl-C ends it."
    )
