"""How long the next request must wait, by the earlier ones and what replies tell. Pure.

Time is passed in as monotonic seconds. Three things hold a request back: our own pace (the
documented one, a fixed one, or what the server's headers teach), the server's bucket as last
reported, and the pause that a 429 asks for.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

from plunk_import.plunk import DEFAULT_HEADROOM, DOCUMENTED_PER_SECOND
from plunk_import.send.pace.bucket import RefillEstimate, TokenBucket
from plunk_import.send.replies import RETRY_AFTER_DEFAULT_SECONDS, Answer, RateLimit, Reply
from plunk_import.settings import Rate

# After a 429: four fifths of the pace, whole again after ten seconds in peace.
_SLOWED_FACTOR = 0.8
_RECOVERY_PER_SECOND = 0.02
# Where the headers leave the rate open, it doubles each second while the server's bucket stays
# this full: once more is used than one second refills, they close in on the rate by themselves.
_PLENTY = 0.5
_CREEP_PER_SECOND = 1.0
# The share of what is seen beyond the known level that one reply is believed.
_GOOD_NEWS = 0.1

# Beyond this, `Reset` is not a time to wait for: others' servers put the date there.
_LONGEST_RESET_SECONDS = 3600

# Longer than any request takes: a reservation that nothing was heard of is taken for unused.
_FORGOTTEN_SECONDS = 120.0


@dataclass(slots=True)
class _Server:
    """What the server's headers have taught: its bucket, seen from here."""

    bucket: TokenBucket
    estimate: RefillEstimate
    limit: int
    rate_per_second: float = 0.0
    as_of: float = -math.inf


