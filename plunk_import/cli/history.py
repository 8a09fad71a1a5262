"""The commands that look after the history of a nightly job."""

import json
from pathlib import Path

import click

from plunk_import.cli.options import run_directory_argument
from plunk_import.cli.output import Output, json_option
from plunk_import.cli.parameters import duration


@click.group()
def history() -> None:
    """Look after the file that `run --history` keeps."""


history_argument = click.argument(
    "path", metavar="HISTORY", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@history.command()
@history_argument
@click.option(
    "--older-than",
    "seconds",
    required=True,
    type=duration,
    metavar="TIME",
    help="Such as 90d: keep it longer than your exports reach back.",
)
@json_option
def prune(path: Path, seconds: float, *, as_json: bool) -> None:
    """Forget keys that were delivered long ago."""
    from datetime import UTC, datetime, timedelta

    from plunk_import.storage import History

    with History.open(path) as known:
        forgotten = known.prune(datetime.now(UTC) - timedelta(seconds=seconds))
        known.vacuum()
        kept = known.count()
    if as_json:
        click.echo(json.dumps({"forgotten": forgotten, "kept": kept}))
    else:
        click.echo(f"{forgotten:,} keys forgotten, {kept:,} kept.")


@history.command()
@history_argument
@run_directory_argument
@json_option
def forget(path: Path, directory: Path, *, as_json: bool) -> None:
    """Accept that what a lost run delivered stays unknown: its rows may be sent twice."""
    from plunk_import.storage import History

    with History.open(path) as known:
        if not known.finish(directory.resolve()):
            raise click.UsageError(f"The history knows of no unfinished run in {directory}.")
    if as_json:
        click.echo(json.dumps({"forgotten": str(directory)}))
    else:
        Output.here().say(f"Forgotten: the run in {directory}.")
