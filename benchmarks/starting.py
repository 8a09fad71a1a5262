"""Measures how soon the program answers, beside importing polars."""

from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.process import Spent, plunk_import, python, spend
from benchmarks.table import Row

TIMES = 9


def soonest(bench: Bench) -> Iterator[Row]:
    """Seconds of `--help` and of validating ten rows: the median of several runs."""
    few = bench.orders(10)
    importing = _median_seconds(lambda: spend(python("-c", "import polars")))
    helping = _median_seconds(lambda: spend(plunk_import("--help")))
    validating = _median_seconds(lambda: bench.validate(few))
    yield Row(
        "`--help`",
        f'`python -c "import polars"`: {importing:.2f} s',
        "≤ 0.25 s",
        f"{helping:.2f} s",
        helping <= 0.25,
    )
    yield Row(
        "`validate` of 10 rows",
        f'`python -c "import polars"`: {importing:.2f} s',
        "≤ import + 0.5 s",
        f"{validating:.2f} s, import + {validating - importing:.2f} s",
        validating <= importing + 0.5,
    )


def _median_seconds(once: Callable[[], Spent]) -> float:
    return median(once().seconds for _ in range(TIMES))
