"""`python -m tests.simulation`: plays seeds and says what failed, one line where nothing did."""

import os
import sys
import time

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # frames of ten rows: threads only cost

import click


class SeedRange(click.ParamType[range]):
    """`A-B`, both included."""

    name = "A-B"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """See click."""
        if isinstance(value, range):
            return value
        first, dash, last = str(value).partition("-")
        if not (first.isdigit() and dash and last.isdigit()):
            self.fail(f"{value!r} is no range of seeds such as 1-300", param, ctx)
        return range(int(first), int(last) + 1)


@click.command()
@click.option("--seeds", type=SeedRange(), default="1-300", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count(), show_default=True)
@click.option("--seed", type=int, help="Play this one alone; its story is told where it fails.")
@click.option("--story", is_flag=True, help="With --seed: tell it in any case.")
@click.option("--most", type=click.IntRange(min=1), help="End after so many failures.")
@click.option("--mutants", is_flag=True, help="Bring each known fault back and look for it.")
@click.option("--only", help="With --mutants: the one of this name.")
def main(
    *,
    seeds: range,
    jobs: int,
    seed: int | None,
    story: bool,
    most: int | None,
    mutants: bool,
    only: str | None,
) -> None:
    """Import in simulated worlds; exit code 1 where anything is wrong."""
    if mutants:
        sys.exit(_hunt_mutants(jobs, only))
    sys.exit(_play_one(seed, story=story) if seed is not None else _play(seeds, jobs, most))


def _play_one(seed: int, *, story: bool) -> int:
    from tests.simulation.trial import play

    verdict = play(seed, tells=True)
    if story or verdict.complaints:
        click.echo("\n".join(verdict.story))
    click.echo("\n".join(verdict.complaints) or f"seed {seed}: nothing is wrong")
    return 1 if verdict.complaints else 0


def _play(seeds: range, jobs: int, most: int | None) -> int:
    from tests.simulation.campaign import play_all

    began = time.perf_counter()
    failed = 0
    for verdict in play_all(seeds, jobs=jobs, most_failures=most):
        click.echo(f"seed {verdict.seed}: {verdict.complaints[0]}")
        failed += 1
    seconds = time.perf_counter() - began
    click.echo(
        f"{len(seeds):,} seeds in {seconds:,.0f} s, {len(seeds) / seconds:.1f}/s: {failed:,} failed"
    )
    return 1 if failed else 0


def _hunt_mutants(jobs: int, only: str | None) -> int:
    from tests.simulation.mutants import MUTANTS, hunt, line_of

    wanted = [mutant for mutant in MUTANTS if only in (None, mutant.name)]
    survivors = 0
    for found in hunt(wanted, jobs=jobs):
        click.echo(line_of(found))
        survivors += found.killer is None
    return 1 if survivors else 0


if __name__ == "__main__":
    main()
