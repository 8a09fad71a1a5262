"""The server's token bucket: who may go now, and how long the others wait."""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

_LIMIT = re.compile(r"(?P<rate>[0-9]+(?:\.[0-9]+)?)/(?P<unit>s|min)(?::(?P<burst>[0-9]+))?")
_SECONDS = {"s": 1, "min": 60}


@dataclass(frozen=True, slots=True)
class Limit:
    """A sustained rate and how many requests may come at once."""

    per_second: float
    burst: int


def parse_limiter(text: str) -> Limit:
    """Read `100/s:200` or `1000/min:50`; the burst left out is two seconds' worth.

    Args:
        text: `RATE/s` or `RATE/min`, with or without `:BURST`.

    Raises:
        ValueError: When the text says something else.
    """
    match = _LIMIT.fullmatch(text.strip())
    per_second = float(match["rate"]) / _SECONDS[match["unit"]] if match else 0.0
    if match is None or per_second <= 0:
        raise ValueError(f"not a limit: {text!r}; write RATE/s:BURST, as 100/s:200 or 1000/min:50")
    burst = int(match["burst"]) if match["burst"] else math.ceil(2 * per_second)
    if burst < 1:
        raise ValueError(f"not a limit: {text!r}; the burst must be at least 1")
    return Limit(per_second, burst)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the bucket said to one request."""

    allowed: bool
    headers: dict[str, str]
    retry_after_seconds: int


class TokenBucket:
    """One project's bucket: full at the start, refilled steadily, never above its burst."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._tokens = float(limit.burst)
        self._seen = clock()

    def take(self) -> Grant:
        """Spend a token if there is one.

        Returns:
            Whether there was one, and how the bucket stands in the server's headers.
        """
        now = self._clock()
        refill = max(0.0, now - self._seen) * self._limit.per_second
        self._tokens = min(self._limit.burst, self._tokens + refill)
        self._seen = now
        allowed = self._tokens >= 1
        if allowed:
            self._tokens -= 1
        remaining = math.floor(self._tokens)
        headers = {
            "RateLimit-Limit": str(self._limit.burst),
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Reset": str(
                math.ceil((self._limit.burst - remaining) / self._limit.per_second)
            ),
        }
        if allowed:
            return Grant(allowed=True, headers=headers, retry_after_seconds=0)
        # Whole seconds and never 0: a client told to wait 0 s would come back at once.
        wait = max(1, math.ceil((1 - self._tokens) / self._limit.per_second))
        headers["Retry-After"] = str(wait)
        return Grant(allowed=False, headers=headers, retry_after_seconds=wait)
