"""Measures how soon a run goes on after millions of finished rows."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.bench import ALLOWED, MAPPING, Bench, variables
from benchmarks.process import plunk_import, spend
from benchmarks.table import Row

ROWS = 5_000_000
LEFT = 1000
_TIME_IS_UP = 4
_FINISH = """
    INSERT OR REPLACE INTO rows (ordinal, key, state, attempts, claimed_at,
        first_claimed_at, sent_at, settled_at, event_id, contact_id, timestamp)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)
    SELECT n, :fingerprint || '-' || n, 2, 1, 1e9 + n, 1e9 + n, 1e9 + n, 1e9 + n,
        printf('2e4d1c88-1c93-4c13-8a47-%012x', n), printf('0b7c5e0a-6f6e-4d55-9d0f-%012x', n / 5),
        '2026-05-17T18:27:16.098Z' FROM numbers"""


def first_request(bench: Bench) -> Iterator[Row]:
    """Seconds from the command to its first new request, by the server's log."""
    rows = bench.sized(ROWS)
    path, log = bench.orders(rows + LEFT), bench.place / "requests.log"
    directory = bench.place / "resumed"
    with bench.server(log=log) as base_url:
        options = ("-o", directory, "--max-duration", "1s", *ALLOWED)
        begin = plunk_import("run", path, "-m", MAPPING, *options)
        spend(begin, variables=variables(base_url), exit_codes=(_TIME_IS_UP,))
        _finish(directory / "journal.sqlite", rows)
        log.write_text("")
        began = time.time()
        goes_on = plunk_import("resume", directory, "--rate", "unlimited")
        spend(goes_on, variables=variables(base_url))
    seconds = _first_moment(log) - began
    yield Row(
        f"`resume` over {rows:,} finished rows",
        "–",
        "first new request within 10 s",
        f"{seconds:.1f} s",
        seconds <= 10,
    )


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
