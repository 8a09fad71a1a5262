"""How a run went over time, as its report tells it."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from plunk_import.plan import FROZEN

_OF_LATE_SECONDS = 60.0


class Interval(BaseModel):
    """One stretch of a run: the replies that came in it, by what they meant."""

    model_config = FROZEN

    start: datetime
    delivered: int = 0
    rate_limited: int = 0
    in_doubt: int = 0


class Pause(BaseModel):
    """A time in which nothing was sent, and why."""

    model_config = FROZEN

    began: datetime
    ended: datetime
    reason: str


class Latency(BaseModel):
    """How long replies took, in milliseconds from a request's leaving to its reply's end."""

    model_config = FROZEN

    p50_ms: float
    p90_ms: float
    p99_ms: float


class Pace(BaseModel):
    """How a run went over time.

    `intervals` all last `interval_seconds` and follow each other without a gap. `requests` counts
    every request that left, retries included. `allowed_per_second` is the pace that the run held
    itself to in the end, None without a bound.
    """

    model_config = FROZEN

    interval_seconds: Annotated[float, Field(gt=0)]
    intervals: tuple[Interval, ...]
    pauses: tuple[Pause, ...] = ()
    latency: Latency | None = None
    requests: int = 0
    allowed_per_second: float | None = None

    @property
    def began(self) -> datetime:
        """When the first interval begins."""
        return self.intervals[0].start

    @property
    def ended(self) -> datetime:
        """When the last interval ends."""
        return self.intervals[-1].start + timedelta(seconds=self.interval_seconds)

    @property
    def of_late_per_second(self) -> float:
        """Rows delivered a second in the last minute or so, in intervals that are over; else 0."""
        of_late = self.intervals[:-1][-max(1, round(_OF_LATE_SECONDS / self.interval_seconds)) :]
        if not of_late:
            return 0.0
        return sum(one.delivered for one in of_late) / (len(of_late) * self.interval_seconds)

    @property
    def delivered(self) -> int:
        """Rows delivered in all of it."""
        return sum(interval.delivered for interval in self.intervals)

    @property
    def rate_limited(self) -> int:
        """429s received in all of it."""
        return sum(interval.rate_limited for interval in self.intervals)

    @property
    def in_doubt(self) -> int:
        """Rows left in doubt in all of it."""
        return sum(interval.in_doubt for interval in self.intervals)

    @property
    def paused_seconds(self) -> float:
        """How long nothing was sent."""
        return sum((pause.ended - pause.began).total_seconds() for pause in self.pauses)

    @property
    def per_second(self) -> float:
        """Rows delivered a second, pauses included; 0 where nothing was sent."""
        return self.delivered / (len(self.intervals) * self.interval_seconds or 1.0)
