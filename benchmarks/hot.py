"""Measures a file that is sorted by contact, one of which has three rows in ten."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from benchmarks.bench import Bench
from benchmarks.data import HOT_SHARE, SEED
from benchmarks.process import Spent
from benchmarks.sending import delivery_span
from benchmarks.table import Row

ROWS = 100_000
OTHERS_GOAL, TOTAL_GOAL = 0.9, 1.05
_IS_SCATTERED = f"((ordinal - 1) * {SEED} % 4294967296) / 4294967296.0 >= {HOT_SHARE}"


class _Sent(NamedTuple):
    """How a run went: the seconds of all its rows, and how many others left in a second."""

    spent: Spent
    seconds: float
    others_per_second: float


def others(bench: Bench) -> Iterator[Row]:
    """The others' rate beside the same rows shuffled, and the whole time beside its bound.

    Nothing can be sooner than the hot contact's rows alone, one at a time.
    """
    rows = bench.sized(ROWS)
    with bench.server() as base_url:
        alone = _sent(bench, base_url, "hot-alone", "0")
        shuffled = _sent(bench, base_url, "shuffled", _IS_SCATTERED)
        hot = round(sum(1 for _ in bench.orders(rows, kind="hot-alone").open()) - 1)
        by_contact = _sent(bench, base_url, "by-contact", f"ordinal > {hot}")
    what = f"`run`, {rows:,} rows sorted by contact, one of whom has {hot:,}, at nginx"
    rate = by_contact.others_per_second / shuffled.others_per_second
    yield Row(
        "hot-others",
        f"{what}: the others' rows/s",
        f"the same rows shuffled: {shuffled.others_per_second:,.0f} rows/s",
        f"≥ {OTHERS_GOAL:.0%}",
        f"{by_contact.others_per_second:,.0f} rows/s, {rate:.0%}",
        rate,
        rate >= OTHERS_GOAL,
    ).spending(by_contact.spent)
    ratio = by_contact.seconds / alone.seconds
    yield Row(
        "hot-total",
        f"{what}: from the first claim to the last outcome",
        f"the bound, that contact's rows alone, one at a time: {alone.seconds:.1f} s",
        f"≤ {TOTAL_GOAL:.2f} ×",
        f"{by_contact.seconds:.1f} s, {ratio:.2f} ×",
        ratio,
        ratio <= TOTAL_GOAL,
    ).spending(by_contact.spent)


def _sent(bench: Bench, base_url: str, kind: str, is_other: str) -> _Sent:
    spent = bench.run(bench.orders(bench.sized(ROWS), kind=kind), base_url)
    first, last = delivery_span(bench.sent)
    with closing(sqlite3.connect(bench.sent / "journal.sqlite")) as journal:
        query = f"SELECT count(*), max(settled_at) FROM rows WHERE {is_other}"  # noqa: S608 - ours
        number, until = journal.execute(query).fetchone()
    return _Sent(spent, last - first, number / (until - first) if number else 0.0)
