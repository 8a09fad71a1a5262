"""Measures what `run` takes of a core at a pace, which is how people run it, and keeps of it."""

from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.process import Spent, middle
from benchmarks.sending import sending_seconds
from benchmarks.server import replying
from benchmarks.table import Row

_PACES = ((100, 75, 0.02), (1_000, 10, 0.12))
_SHORT_SECONDS, _LONG_SECONDS = 3, 15
_TLS_RATE, _TLS_GOAL = 4_000, 0.60
_BURST_SECONDS = 2
_SHARE_ROWS, _SHARE_GOAL = 3_000, 0.99


def share(bench: Bench) -> Iterator[Row]:
    """The share of a core at two paces that a token bucket gives."""
    for per_second, milliseconds, goal in _PACES:
        with replying(milliseconds, per_second=per_second) as server:
            yield _of_a_core(bench, server.base_url, per_second, f"{milliseconds} ms a reply", goal)


def over_tls(bench: Bench) -> Iterator[Row]:
    """The share of a core at thousands a second over TLS."""
    with bench.server(tls=True) as base_url:
        yield _of_a_core(bench, base_url, _TLS_RATE, "over TLS", _TLS_GOAL)


def _of_a_core(bench: Bench, base_url: str, per_second: int, how: str, goal: float) -> Row:
    """Measure the time between a short run's end and a long one's: starts cancel out."""
    seconds = (_SHORT_SECONDS, max(_SHORT_SECONDS + 3, round(_LONG_SECONDS * bench.scale)))
    paths = [bench.orders(per_second * one) for one in seconds]
    options = ("--rate", f"{per_second}/s")
    short, long = bench.in_turn(
        *(partial(bench.run, path, base_url, options=options) for path in paths)
    )
    cpu, rows = long.cpu_seconds - short.cpu_seconds, per_second * (seconds[1] - seconds[0])
    measured = cpu / (long.seconds - short.seconds)
    reached_rate = rows / (long.seconds - short.seconds)
    return Row(
        f"pace-{per_second}",
        f"CPU of `run` at {per_second:,}/s, {how}",
        "one core",
        f"≤ {goal:.0%}",
        f"{measured:.1%} at {reached_rate:,.0f}/s, {cpu / rows * 1e6:.0f} µs a row",
        measured,
        measured <= goal and reached_rate >= 0.95 * per_second,
    ).spending(long)


def of_the_bucket(bench: Bench) -> Iterator[Row]:
    """How much of what a real-like server allows is used, by a run that finds its pace itself."""
    per_second, milliseconds, _ = _PACES[0]
    rows = bench.sized(_SHARE_ROWS)
    path = bench.orders(rows)
    allowed = (rows - _BURST_SECONDS * per_second) / per_second + milliseconds / 1000
    spents: list[Spent] = []
    shares: list[float] = []
    refused = 0
    for _ in range(bench.times):
        with replying(milliseconds, per_second=per_second) as server:
            spents.append(bench.run(path, server.base_url, options=("--headroom", "0")))
            shares.append(allowed / sending_seconds(bench))
        refused += server.refused
    measured = sorted(shares)[len(shares) // 2]
    yield Row(
        "share",
        f"`run --headroom 0` of {rows:,} rows at a server's pace, {per_second}/s with a burst of "
        f"{_BURST_SECONDS * per_second}, {milliseconds} ms a reply",
        f"what its bucket allows: {allowed:.1f} s",
        f"≥ {_SHARE_GOAL:.0%}, no 429",
        f"{measured:.1%}, {refused} × 429",
        measured,
        measured >= _SHARE_GOAL and not refused,
    ).spending(middle(spents))
