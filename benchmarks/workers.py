"""Measures `validate` of one file by one process, and by workers of a cluster on this machine."""

import json
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.bench import MAPPING, Bench
from benchmarks.plot import draw_workers
from benchmarks.process import FailedError, Spent, plunk_import, spend
from benchmarks.table import Row

ROWS = 10_000_000
WORKERS = (1, 2, 4)
_OF_ONE_RUN = ("started", "finished", "directory")


def time(bench: Bench) -> Iterator[Row]:
    """Seconds of `validate` over the number of workers, with the same report each time; a plot."""
    rows = bench.sized(ROWS)
    path = bench.orders(rows)
    alone, *shared = bench.in_turn(
        partial(_validated, bench, path, None),
        *(partial(_validated, bench, path, workers) for workers in WORKERS),
    )
    what = f"`validate`, {rows:,} rows × 9 columns, CSV"
    yield Row(
        "workers-none", f"{what}: seconds of one process", "–", "–", _seconds(alone), alone.seconds
    ).spending(alone)
    expected = _told(bench, None)
    for workers, spent in zip(WORKERS, shared, strict=True):
        if _told(bench, workers) != expected:
            raise FailedError(f"{workers} workers have another report than one process")
        ratio = alone.seconds / spent.seconds
        yield Row(
            f"workers-{workers}",
            f"{what}: `--dask local:{workers}`, the cluster's start included",
            f"one process: {_seconds(alone)}",
            "the same report",
            f"{_seconds(spent)}, {ratio:.2f} × as fast; the same report",
            spent.seconds,
            reached=True,
        ).spending(spent)
    if bench.scale == 1:
        seconds = {count: one.seconds for count, one in zip(WORKERS, shared, strict=True)}
        draw_workers(alone.seconds, seconds, os.cpu_count() or 1, rows)


def _seconds(spent: Spent) -> str:
    return f"{spent.seconds:.1f} s"


def _validated(bench: Bench, path: Path, workers: int | None) -> Spent:
    place = _place(bench, workers)
    shutil.rmtree(place, ignore_errors=True)
    cluster = () if workers is None else ("--dask", f"local:{workers}")
    return spend(plunk_import("validate", path, "-m", MAPPING, "-o", place, *cluster))


def _place(bench: Bench, workers: int | None) -> Path:
    return bench.place / f"validated-by-{workers or 'one process'}"


def _told(bench: Bench, workers: int | None) -> dict[str, Any]:
    """Read the last report of so many workers, without what differs from one run to the next."""
    text = (_place(bench, workers) / "report.json").read_text(encoding="utf-8")
    told: dict[str, Any] = json.loads(text)
    told["estimate"].pop("ends")
    return {name: part for name, part in told.items() if name not in _OF_ONE_RUN}
