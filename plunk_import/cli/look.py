"""The commands that look at a run: status says how far it has come, verify what Plunk has of it."""

import functools
from pathlib import Path

import click

from plunk_import.cli.options import run_directory_argument, show_addresses_option
from plunk_import.cli.output import output_options
from plunk_import.cli.terminal import finish, governed, runtime_here, watched


@click.command()
@run_directory_argument
@click.option("--write", is_flag=True, help="Write results, rejects and report anew.")
@click.option(
    "--watch", is_flag=True, help="Look again every two seconds while the run is at work."
)
@show_addresses_option
@output_options
def status(directory: Path, *, write: bool, watch: bool, show_addresses: bool) -> None:
    """Tell where a run stands, also while it is at work.

    Nothing is changed and nothing is locked, unless the files are to be written anew.
    """
    from plunk_import.run import status

    runtime = runtime_here()
    look = functools.partial(status, directory, runtime=runtime)
    if watch:
        watched(look, runtime.clock)
    finish(look(write=write, show_addresses=show_addresses))


@click.command()
@run_directory_argument
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="How many delivered rows to read back, spread over all of them.",
)
@click.option("--all", "every_row", is_flag=True, help="Read every delivered row back.")
@show_addresses_option
@output_options
def verify(directory: Path, *, rows: int, every_row: bool, show_addresses: bool) -> None:
    """Hold what a run delivered against what Plunk has.

    Needs PLUNK_SECRET_KEY. The project's own counts of events are compared with the books, and
    delivered rows are read back and compared value by value. Ends with 1 where something differs.
    """
    from plunk_import.run import averify

    runtime = runtime_here()
    work = functools.partial(
        averify,
        directory,
        rows=None if every_row else rows,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    finish(governed(runtime, work))
