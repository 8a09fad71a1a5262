"""Has one import done by a cluster whose workers are killed, and says what came of it."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from tests.torture.cluster.ordeal import cluster_ordeal
from tests.torture.cluster.trial import Outcome, ServerName, tried


@click.command()
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--rows", type=click.IntRange(min=100), default=200_000, show_default=True)
@click.option("--contacts", type=click.IntRange(min=1), default=5_000, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=4, show_default=True)
@click.option("--kills", type=click.IntRange(min=0), default=12, show_default=True)
@click.option(
    "--server",
    "servers",
    type=click.Choice(["sandbox", "nginx"]),
    multiple=True,
    default=["sandbox", "nginx"],
    show_default=True,
)
@click.option("--keep", type=click.Path(path_type=Path), help="A new directory for all files.")
def main(*, servers: Sequence[ServerName], keep: Path | None, **drawn: int) -> None:
    """Torture a cluster; exit code 1 where anything is amiss."""
    ordeal = cluster_ordeal(**drawn)
    is_amiss = False
    for server in servers:
        with tempfile.TemporaryDirectory(prefix="torture-") as scratch:
            place = (keep or Path(scratch)) / server
            place.mkdir(parents=True)
            outcome = tried(ordeal, server, place)
        for complaint in outcome.complaints:
            click.echo(f"{server}: {complaint}")
        click.echo(_told(drawn, server, outcome))
        is_amiss |= bool(outcome.complaints)
    sys.exit(int(is_amiss))


def _told(drawn: dict[str, int], server: str, outcome: Outcome) -> str:
    return (
        f"{server}, seed {drawn['seed']}: {drawn['rows']:,} rows of {drawn['contacts']:,} contacts "
        f"by {drawn['workers']} workers, {outcome.kills} killed, {outcome.requests:,} requests, "
        f"{outcome.seconds:.0f} s (one process {outcome.seconds_of_one:.0f} s); "
        f"{len(outcome.complaints)} complaints"
    )


if __name__ == "__main__":
    main()
