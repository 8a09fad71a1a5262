"""Token buckets: the waits for our own rate, and for the one that a server tells of. Pure.

Time is passed in as monotonic seconds.
"""

import math

from plunk_import.send.replies import RateLimit


class TokenBucket:
    """Tokens that refill at `rate_per_second` up to `burst`; taking into debt is queueing."""

    def __init__(
        self, rate_per_second: float, burst: float, *, tokens: float | None = None
    ) -> None:
        self.rate_per_second = rate_per_second
        self.burst = burst
        self._tokens = burst if tokens is None else tokens
        self._as_of = -math.inf

    def tokens(self, now: float) -> float:
        """Tokens there are at `now`; negative while some wait for theirs."""
        self._refill(now)
        return self._tokens

    def set_rate(self, now: float, rate_per_second: float) -> None:
        """Refill at another rate from `now` on."""
        if rate_per_second != self.rate_per_second:
            self._refill(now)  # what has been earned was earned at the old rate
            self.rate_per_second = rate_per_second

    def put(self, now: float, tokens: float) -> None:
        """Replace what is known of the level, from `now` on."""
        self._refill(now)
        self._tokens = min(self.burst, tokens)

    def take(self, now: float) -> float:
        """Spend one token, on credit if need be, and return the seconds until it is there."""
        self._refill(now)
        self._tokens -= 1
        held = max(0.0, self._as_of - now)
        return held + max(0.0, -self._tokens / self.rate_per_second)

    def hold(self, now: float, until: float) -> None:
        """Let no token out before `until`; it goes on filling meanwhile."""
        self._refill(now)
        self._refill(until)

    def _refill(self, now: float) -> None:
        if now <= self._as_of:
            return
        if self._as_of > -math.inf:
            gained = (now - self._as_of) * self.rate_per_second
            self._tokens = min(self.burst, self._tokens + gained)
        self._as_of = now


class RefillEstimate:
    """The refill rate of the server's bucket, in tokens per second, from its own headers.

    The server gives `Reset` = ceil((limit - remaining) / rate), so each reply bounds the rate by
    [used / reset, used / (reset - 1)), whoever took the tokens. The bounds of all replies
    are intersected; where they contradict, the limit was changed and only the newest count.
    """

    def __init__(self) -> None:
        self.low = 0.0
        self.high = math.inf

    def learn(self, told: RateLimit) -> None:
        """Narrow the bounds by one reply."""
        used = told.limit - told.remaining
        if used <= 0 or told.reset_seconds <= 0:
            return
        low = used / told.reset_seconds
        high = used / (told.reset_seconds - 1) if told.reset_seconds > 1 else math.inf
        self.low, self.high = max(self.low, low), min(self.high, high)
        if self.low > self.high:
            self.low, self.high = low, high
