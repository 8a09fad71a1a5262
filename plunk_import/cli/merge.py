"""The command that puts the shards of an import together."""

from pathlib import Path

import click

from plunk_import.cli.options import show_addresses_option
from plunk_import.cli.output import output_options
from plunk_import.cli.terminal import finish, runtime_here


@click.command()
@click.argument(
    "directories",
    metavar="DIR...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option(
    "-o",
    "--output",
    "directory",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Takes the files of the whole; new or empty.",
)
@show_addresses_option
@output_options
def merge(directories: tuple[Path, ...], *, directory: Path, show_addresses: bool) -> None:
    """Put the shards of one import together: files and books as of one run.

    The shards' directories are only read, and stay what `resume`, `resolve` and `verify` work on.
    Names the shards that are missing or unfinished; the exit code is 1 then.
    """
    from plunk_import.run import merge as merge_shards

    runtime = runtime_here()
    finish(
        merge_shards(
            directories, directory=directory, show_addresses=show_addresses, runtime=runtime
        )
    )
