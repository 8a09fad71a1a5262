"""Plunk's own clock, as far as its replies tell it."""

import dataclasses
import email.utils
import functools
import math


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A moment that is not known exactly: between two times, in Unix seconds by Plunk's clock."""

    earliest: float
    latest: float


class ServerClock:
    """What time it is at the server, learnt from the `Date` of its replies.

    Moments are given by our monotonic clock: neither our wall clock nor its steps matter. Where
    the server's clock steps, every offset that it ever had stays possible.
    """

    def __init__(self) -> None:
        self._low, self._high = -math.inf, math.inf
        self._has_stepped = False

    def observe(self, date: str, *, asked: float, answered: float) -> None:
        """Learn from the `Date` of a reply, and when its request left and the reply was there."""
        seconds = _unix_seconds(date)
        if seconds is None:
            return
        # `Date` was cut to whole seconds at some moment between the two.
        low, high = seconds - answered, seconds + 1 - asked
        if self._has_stepped or low > self._high or high < self._low:
            self._has_stepped = True
            self._low, self._high = min(low, self._low), max(high, self._high)
        else:
            self._low, self._high = max(low, self._low), min(high, self._high)

    def at(self, moment: float) -> Span | None:
        """Tell Plunk's time at a moment of ours; None before any reply told it."""
        if math.isinf(self._low):
            return None
        return Span(moment + self._low, moment + self._high)


@functools.lru_cache(maxsize=4)
def _unix_seconds(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
