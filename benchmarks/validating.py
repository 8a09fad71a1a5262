"""Measures `validate` beside a script that goes row by row, at sizes from ten thousand rows."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.bench import RIVALS, Bench
from benchmarks.plot import draw
from benchmarks.process import Spent, in_turn, python, spend
from benchmarks.table import Row

ROWS = 10_000_000
SCRIPT_ROWS = 200_000
SIZES = (10_000, 100_000, 1_000_000, ROWS)
FORMATS = {"CSV": (".csv", 15, 1.5, 1.2), "Parquet": (".parquet", 20, 2.0, 0.8)}
"""For each: its ending, how many times the script's rows/s, million rows/s, µs of CPU a row."""


def speed(bench: Bench) -> Iterator[Row]:
    """Rows a second, CPU a row and peak memory of `validate`, its start included; a plot."""
    sizes = sorted({bench.sized(rows) for rows in SIZES})
    script = _script_rows_per_second(bench)
    costs: dict[str, list[float]] = {}
    for name, (suffix, *goals) in FORMATS.items():
        paths = [bench.orders(rows, suffix) for rows in sizes]
        spents = bench.in_turn(*(partial(bench.validate, path) for path in paths))
        costs[name] = [one.cpu_seconds / rows for one, rows in zip(spents, sizes, strict=True)]
        yield from _speed(name, sizes[-1], spents[-1], script, goals)
        yield _beside_reading(bench, name, paths[-1], spents[-1])
        yield _memory(name, sizes, spents)
    if bench.scale == 1:
        draw(sizes, costs)


def _speed(
    name: str, rows: int, spent: Spent, script: float, goals: Sequence[float]
) -> Iterator[Row]:
    per_second, cpu_us = rows / spent.seconds, spent.cpu_seconds / rows * 1e6
    times, million, most_us = goals
    what = f"`validate`, {rows:,} rows × 9 columns, {name}"
    yield Row(
        f"validate-{name.lower()}",
        what,
        f"`csv` and a pydantic model a row: {script / 1e6:.3f} million rows/s",
        f"≥ {times:.0f} ×, ≥ {million} million rows/s",
        f"{per_second / 1e6:.2f} million rows/s, {per_second / script:.1f} ×",
        per_second / 1e6,
        per_second >= max(million * 1e6, times * script),
    ).spending(spent)
    yield Row(
        f"validate-{name.lower()}-cpu",
        f"{what}: CPU a row",
        "–",
        f"≤ {most_us} µs",
        f"{cpu_us:.2f} µs",
        cpu_us,
        cpu_us <= most_us,
    ).spending(spent)


def _beside_reading(bench: Bench, name: str, path: Path, ours: Spent) -> Row:
    """Compare with the least that anything in Python could take."""
    (reading,) = in_turn(bench.times, lambda: spend(python(RIVALS / "polars_reading.py", path)))
    ratio = ours.cpu_seconds / reading.cpu_seconds
    return Row(
        f"validate-{name.lower()}-reading",
        f"the same, {name}: CPU of the whole command",
        f"polars reading the file and no more: {reading.cpu_seconds:.1f} s",
        "–",
        f"{ours.cpu_seconds:.1f} s, {ratio:.1f} ×",
        ratio,
    ).spending(ours)


def _memory(name: str, sizes: Sequence[int], spents: Sequence[Spent]) -> Row:
    small, large = (spent.peak_megabytes for spent in spents[-2:])
    return Row(
        f"validate-{name.lower()}-memory",
        f"peak memory of `validate`, {sizes[-1]:,} rows, {name}",
        f"itself at {sizes[-2]:,}: {small:.0f} MB",
        "≤ 500 MB, growing by < 10%",
        f"{large:.0f} MB, {large / small - 1:+.0%}",
        large,
        large <= 500 and large < 1.1 * small,
    ).spending(spents[-1])


def _script_rows_per_second(bench: Bench) -> float:
    """Its rows cost the same whatever their number, so a slice will do."""
    path = bench.orders(bench.sized(SCRIPT_ROWS))
    (spent,) = in_turn(bench.times, lambda: spend(python(RIVALS / "pydantic_rows.py", path)))
    rows, seconds = spent.output.split()
    return int(rows) / float(seconds)
