"""The generated parts of the page about scale, from the model that `plan` uses."""

from collections.abc import Sequence

from plunk_import.plan import FIGURES, Demand, Workload, demand_of
from plunk_import.report import size_in_words, time_in_words

CASES: Sequence[tuple[int, int, float]] = (
    (10**6, 1, 100),
    (10**6, 4, 1_000),
    (10**9, 1, 100),
    (10**9, 1, 5_000),
    (10**9, 8, 20_000),
    (10**9, 32, 50_000),
    (10**12, 32, 50_000),
    (10**12, 500, 100_000),
    (10**12, 500, 1_000_000),
)
"""Rows, machines, and the pace asked for in rows a second."""

HEAD = (
    *("rows", "machines", "pace asked for", "pace reached", "checking", "sending", "merging"),
    *("senders needed", "Plunk's processes", "memory each", "with an `id`", "disk each"),
    "disk to merge",
)


def demands() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Estimate every case; return the head of a table and its lines."""
    return HEAD, [_line(rows, machines, pace) for rows, machines, pace in CASES]


def figures() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """List the measured figures; return the head of a table and its lines."""
    lines: list[tuple[str, ...]] = [
        (f"{figure.value:g} {figure.unit} {figure.what}", figure.measured)
        for figure in FIGURES.values()
    ]
    return ("figure", "measured"), lines


def _line(rows: int, machines: int, pace: float) -> tuple[str, ...]:
    found = demand_of(Workload(rows=rows, sent=rows), machines, pace)
    with_id = demand_of(Workload(rows=rows, sent=rows, has_id=True), machines, pace)
    return (
        f"{rows:,}",
        f"{machines:,}",
        f"{pace:,}/s",
        f"{found.per_second:,.0f}/s",
        *map(_time, (found.check_seconds, found.send_seconds, found.merge_seconds)),
        _senders(found),
        f"{found.servers_needed:,}",
        size_in_words(found.memory_bytes),
        size_in_words(with_id.memory_bytes),
        size_in_words(found.disk_bytes),
        size_in_words(found.merge_disk_bytes) if found.merge_disk_bytes else "none",
    )


def _time(seconds: float) -> str:
    return time_in_words(seconds) if seconds else "none"


def _senders(found: Demand) -> str:
    return "no number" if found.senders_needed is None else f"{found.senders_needed:,}"
