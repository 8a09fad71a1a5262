"""Measures what rejected rows add to `validate`."""

from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.table import Row

ROWS = 2_000_000
SHARES = ((2, 1.3), (50, 3.0))


def time(bench: Bench) -> Iterator[Row]:
    """Time with 2% and with 50% of the rows rejected, and the rejects written."""
    rows = bench.sized(ROWS)
    good = bench.orders(rows)
    wrong = [bench.orders(rows, kind=f"wrong-{percent}") for percent, _ in SHARES]
    without, *rejecting = bench.in_turn(
        partial(bench.validate, good),
        *(partial(bench.validate, path, rejects=True) for path in wrong),
    )
    for (percent, most), spent in zip(SHARES, rejecting, strict=True):
        ratio = spent.seconds / without.seconds
        yield Row(
            f"rejects-{percent}",
            f"`validate`, {rows:,} rows, CSV, {percent}% rejected and written",
            f"without rejects: {without.seconds:.1f} s",
            f"≤ {most:g} × the time",
            f"{ratio:.2f} ×",
            ratio,
            ratio <= most,
        ).spending(spent)
