"""Measures how soon the program answers, beside importing polars."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.process import in_turn, plunk_import, python, spend
from benchmarks.table import Row

TIMES = 9


def soonest(bench: Bench) -> Iterator[Row]:
    """Seconds of `--help` and of validating ten rows: the median of several runs."""
    few = bench.orders(10)
    importing, helping, validating = in_turn(
        TIMES,
        lambda: spend(python("-c", "import polars")),
        lambda: spend(plunk_import("--help")),
        lambda: bench.validate(few),
    )
    against = f'`python -c "import polars"`: {importing.seconds:.2f} s'
    beyond = validating.seconds - importing.seconds
    yield Row(
        "help",
        "`--help`",
        against,
        "≤ 0.1 s",
        f"{helping.seconds:.3f} s",
        helping.seconds,
        helping.seconds <= 0.1,
    ).spending(helping)
    yield Row(
        "start",
        "`validate` of 10 rows",
        against,
        "≤ import + 0.35 s",
        f"{validating.seconds:.2f} s, import + {beyond:.2f} s",
        beyond,
        beyond <= 0.35,
    ).spending(validating)
