"""Measures what `run` takes of a core at a pace, which is how people run it."""

import contextlib
import subprocess
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.process import python
from benchmarks.table import Row

_PACES = ((100, 75, 0.02), (1_000, 10, 0.12))


def share(bench: Bench) -> Iterator[Row]:
    """The share of a core at two paces: of the time between a short run's end and a long one's."""
    for per_second, milliseconds, goal in _PACES:
        short, long = per_second * 3, per_second * (8 if bench.quick else 23)
        with _replying(milliseconds) as base_url:
            before, after = (
                bench.run(bench.orders(rows), base_url, options=("--rate", f"{per_second}/s"))
                for rows in (short, long)
            )
        cpu = after.cpu_seconds - before.cpu_seconds
        measured = cpu / (after.seconds - before.seconds)
        yield Row(
            f"CPU of `run` at {per_second:,}/s, {milliseconds} ms a reply",
            "one core",
            f"≤ {goal:.0%}",
            f"{measured:.1%}, {cpu / (long - short) * 1e6:.0f} µs a row",
            measured <= goal,
        )


@contextlib.contextmanager
def _replying(milliseconds: int) -> Iterator[str]:
    command = [str(part) for part in python("-m", "benchmarks.replying", str(milliseconds))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None  # noqa: S101 - for the type checker
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
