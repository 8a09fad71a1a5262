"""Measures what a long run ends with: its files after the last reply, and its memory."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.process import Spent
from benchmarks.sending import delivery_span
from benchmarks.table import Row

SMALL_ROWS, ROWS = 100_000, 1_000_000


def end(bench: Bench) -> Iterator[Row]:
    """Seconds after the last reply, and the peak of memory, of one run of a million rows."""
    sizes = (bench.sized(SMALL_ROWS), bench.sized(ROWS))
    with bench.server() as base_url:
        small, large = (bench.run(bench.orders(rows), base_url) for rows in sizes)
    yield after_last_reply(
        bench.sent, large, name="end", what=f"`run` of {sizes[1]:,} rows", goal=2
    )
    peak, growth = large.peak_megabytes, large.peak_megabytes / small.peak_megabytes - 1
    yield Row(
        "run-memory",
        f"peak memory of `run`, {sizes[1]:,} rows",
        f"itself at {sizes[0]:,}: {small.peak_megabytes:.0f} MB",
        "≤ 300 MB, growing by < 10%",
        f"{peak:.0f} MB, {growth:+.0%}",
        peak,
        peak <= 300 and growth < 0.1,
    ).spending(large)


def after_last_reply(directory: Path, spent: Spent, *, name: str, what: str, goal: float) -> Row:
    """Tell how long a command went on after the last outcome that its journal knows."""
    _, last = delivery_span(directory)
    seconds = spent.ended - last
    return Row(
        name,
        f"the end of a {what} after its last reply",
        "–",
        f"≤ {goal} s",
        f"{seconds:.1f} s",
        seconds,
        seconds <= goal,
    ).spending(spent)
