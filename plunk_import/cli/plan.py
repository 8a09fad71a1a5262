"""The command that estimates what an import would take on so many machines."""

import dataclasses
import json
from typing import TYPE_CHECKING

import click

from plunk_import.cli.options import rate_option
from plunk_import.cli.output import Output, output_options
from plunk_import.cli.parameters import many_rows
from plunk_import.cli.terminal import runtime_here

if TYPE_CHECKING:
    from plunk_import.plan import Workload


@click.command()
@click.argument("sources", nargs=-1, metavar="[FILE...]")
@click.option("-m", "--mapping", type=click.Path(dir_okay=False), help="The mapping file.")
@click.option(
    "--rows",
    type=many_rows,
    metavar="N",
    help="Instead of files: how many rows there would be, such as 1e9.",
)
@click.option(
    "--busiest",
    type=many_rows,
    metavar="N",
    help="With --rows: how many of them the contact with the most has; default 1.",
)
@click.option("--with-id", is_flag=True, help="With --rows: the mapping has an `id`.")
@click.option(
    "--machines",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many machines share the import, each with one sender.",
)
@rate_option
@output_options
def plan(
    sources: tuple[str, ...],
    mapping: str | None,
    *,
    rows: int | None,
    busiest: int | None,
    with_id: bool,
    machines: int,
    rate: str | None,
) -> None:
    """Estimate how long an import would take, and the senders, memory and disk that it needs.

    From measured figures; nothing is sent. The rows are those of files, which are judged, or as
    many as --rows says.
    """
    from plunk_import.plan import Workload, demand_of
    from plunk_import.report import tell_demand
    from plunk_import.run import pace_asked_for

    if sources and rows is None and busiest is None and not with_id:
        workload = _counted(sources, mapping)
    elif rows is not None and not sources and mapping is None:
        if busiest is not None and busiest > rows:
            raise click.UsageError(f"--busiest {busiest} is more than all rows (--rows {rows}).")
        workload = Workload(rows=rows, sent=rows, busiest=busiest or 1, has_id=with_id)
    else:
        raise click.UsageError("Give files and their mapping (-m), or else --rows N.")
    demand = demand_of(workload, machines, pace_asked_for(rate or "auto"))
    output = Output.here()
    if output.as_json:
        click.echo(json.dumps({**dataclasses.asdict(demand), "seconds": demand.seconds}))
    else:
        output.say(tell_demand(demand))


def _counted(sources: tuple[str, ...], mapping: str | None) -> "Workload":
    from plunk_import.run import count_workload

    if mapping is None:
        raise click.UsageError("Files need their mapping: -m MAPPING.")
    return count_workload(sources, mapping, runtime=runtime_here())
