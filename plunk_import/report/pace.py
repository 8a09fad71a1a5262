"""Takes a run's journal and the pauses that its sender saw; gives how the run went over time."""

from datetime import UTC, datetime

from plunk_import.report.model import Interval, Latency, Pace, Pause
from plunk_import.send import SendStatistics
from plunk_import.storage import Journal

_INTERVALS = 120
_SHORTEST_SECONDS = 1.0


def pace_of(journal: Journal, statistics: SendStatistics) -> Pace | None:
    """Give the run's pace over time; None where nothing was settled yet.

    Deliveries and doubts are the journal's, over all sittings of the run; 429s, pauses and
    requests are this sitting's.
    """
    first, last = journal.settled_span()
    if first is None or last is None:
        return None
    length = max(_SHORTEST_SECONDS, (last - first) / _INTERVALS)
    limited = [int((at - first) // length) for at in statistics.rate_limited if at >= first]
    counts = journal.settled_by(first, length)
    numbers = sorted({*counts, *limited})
    return Pace(
        interval_seconds=length,
        intervals=tuple(
            Interval(
                start=_moment(first + number * length),
                delivered=counts.get(number, (0, 0))[0],
                in_doubt=counts.get(number, (0, 0))[1],
                rate_limited=limited.count(number),
            )
            for number in numbers
        ),
        pauses=tuple(
            Pause(began=_moment(began), ended=_moment(ended), reason=reason)
            for began, ended, reason in statistics.pauses
        ),
        latency=_latency(journal),
        requests=statistics.requests,
        allowed_per_second=statistics.allowed_per_second,
    )


def _latency(journal: Journal) -> Latency | None:
    milliseconds = journal.latencies() * 1_000
    if milliseconds.is_empty():
        return None
    p50, p90, p99 = (float(milliseconds.quantile(share) or 0) for share in (0.5, 0.9, 0.99))
    return Latency(p50_ms=round(p50, 1), p90_ms=round(p90, 1), p99_ms=round(p99, 1))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
