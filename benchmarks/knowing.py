"""Measures a history of millions of keys: its memory, and what a question costs."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.process import python, spend
from benchmarks.table import Row

KEYS = 10_000_000
MOST_US, MOST_MEGABYTES = 1.0, 220


def questions(bench: Bench) -> Iterator[Row]:
    """CPU to ask whether a key is known, and the memory that knowing takes."""
    keys = bench.sized(KEYS)
    path = bench.place / "history.sqlite"
    if not path.exists():
        spend(python("-m", "benchmarks.keys", "fill", path, str(keys)))
    (spent,) = bench.in_turn(lambda: spend(python("-m", "benchmarks.keys", "ask", path, str(keys))))
    each_us, megabytes = (float(part) for part in spent.output.split())
    yield Row(
        "history",
        f"a history of {keys:,} keys: to ask for one, and memory held",
        "–",
        f"≤ {MOST_US:g} µs, ≤ {MOST_MEGABYTES} MB",
        f"{each_us:.2f} µs, {megabytes:.0f} MB",
        each_us,
        each_us <= MOST_US and megabytes <= MOST_MEGABYTES,
    ).spending(spent)
