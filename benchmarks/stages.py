"""Says what each stage of `validate` costs, in ns of CPU a row, on all threads.

``python -m benchmarks.stages orders.csv`` does each stage of the first pass by itself, over the
same blocks, and prints its cost as JSON. What is left of the whole pass is said to be the rest:
the census, the samples and their bodies, and the plan.
"""

import functools
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

from benchmarks.bench import MAPPING
from plunk_import.plan import make_plan
from plunk_import.runtime import SilentProgress
from plunk_import.validate import Job, open_job

Done = TypeVar("Done")


def stages(path: Path) -> dict[str, float]:
    """Return the ns of CPU a row by stage, and what of judging goes where."""
    pl.thread_pool_size()  # starts what starts once
    job = open_job(path, MAPPING)
    reading, rows = _spent(lambda: sum(batch.size for batch in job.source.batches()))
    fingerprint, _ = _spent(job.source.fingerprint)
    judged, _ = _spent(lambda: sum(batch.rows for batch in job.judged()))
    whole, _ = _spent(lambda: make_plan(open_job(path, MAPPING), progress=SilentProgress()))
    found = {
        "reading": reading,
        "SHA-256": fingerprint,
        "judging": judged - reading,
        "the rest": whole - judged - fingerprint,
        **_of_judging(job),
    }
    return {name: round(seconds / rows * 1e9, 1) for name, seconds in found.items()}


def _of_judging(job: Job) -> dict[str, float]:
    """Return the seconds for all cells that the mapping names, and for each value's check."""
    spent: dict[str, float] = defaultdict(float)
    values = job.compiled.values
    for batch in job.source.batches():
        made = [value.cell.alias(value.slot.name) for value in values]
        seconds, cells = _spent(functools.partial(batch.frame.select, made))
        spent["of judging: the cells"] += seconds
        for value in values:
            check = functools.partial(cells.select, value.reading.surely_has_text)
            spent[f"of judging: check of {value.slot.field}"] += _spent(check)[0]
    return dict(spent)


def _spent(work: Callable[[], Done]) -> tuple[float, Done]:
    began = time.process_time()
    done = work()
    return time.process_time() - began, done


if __name__ == "__main__":
    print(json.dumps(stages(Path(sys.argv[1]))))
