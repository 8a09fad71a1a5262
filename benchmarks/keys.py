"""Fills a history with keys, or asks it for as many, half of which it knows.

``python -m benchmarks.keys ask history.sqlite 10000000`` prints the µs of CPU a key and the MB that
the history holds.
"""

import random
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from plunk_import.storage import History

SCOPE = "benchmark"
_BATCH = 250_000
_DIGITS = 32


def _keys(batch: int) -> pl.Series:
    text = random.Random(batch).randbytes(_BATCH * _DIGITS // 2).hex()  # noqa: S311 - the same each time
    starts = range(0, len(text), _DIGITS)
    return pl.Series([f"id2-{text[start : start + _DIGITS]}" for start in starts])


def fill(path: Path, batches: int) -> None:
    """Add so many batches of keys."""
    now = datetime.now(UTC)
    with History.open(path) as history:
        for batch in range(batches):
            history.add(_keys(batch), scope=SCOPE, at=now)


def ask(path: Path, batches: int) -> None:
    """Ask for as many batches, the first half of which is known."""
    with History.open(path) as history:
        asked = _keys(0)
        before = _resident_megabytes()
        history.known(asked[:1], scope=SCOPE)
        held = _resident_megabytes() - before
        taken = 0.0
        for batch in range(batches - batches // 2, 2 * batches - batches // 2):
            asked = _keys(batch)
            began = time.process_time()
            history.known(asked, scope=SCOPE)
            taken += time.process_time() - began
    print(taken / (batches * _BATCH) * 1e6, held)


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    work = {"fill": fill, "ask": ask}[sys.argv[1]]
    work(Path(sys.argv[2]), max(2, int(sys.argv[3]) // _BATCH))
