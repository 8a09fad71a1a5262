"""Measures `validate` beside a script that goes row by row, and beside reading."""

from collections.abc import Iterator
from itertools import pairwise

from benchmarks.bench import RIVALS, Bench
from benchmarks.process import python, spend
from benchmarks.table import Row

ROWS = 10_000_000
SCRIPT_ROWS = 200_000


def speed(bench: Bench) -> Iterator[Row]:
    """Rows a second of `validate`, its start included, on CSV and on Parquet."""
    rows = bench.sized(ROWS)
    script = _script_rows_per_second(bench)
    for suffix, name in ((".csv", "CSV"), (".parquet", "Parquet")):
        path = bench.orders(rows, suffix)
        reading = float(spend(python(RIVALS / "polars_reading.py", path)).output)
        ours = bench.validate(path).seconds
        per_second = rows / ours
        what = f"`validate`, {rows:,} rows × 9 columns, {name}"
        yield Row(
            what,
            f"`csv` and a pydantic model a row: {script / 1e6:.3f} million rows/s",
            "≥ 10 ×, ≥ 1 million rows/s",
            f"{per_second / 1e6:.2f} million rows/s, {per_second / script:.1f} ×",
            per_second >= max(1e6, 10 * script),
        )
        against = f"polars reading it and no more: {reading:.1f} s"
        if suffix == ".csv":
            against += f"; `wc -l`: {spend(['wc', '-l', path]).seconds:.1f} s"
        yield Row(
            what,
            against,
            "≤ 3 × polars' reading",
            f"{ours:.1f} s, {ours / reading:.1f} ×; reading is {reading / ours:.0%} of it",
            ours <= 3 * reading,
        )


def memory(bench: Bench) -> Iterator[Row]:
    """Peak of `validate` at a million rows and at ten."""
    for suffix, name in ((".csv", "CSV"), (".parquet", "Parquet")):
        sizes = (bench.sized(ROWS // 10), bench.sized(ROWS))
        small, large = (bench.validate(bench.orders(rows, suffix)).peak_megabytes for rows in sizes)
        yield Row(
            f"peak memory of `validate`, {sizes[1]:,} rows, {name}",
            f"itself at {sizes[0]:,}: {small:.0f} MB",
            "≤ 700 MB, growing by < 25%",
            f"{large:.0f} MB, {large / small - 1:+.0%}",
            large <= 700 and large < 1.25 * small,
        )


def _script_rows_per_second(bench: Bench) -> float:
    """Its rows cost the same whatever their number, so a slice will do."""
    path = bench.orders(bench.sized(SCRIPT_ROWS))
    rows, seconds = spend(python(RIVALS / "pydantic_rows.py", path)).output.split()
    return int(rows) / float(seconds)


def growth(bench: Bench) -> Iterator[Row]:
    """Cost of one more row, from ten thousand to ten million; leaves a plot."""
    from benchmarks.plot import draw

    sizes = [10**4, 10**5, 10**6, ROWS // 10 if bench.quick else ROWS]
    sizes = sorted(set(sizes))
    seconds = [bench.validate(bench.orders(rows)).seconds for rows in sizes]
    steps = list(zip(pairwise(sizes), pairwise(seconds), strict=True))
    costs = [(after - before) / (more - less) * 1e6 for (less, more), (before, after) in steps]
    if not bench.quick:
        draw(sizes, seconds)
    told = ", ".join(
        f"{cost:.2f} µs to {more:,}" for cost, (_, more) in zip(costs, pairwise(sizes), strict=True)
    )
    yield Row(
        "cost of one more row in `validate`",
        f"itself, {sizes[0]:,} to {sizes[-1]:,} rows",
        "flat",
        told,
        costs[-1] <= 1.25 * costs[-2],
    )
