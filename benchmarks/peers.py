"""Measures `validate` beside other tools that check the same file."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.bench import RIVALS, Bench
from benchmarks.process import FailedError, Spent, python, spend
from benchmarks.table import Row
from benchmarks.validating import FORMATS, ROWS

PEERS = {
    "DuckDB": "duckdb_checks.py",
    "dataframely": "dataframely_checks.py",
    "pandera": "pandera_checks.py",
}


def cost(bench: Bench) -> Iterator[Row]:
    """CPU a row of `validate` and of the peers, on one file, in turn."""
    rows = bench.sized(ROWS)
    for name, (suffix, *_) in FORMATS.items():
        path = bench.orders(rows, suffix)
        ours, *theirs = bench.in_turn(
            partial(bench.validate, path),
            *(_checking(script, path, rows) for script in PEERS.values()),
        )
        yield _compared(name, rows, ours, dict(zip(PEERS, theirs, strict=True)))


def _compared(name: str, rows: int, ours: Spent, theirs: dict[str, Spent]) -> Row:
    costs = {peer: spent.cpu_seconds / rows * 1e6 for peer, spent in theirs.items()}
    mine, least = ours.cpu_seconds / rows * 1e6, min(costs.values())
    told = ", ".join(f"{peer} {cost:.2f} µs" for peer, cost in costs.items())
    return Row(
        f"peers-{name.lower()}",
        f"`validate`, {rows:,} rows × 9 columns, {name}: CPU a row, reasons and plan included",
        f"the same checks, good and bad rows counted and no more: {told}",
        "≤ the least of them",
        f"{mine:.2f} µs, {mine / least:.1f} ×",
        mine / least,
        mine <= least,
    ).spending(ours)


def _checking(script: str, path: Path, rows: int) -> Callable[[], Spent]:
    def check() -> Spent:
        spent = spend(python(RIVALS / script, path))
        if spent.output.split() != [str(rows), "0"]:
            raise FailedError(f"{script}: {rows} good rows expected, found: {spent.output}")
        return spent

    return check