class RateLimiter:
    """The pace that all requests of a run share.

    Call `reserve` before a request and `feedback` once for every reservation, with whatever came
    of it: what has no answer yet is counted against the server's bucket (for `_FORGOTTEN_SECONDS`
    at most). `rate` is requests per second, an upper bound when given as a number; `headroom` is
    the share of the server's rate and bucket that `auto` leaves alone. `share` is the part of all
    that which is for this run, where others send the rest.
    """

    def __init__(
        self, rate: Rate = "auto", *, headroom: float = DEFAULT_HEADROOM, share: float = 1.0
    ) -> None:
        self._rate = rate
        self._share = share
        self._headroom = headroom if rate == "auto" else 0.0
        self._own = None if rate == "unlimited" else _steady(rate, share)
        self._server: _Server | None = None
        self._unanswered: deque[float] = deque()
        self._is_own_limit = False
        self._factor = 1.0
        self._factor_as_of = 0.0
        self.paused_until: float | None = None
        """The moment a 429 asked to wait for; it may be past."""

    @property
    def rate_per_second(self) -> float | None:
        """The pace aimed at now; None where none is, and only the server's bucket is kept to."""
        if self._rate == "unlimited" or (self._server is not None and self._own is None):
            return None
        return self._factor * self._aim()

    @property
    def why(self) -> str:
        """Why the pace is what it is, for people."""
        if self._factor < 1:
            return "lowered after a 429, creeping back"
        if self._rate == "unlimited":
            return "unlimited, as asked"
        if self._rate != "auto":
            return "fixed by --rate"
        if self._server is None:
            return "1000/min as documented: this server tells no limit (--rate raises it)"
        share = f"{1 - self._headroom:.0%} of what the server allows"
        if self._server.estimate.high > 2 * self._server.estimate.low:
            return share
        return f"{share}, {self._server.rate_per_second:.0f}/s"

    def is_paused(self, now: float) -> bool:
        """Whether a 429 holds everyone back at `now`."""
        return self.paused_until is not None and now < self.paused_until

    def is_unbounded(self, now: float) -> bool:
        """Whether no request has to wait at `now`: no pace, no bucket and no 429 are known."""
        return self._own is None and self._server is None and not self.is_paused(now)

    def reserve(self, now: float) -> float:
        """Reserve the next place in the queue; return the seconds to wait before its request."""
        self._recover(now)
        own = 0.0 if self._own is None else self._own.take(now)
        server = 0.0 if self._server is None else self._server.bucket.take(now)
        pause = 0.0 if self.paused_until is None else self.paused_until - now
        self._is_own_limit = own > max(0.0, server, pause)
        wait = max(0.0, own, server, pause)
        self._unanswered.append(now + wait)
        return wait

    def feedback(self, now: float, reply: Reply) -> None:
        """Learn from what came of one reservation."""
        if self._unanswered:
            self._unanswered.popleft()
        while self._unanswered and self._unanswered[0] < now - _FORGOTTEN_SECONDS:
            self._unanswered.popleft()
        if not isinstance(reply, Answer):
            return
        told = reply.rate_limit
        if told is not None and told.limit > 0 and told.reset_seconds <= _LONGEST_RESET_SECONDS:
            self._learn(now, told)
        if reply.status == 429:
            seconds = reply.retry_after_seconds
            self._pause(now, RETRY_AFTER_DEFAULT_SECONDS if seconds is None else seconds)

    def _learn(self, now: float, told: RateLimit) -> None:
        server = self._server
        if server is None or server.limit != told.limit:
            server = self._server = self._meet(told)
        server.estimate.learn(told)
        self._set_rate(now, server, told)
        server.as_of = now
        if self.is_paused(now):
            return  # late replies of before the pause know nothing of what refills during it
        seen, known = self._seen(told), server.bucket.tokens(now)
        # Replies overtake each other: believe bad news at once and good news by and by.
        step = 1.0 if seen < known else _GOOD_NEWS
        server.bucket.put(now, known + (seen - known) * step)

    def _meet(self, told: RateLimit) -> _Server:
        allowed, seen = told.limit * (1 - self._headroom), self._seen(told)
        if self._rate == "auto":
            # Without headroom the server's bucket alone says how fast.
            share = self._share
            own = TokenBucket(DOCUMENTED_PER_SECOND * share, allowed * share, tokens=seen * share)
            self._own = own if self._headroom > 0 else None
        bucket = TokenBucket(DOCUMENTED_PER_SECOND, allowed, tokens=seen)
        return _Server(bucket, RefillEstimate(), told.limit)

    def _seen(self, told: RateLimit) -> float:
        """Tokens for us by one reply: everything unanswered may have come after its request.

        A 429 shows that something was misjudged, so more is kept in hand until that is over.
        """
        kept = self._headroom + (1 - self._factor) / 2
        return told.remaining - len(self._unanswered) - kept * told.limit

    def _set_rate(self, now: float, server: _Server, told: RateLimit) -> None:
        """Adopt the surest rate; where the headers leave it open, feel for it by the level."""
        creep = 1 + _CREEP_PER_SECOND * min(1.0, now - server.as_of)
        rate = server.rate_per_second or DOCUMENTED_PER_SECOND
        if told.remaining <= _PLENTY * told.limit:
            rate /= creep
        elif self._is_own_limit:
            rate *= creep
        rate = min(max(rate, server.estimate.low), server.estimate.high)
        if rate != server.rate_per_second:
            server.rate_per_second = rate
            server.bucket.set_rate(now, rate)
            self._apply(now)

    def _pause(self, now: float, seconds: float) -> None:
        if not self.is_paused(now):
            self._factor *= _SLOWED_FACTOR
        until = max(now + seconds, self.paused_until or now)
        self.paused_until = self._factor_as_of = until
        self._apply(now)
        for bucket in (self._own, self._server.bucket if self._server else None):
            if bucket is not None:
                bucket.hold(now, until)

    def _recover(self, now: float) -> None:
        if self._factor < 1 and now > self._factor_as_of:
            gained = (now - self._factor_as_of) * _RECOVERY_PER_SECOND
            self._factor = min(1.0, self._factor + gained)
            self._factor_as_of = now
            self._apply(now)

    def _apply(self, now: float) -> None:
        if self._own is not None:
            self._own.set_rate(now, self._factor * self._aim())

    def _aim(self) -> float:
        if isinstance(self._rate, float | int):
            return self._rate * self._share
        if self._server is None:
            return DOCUMENTED_PER_SECOND * self._share
        return self._server.rate_per_second * (1 - self._headroom) * self._share


def _steady(rate: float | Literal["auto"], share: float) -> TokenBucket:
    """Make our own bucket: a tenth of a second's worth may go at once, so that timers may lag."""
    per_second = (DOCUMENTED_PER_SECOND if rate == "auto" else rate) * share
    return TokenBucket(per_second, max(1.0, per_second / 10))
