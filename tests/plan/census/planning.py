"""Makes plans from rows written in a test, by way of a real file and its mapping."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from plunk_import.plan import Plan, make_plan
from plunk_import.runtime import SilentProgress
from plunk_import.validate import Job, open_job

ANY_DATE = "2026-01-31T10:00:00Z"


def make_job(
    folder: Path, columns: Sequence[str], rows: Iterable[Sequence[object]], mapping: dict[str, Any]
) -> Job:
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return open_job(path, {"version": 1, "email": "email", "event": {"const": "e"}, **mapping})


def plan_of(job: Job, *, show: int = 0) -> Plan:
    return make_plan(job, progress=SilentProgress(), show=show).plan


def plan_of_column(
    folder: Path, values: Sequence[object], variable: dict[str, Any], *, name: str = "v"
) -> Plan:
    """Plan rows of different contacts, all well but for what the one variable is."""
    rows = [(f"p{n}@example.com", value, ANY_DATE) for n, value in enumerate(values)]
    mapping = {
        "subscribed": {"const": False},
        "data": {
            name: {"column": "v", **variable},
            "occurred_at": {"column": "at", "type": "datetime", "persistent": False},
        },
    }
    return plan_of(make_job(folder, ("email", "v", "at"), rows, mapping))
