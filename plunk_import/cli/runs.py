"""The commands that look after the directories of runs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plunk_import.cli.options import run_directory_argument
from plunk_import.cli.output import Output, json_option, output_options
from plunk_import.cli.parameters import duration
from plunk_import.cli.terminal import finish, runtime_here

if TYPE_CHECKING:
    from plunk_import.run import KeptRun

parent_argument = click.argument(
    "parent",
    metavar="[PARENT]",
    default="runs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)


@click.group()
def runs() -> None:
    """Look after the directories that runs have written."""


@runs.command("list")
@parent_argument
@json_option
def list_(parent: Path, *, as_json: bool) -> None:
    """List the runs below a directory, by default runs/, the latest first."""
    from plunk_import.run import find_runs

    found = find_runs(parent, now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps([_described(kept) for kept in found], indent=2))
        return
    for kept in found:
        started = f"{kept.started:%Y-%m-%d %H:%M}" if kept.started else " " * 16
        Output.here().say(f"{started}  {kept.path}  {kept.command}: {_outcome(kept)}")


@runs.command()
@run_directory_argument
@output_options
def show(directory: Path) -> None:
    """Show the outcome of one run."""
    from plunk_import.run import status

    finish(status(directory, runtime=runtime_here()))


@runs.command()
@parent_argument
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the latest N runs.")
@click.option(
    "--older-than", type=duration, metavar="TIME", help="Keep younger ones too, such as 90d."
)
@click.option("--dry-run", is_flag=True, help="Only say which would go.")
@json_option
def prune(
    parent: Path, *, keep: int | None, older_than: float | None, dry_run: bool, as_json: bool
) -> None:
    """Remove runs that are over: never what is pending, in doubt or at work."""
    from plunk_import.run import prune_runs

    if keep is None and older_than is None:
        raise click.UsageError("Say what to keep: --keep 30, --older-than 90d, or both.")
    gone = prune_runs(
        parent,
        now=datetime.now(UTC),
        keep=keep or 0,
        older_than=timedelta(seconds=older_than or 0),
        dry_run=dry_run,
    )
    if as_json:
        click.echo(json.dumps([str(kept.path) for kept in gone], indent=2))
        return
    for kept in gone:
        Output.here().say(f"{'Would remove' if dry_run else 'Removed'} {kept.path}")
    if not gone:
        Output.here().say("Nothing to remove.")


def _outcome(kept: "KeptRun") -> str:
    return f"at work: {kept.worker}" if kept.worker else kept.verdict


def _described(kept: "KeptRun") -> dict[str, Any]:
    return {
        "path": str(kept.path),
        "command": kept.command,
        "started": kept.started.isoformat() if kept.started else None,
        "verdict": kept.verdict,
        "books": kept.books.model_dump() if kept.books else None,
        "worker": kept.worker,
        "may_go": kept.may_go,
    }
