"""Measures what a sender takes for each row, beside the figures that `plan` uses."""

import dataclasses
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from benchmarks.bench import FAST, MAPPING, Bench
from benchmarks.process import Spent, plunk_import, spend
from benchmarks.table import Row
from plunk_import.plan import FIGURES

SENT_ROWS = 200_000
CHECKED_ROWS = 2_000_000
SHARD_ROWS, SHARDS = 1_000_000, 50
_FAR_OFF = 1.5
_WITH_ID = MAPPING.with_name("orders_id.yaml")


@dataclasses.dataclass(frozen=True, slots=True)
class _Run:
    """What a run took, and what it left."""

    spent: Spent
    journal_bytes: int
    results_bytes: int
    rows: int


def of_a_row(bench: Bench) -> Iterator[Row]:
    """CPU, memory and disk a row, at nginx, each beside the figure of `plan`."""
    for name, value in _measured(bench).items():
        figure = FIGURES[name]
        ratio = value / figure.value
        yield Row(
            f"plan-{name}",
            f"`plan`: {figure.what}",
            f"{figure.value:g} {figure.unit}",
            f"within {_FAR_OFF} ×",
            f"{value:.3g} {figure.unit}, {ratio:.2f} ×",
            value,
            1 / _FAR_OFF <= ratio <= _FAR_OFF,
        )


def _measured(bench: Bench) -> Mapping[str, float]:
    checked, few = bench.sized(CHECKED_ROWS), bench.sized(CHECKED_ROWS // 10)
    many_checked, few_checked, with_id = bench.in_turn(
        lambda: bench.validate(bench.orders(checked)),
        lambda: bench.validate(bench.orders(few)),
        lambda: bench.validate(bench.orders(checked), mapping=_WITH_ID),
    )
    check = (many_checked.cpu_seconds - few_checked.cpu_seconds) / (checked - few)
    whole, little = _sent(bench, bench.sized(SENT_ROWS)), _sent(bench, bench.sized(SENT_ROWS // 10))
    send = (whole.spent.cpu_seconds - little.spent.cpu_seconds) / (whole.rows - little.rows)
    shard = _sent(bench, bench.sized(SHARD_ROWS), "--shard", f"1/{SHARDS}")
    merge = _merged(bench, bench.sized(SENT_ROWS))
    of_others = bench.sized(SHARD_ROWS) - shard.rows
    past = shard.spent.cpu_seconds - little.spent.cpu_seconds
    past -= (shard.rows - little.rows) * send
    return {
        "check": check * 1e6,
        "pass-by": past / of_others * 1e6,
        "send": send * 1e6,
        "merge": merge * 1e6,
        "memory": shard.spent.peak_megabytes,
        "id-memory": (with_id.peak_bytes - many_checked.peak_bytes) / checked,
        "journal": whole.journal_bytes / whole.rows,
        "results": whole.results_bytes / whole.rows,
    }


def _sent(bench: Bench, rows: int, *options: str) -> _Run:
    path = bench.orders(rows)
    with bench.server() as base_url:
        (spent,) = bench.in_turn(lambda: bench.run(path, base_url, options=(*FAST, *options)))
    return _Run(
        spent,
        (bench.sent / "journal.sqlite").stat().st_size,
        (bench.sent / "results.csv").stat().st_size,
        _delivered(bench.sent),
    )


def _merged(bench: Bench, rows: int) -> float:
    """Return the seconds of CPU that a row takes to be merged."""
    path, shards = bench.orders(rows), [bench.place / f"shard-{number}" for number in (1, 2)]
    with bench.server() as base_url:
        for number, shard in enumerate(shards, start=1):
            bench.run(path, base_url, options=(*FAST, "--shard", f"{number}/2"))
            shutil.rmtree(shard, ignore_errors=True)
            bench.sent.rename(shard)
    whole = bench.place / "merged"

    def merge() -> Spent:
        shutil.rmtree(whole, ignore_errors=True)
        return spend(plunk_import("merge", *shards, "-o", whole))

    (spent,) = bench.in_turn(merge)
    return spent.cpu_seconds / rows


def _delivered(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "journal.sqlite")) as journal:
        (count,) = journal.execute("SELECT count(*) FROM rows").fetchone()
    return int(count)
