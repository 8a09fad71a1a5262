"""How a run went over time, from its journal and what its sender saw."""

from collections import Counter
from datetime import UTC, datetime

from plunk_import.report.timeline import Interval, Latency, Pace, Pause
from plunk_import.send import SendStatistics
from plunk_import.storage import RowReader

_MOST_INTERVALS = 60
_SHORTEST_SECONDS = 1.0


def pace_of(journal: RowReader, statistics: SendStatistics) -> Pace | None:
    """Sum the run up in few enough intervals to be drawn and read.

    Deliveries and doubts are the journal's, over all sittings of the run; 429s, pauses and
    requests are this sitting's.

    Returns:
        The pace, or None where nothing was settled yet.

    """
    first, last = journal.settled_span()
    if first is None or last is None:
        return None
    # One less than there may be: the last row of all is in an interval too.
    seconds = max(_SHORTEST_SECONDS, (last - first) / (_MOST_INTERVALS - 1))
    return Pace(
        interval_seconds=seconds,
        intervals=_intervals(journal, statistics, first, last, seconds=seconds),
        pauses=tuple(
            Pause(began=_moment(began), ended=_moment(ended), reason=reason)
            for began, ended, reason in statistics.pauses
        ),
        latency=_latency(journal),
        requests=statistics.requests,
        allowed_per_second=statistics.allowed_per_second,
    )


def _intervals(
    journal: RowReader, statistics: SendStatistics, first: float, last: float, *, seconds: float
) -> tuple[Interval, ...]:
    settled = journal.settled_by(first, seconds)
    final = int((last - first) // seconds)
    # A 429 may come before the first row is settled, or after the last.
    limited = Counter(
        min(max(int((at - first) // seconds), 0), final) for at in statistics.rate_limited
    )
    return tuple(
        Interval(
            start=_moment(first + number * seconds),
            delivered=settled.get(number, (0, 0))[0],
            in_doubt=settled.get(number, (0, 0))[1],
            rate_limited=limited[number],
        )
        for number in range(final + 1)
    )


def _latency(journal: RowReader) -> Latency | None:
    milliseconds = journal.latencies() * 1_000
    if milliseconds.is_empty():
        return None
    p50, p90, p99 = (float(milliseconds.quantile(share) or 0) for share in (0.5, 0.9, 0.99))
    return Latency(p50_ms=round(p50, 1), p90_ms=round(p90, 1), p99_ms=round(p99, 1))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
