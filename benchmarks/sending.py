"""Measures `run` at full speed beside a script for Node, plain and over TLS."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.bench import AT_ONCE, RIVALS, Bench
from benchmarks.process import FailedError, Spent, in_turn, python, spend
from benchmarks.table import Row

ROWS = 200_000
ID_ROWS = 100_000
SCRIPT_ROWS = 3_000
BARE_REQUESTS = 100_000
MOST_LAG_SECONDS = 0.05


def speed(bench: Bench) -> Iterator[Row]:
    """CPU a row and rows a second of the whole command, beside Node, and over TLS."""
    rows = bench.sized(ROWS)
    path, script = bench.orders(rows), _node(bench)
    with bench.server() as plain_url:
        node, plain = bench.in_turn(
            lambda: spend(_scripted(bench, script, path, plain_url)),
            lambda: bench.run(path, plain_url),
        )
    with bench.server(tls=True) as tls_url:
        (tls,) = bench.in_turn(lambda: bench.run(path, tls_url))
    yield from _beside_node(rows, plain, node)
    ratio = tls.cpu_seconds / plain.cpu_seconds
    yield Row(
        "run-tls",
        f"CPU of `run`, {rows:,} rows, over TLS",
        f"plain: {plain.cpu_seconds / rows * 1e6:.0f} µs a row",
        "≤ 1.5 ×",
        f"{tls.cpu_seconds / rows * 1e6:.0f} µs, {ratio:.2f} ×",
        ratio,
        ratio <= 1.5,
    ).spending(tls)


def _beside_node(rows: int, ours: Spent, node: Spent) -> Iterator[Row]:
    against = "Node with undici and csv-parse, no journal"
    what = f"`run`, {rows:,} rows at nginx, {AT_ONCE} in flight, start, journal and files included"
    mine, theirs = (spent.cpu_seconds / rows * 1e6 for spent in (ours, node))
    yield Row(
        "run-cpu",
        f"{what}: CPU a row",
        f"{against}: {theirs:.0f} µs",
        "≤ 1.0 ×",
        f"{mine:.0f} µs, {mine / theirs:.2f} ×",
        mine / theirs,
        mine <= theirs,
    ).spending(ours)
    mine, theirs = (rows / spent.seconds for spent in (ours, node))
    yield Row(
        "run-speed",
        f"{what}: rows/s",
        f"{against}: {theirs:,.0f} rows/s",
        "≥ 0.8 ×",
        f"{mine:,.0f} rows/s, {mine / theirs:.2f} ×",
        mine,
        mine >= 0.8 * theirs,
    ).spending(ours)


def beside_httpx(bench: Bench) -> Iterator[Row]:
    """Rows a second beside a short script with httpx, which people would write first."""
    rows, path = bench.sized(SCRIPT_ROWS), bench.orders(bench.sized(SCRIPT_ROWS))
    with bench.server() as base_url:
        script = python(RIVALS / "httpx_gather.py", path, base_url, str(AT_ONCE))
        theirs, ours = bench.in_turn(lambda: spend(script), lambda: bench.run(path, base_url))
        gathered, sent = rows / float(theirs.output), rows / sending_seconds(bench)
    yield Row(
        "run-httpx",
        f"`run`, {rows:,} rows at nginx, {AT_ONCE} in flight: rows/s from first claim to outcome",
        f"`httpx.AsyncClient` and `asyncio.gather`: {gathered:,.0f} rows/s",
        "≥ 10 ×",
        f"{sent:,.0f} rows/s, {sent / gathered:.1f} ×",
        sent / gathered,
        sent >= 10 * gathered,
    ).spending(ours)


def beside_bare_engine(bench: Bench) -> Iterator[Row]:
    """CPU of the HTTP engine alone: what an import adds is the journal, the order, the files."""
    requests = bench.sized(BARE_REQUESTS)
    path = bench.orders(requests)
    with bench.server() as base_url:
        command = python(RIVALS / "bare_engine.py", base_url, str(requests), str(AT_ONCE))
        bare, ours = bench.in_turn(lambda: spend(command), lambda: bench.run(path, base_url))
    ratio = ours.cpu_seconds / bare.cpu_seconds
    yield Row(
        "run-bare",
        f"CPU of `run`, {requests:,} rows at nginx, {AT_ONCE} in flight",
        f"the HTTP engine alone: {bare.cpu_seconds / requests * 1e6:.0f} µs a request",
        "–",
        f"{ours.cpu_seconds / requests * 1e6:.0f} µs a row, {ratio:.1f} ×",
        ratio,
    ).spending(ours)


def with_id(bench: Bench) -> Iterator[Row]:
    """CPU of a run whose mapping has an `id`, beside one without."""
    rows = bench.sized(ID_ROWS)
    path, mapping = bench.orders(rows), Path(__file__).with_name("orders_id.yaml")
    with bench.server() as base_url:
        without, having = bench.in_turn(
            lambda: bench.run(path, base_url),
            lambda: bench.run(path, base_url, mapping=mapping),
        )
    ratio = having.cpu_seconds / without.cpu_seconds
    yield Row(
        "run-id",
        f"CPU of `run`, {rows:,} rows, with `id` in the mapping",
        f"without: {without.cpu_seconds / rows * 1e6:.0f} µs a row",
        "≤ 1.15 ×",
        f"{having.cpu_seconds / rows * 1e6:.0f} µs, {ratio:.2f} ×",
        ratio,
        ratio <= 1.15,
    ).spending(having)


def lag(bench: Bench) -> Iterator[Row]:
    """How long the event loop is held up at worst."""
    rows = bench.sized(ROWS)
    with bench.server() as base_url:
        shutil.rmtree(bench.sent, ignore_errors=True)
        script = python("-m", "benchmarks.lag", bench.orders(rows), bench.sent, str(AT_ONCE))
        (spent,) = in_turn(1, lambda: spend(script, variables=bench.variables(base_url)))
    worst = float(spent.output.split()[-1])
    yield Row(
        "lag",
        f"the event loop's worst lag in a run of {rows:,} rows",
        "–",
        f"≤ {MOST_LAG_SECONDS * 1000:.0f} ms",
        f"{worst * 1000:.0f} ms",
        worst * 1000,
        worst <= MOST_LAG_SECONDS,
    ).spending(spent)


def sending_seconds(bench: Bench) -> float:
    """Return the seconds from the first claim to the last outcome, by the run's own journal."""
    first, last = delivery_span(bench.sent)
    return last - first


def delivery_span(directory: Path) -> tuple[float, float]:
    """Return the Unix times of a run's first claim and last outcome."""
    with closing(sqlite3.connect(directory / "journal.sqlite")) as journal:
        query = "SELECT min(claimed_at), max(settled_at) FROM rows"
        first, last = journal.execute(query).fetchone()
    return float(first), float(last)


def _node(bench: Bench) -> Path:
    place = bench.place / "node"
    if not place.exists():
        if shutil.which("npm") is None:
            raise FailedError("npm is missing: apt-get install npm")
        place.mkdir()
        for name in ("package.json", "send.mjs"):
            shutil.copy(RIVALS / name, place)
        quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--prefix", place)
        spend(["npm", "install", *quiet])
    return place / "send.mjs"


def _scripted(bench: Bench, script: Path, path: Path, base_url: str) -> list[str | Path]:
    return ["node", script, path, base_url, str(AT_ONCE), bench.place / "node-results.csv"]
