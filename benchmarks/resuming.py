"""Measures how soon a run goes on after millions of finished rows, and how soon it ends then."""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.bench import ALLOWED, MAPPING, Bench
from benchmarks.ending import after_last_reply
from benchmarks.process import Spent, plunk_import, spend
from benchmarks.table import Row

LEFT = 1000
ROWS_BEFORE_FIRST, ROWS_BEFORE_END = 5_000_000, 3_000_000
FIRST_GOAL, END_GOAL = 5, 1
_TIME_IS_UP = 4
_UNFINISHED = 1
_FINISH = """
    INSERT OR REPLACE INTO rows (ordinal, key, state, attempts, claimed_at,
        first_claimed_at, sent_at, settled_at, left_order, settled_order, email, event,
        event_id, contact_id, timestamp)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)
    SELECT n, :fingerprint || '-' || n, 2, 1, 1e9 + n, 1e9 + n, 1e9 + n, 1e9 + n,
        2 * n, 2 * n + 1, 'p' || n / 5 || '@example.com', 'ordered',
        printf('2e4d1c88-1c93-4c13-8a47-%012x', n), printf('0b7c5e0a-6f6e-4d55-9d0f-%012x', n / 5),
        '2026-05-17T18:27:16.098Z' FROM numbers"""


def first_request(bench: Bench) -> Iterator[Row]:
    """Seconds from the command to its first new request, by the server's log."""
    rows = bench.sized(ROWS_BEFORE_FIRST)
    seconds, spent = _resumed(bench, rows)
    yield Row(
        "resume-first",
        f"`resume` over {rows:,} finished rows",
        "–",
        f"first new request within {FIRST_GOAL} s",
        f"{seconds:.1f} s",
        seconds,
        seconds <= FIRST_GOAL,
    ).spending(spent)


def end(bench: Bench) -> Iterator[Row]:
    """Seconds after the last reply where a thousand rows are new among millions."""
    rows = bench.sized(ROWS_BEFORE_END)
    _, spent = _resumed(bench, rows)
    what = f"`resume` that sends {LEFT:,} rows beside {rows:,} finished ones"
    yield after_last_reply(
        bench.place / "resumed", spent, name="resume-end", what=what, goal=END_GOAL
    )


def _resumed(bench: Bench, rows: int) -> tuple[float, Spent]:
    """Resume a run with so many finished rows; return the seconds to its first request too.

    Its files are there, as after a stop.
    """
    path, log = bench.orders(rows + LEFT), bench.place / "requests.log"
    directory = bench.place / "resumed"
    shutil.rmtree(directory, ignore_errors=True)
    with bench.server(log=log) as base_url:
        options = ("-o", directory, "--max-duration", "1s", *ALLOWED)
        begin = plunk_import("run", path, "-m", MAPPING, *options)
        spend(begin, variables=bench.variables(base_url), exit_codes=(_TIME_IS_UP,))
        _finish(directory / "journal.sqlite", rows)
        spend(plunk_import("status", directory, "--write"), exit_codes=(_UNFINISHED,))
        log.write_text("")
        began = time.time()
        goes_on = plunk_import("resume", directory, "--rate", "unlimited")
        spent = spend(goes_on, variables=bench.variables(base_url))
    return _first_moment(log) - began, spent


def _finish(journal: Path, rows: int) -> None:
    """Note in a run's journal that its first rows are delivered."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        ((told,),) = connection.execute("SELECT value FROM meta WHERE name = 'run'").fetchall()
        fingerprint = json.loads(told)["fingerprint"][:24]
        connection.execute(_FINISH, {"rows": rows, "fingerprint": fingerprint})


def _first_moment(log: Path) -> float:
    """Return the Unix time of the first request that is not the probe, with its key of 256 `k`."""
    lines = (line.split() for line in log.read_text().splitlines())
    return min(float(moment) for moment, key in lines if len(key) < 256)
