"""Measures `run` beside its HTTP engine alone, an httpx script and a Node script."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from benchmarks.bench import AT_ONCE, RIVALS, Bench
from benchmarks.process import FailedError, Spent, python, spend
from benchmarks.table import Row

ROWS = 200_000
BARE_REQUESTS = 100_000
SCRIPT_ROWS = 3_000


def speed(bench: Bench) -> Iterator[Row]:
    """Rows a second that leave and are settled, at 64 in flight."""
    rows = bench.sized(ROWS)
    few = bench.orders(bench.sized(SCRIPT_ROWS))
    with bench.server() as base_url:
        gathered = float(
            spend(python(RIVALS / "httpx_gather.py", few, base_url, str(AT_ONCE))).output
        )
        bare = _bare_requests_per_second(bench, base_url)
        whole = bench.run(bench.orders(rows), base_url)
        # Before and after, since other work on the machine comes and goes.
        bare = (bare + _bare_requests_per_second(bench, base_url)) / 2
    script = bench.sized(SCRIPT_ROWS) / gathered
    sending = rows / _sending_seconds(bench)
    what = f"sending {rows:,} rows to nginx, {AT_ONCE} in flight, journal and all"
    told = f"{sending:,.0f} rows/s ({rows / whole.seconds:,.0f} with start, checks and files)"
    yield Row(
        what,
        f"the same HTTP engine alone, without httpx's models: {bare:,.0f} requests/s",
        "≥ 70%",
        f"{told}, {sending / bare:.0%}",
        sending >= 0.7 * bare,
    )
    yield Row(
        what,
        f"`httpx.AsyncClient` and `asyncio.gather`: {script:,.0f} requests/s",
        "≥ 10 ×",
        f"{sending / script:.1f} ×",
        sending >= 10 * script,
    )


def work(bench: Bench) -> Iterator[Row]:
    """CPU of the whole command for each row, beside a script for Node."""
    rows = bench.sized(ROWS)
    path = bench.orders(rows)
    with bench.server() as base_url:
        node = _node(bench, base_url, rows)
        ours = bench.run(path, base_url)
    theirs_us, ours_us = (spent.cpu_seconds / rows * 1e6 for spent in (node, ours))
    yield Row(
        f"CPU of `run` for each of {rows:,} rows, start and files included",
        f"Node with undici and csv-parse, no journal: {theirs_us:.0f} µs",
        "≤ 1.5 ×",
        f"{ours_us:.0f} µs, {ours_us / theirs_us:.1f} ×",
        ours_us <= 1.5 * theirs_us,
    )


def memory(bench: Bench) -> Iterator[Row]:
    """Peak of `run` at a hundred thousand rows and at a million."""
    sizes = (bench.sized(100_000), bench.sized(1_000_000))
    with bench.server() as base_url:
        small, large = (bench.run(bench.orders(rows), base_url).peak_megabytes for rows in sizes)
    yield Row(
        f"peak memory of `run`, {sizes[1]:,} rows",
        f"itself at {sizes[0]:,}: {small:.0f} MB",
        "≤ 350 MB, flat",
        f"{large:.0f} MB, {large / small - 1:+.0%}",
        large <= 350 and large < 1.1 * small,
    )


def _bare_requests_per_second(bench: Bench, base_url: str) -> float:
    requests = bench.sized(BARE_REQUESTS)
    command = python(RIVALS / "bare_engine.py", base_url, str(requests), str(AT_ONCE))
    return requests / float(spend(command).output)


def _sending_seconds(bench: Bench) -> float:
    """Return the seconds from the first claim to the last outcome, by the run's own journal."""
    with closing(sqlite3.connect(bench.sent / "journal.sqlite")) as journal:
        query = "SELECT max(settled_at) - min(claimed_at) FROM rows"
        return float(journal.execute(query).fetchone()[0])


def _node(bench: Bench, base_url: str, rows: int) -> Spent:
    place = bench.place / "node"
    if not place.exists():
        if shutil.which("npm") is None:
            raise FailedError("npm is missing: apt-get install npm")
        place.mkdir()
        for name in ("package.json", "send.mjs"):
            shutil.copy(RIVALS / name, place)
        quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--prefix", place)
        spend(["npm", "install", *quiet])
    arguments = (bench.orders(rows), base_url, str(AT_ONCE), place / "results.csv")
    return spend(["node", place / "send.mjs", *arguments])
