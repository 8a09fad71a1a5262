"""How a run went over time: takes its pace, gives it in few enough steps to be drawn and read."""

import dataclasses
from datetime import datetime, timedelta

from plunk_import.report.model import Interval, Pace

_STEPS_DRAWN = 120
_STEPS_LISTED = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Steps:
    """The run in steps of one length, `seconds` each, without gaps."""

    seconds: float
    intervals: tuple[Interval, ...]

    @property
    def duration_seconds(self) -> float:
        """From the first step's start to the last one's end."""
        return self.seconds * len(self.intervals)


@dataclasses.dataclass(frozen=True, slots=True)
class PaceOverTime:
    """A run as the page shows it: its sums, steps to draw and fewer ones to list."""

    delivered: int
    rate_limited: int
    in_doubt: int
    paused_seconds: float
    drawn: Steps
    listed: Steps

    @property
    def per_second(self) -> float:
        """Rows delivered a second, pauses included."""
        seconds = self.drawn.duration_seconds
        return self.delivered / seconds if seconds else 0.0


def pace_over_time_of(pace: Pace) -> PaceOverTime:
    """Sum up `pace`."""
    return PaceOverTime(
        delivered=sum(interval.delivered for interval in pace.intervals),
        rate_limited=sum(interval.rate_limited for interval in pace.intervals),
        in_doubt=sum(interval.in_doubt for interval in pace.intervals),
        paused_seconds=sum((it.ended - it.began).total_seconds() for it in pace.pauses),
        drawn=steps_of(pace, most=_STEPS_DRAWN),
        listed=steps_of(pace, most=_STEPS_LISTED),
    )


def steps_of(pace: Pace, *, most: int) -> Steps:
    """Give the run in at most `most` steps, each as many intervals long as that takes."""
    if not pace.intervals:
        return Steps(pace.interval_seconds, ())
    first = pace.intervals[0].start
    places = [_place(pace, interval.start, first) for interval in pace.intervals]
    width = -(-(places[-1] + 1) // most)
    sums = [[0, 0, 0] for _ in range(places[-1] // width + 1)]
    for place, interval in zip(places, pace.intervals, strict=True):
        found = sums[place // width]
        found[0] += interval.delivered
        found[1] += interval.rate_limited
        found[2] += interval.in_doubt
    seconds = width * pace.interval_seconds
    return Steps(
        seconds,
        tuple(
            Interval(
                start=first + timedelta(seconds=index * seconds),
                delivered=delivered,
                rate_limited=rate_limited,
                in_doubt=in_doubt,
            )
            for index, (delivered, rate_limited, in_doubt) in enumerate(sums)
        ),
    )


def _place(pace: Pace, start: datetime, first: datetime) -> int:
    return round((start - first).total_seconds() / pace.interval_seconds)
