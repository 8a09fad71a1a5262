"""Admission: requests go in their turn, at the pace, and only while the server works."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio

from plunk_import.errors import ExitCode, StoppedError
from plunk_import.runtime import Clock, Stop, StopRequest
from plunk_import.send.pace.breaker import CircuitBreaker
from plunk_import.send.pace.rate_limiter import RateLimiter
from plunk_import.send.statistics import SendStatistics

# How far ahead requests are let in to get ready, and how long before its moment the next one is
# woken: their claims share a commit, and no more are claimed ahead than leave in that time.
NEAR_SECONDS = 0.1
_READY_SECONDS = 0.05


class Admission:
    """What every request passes before it leaves: the circuit breaker, then its turn.

    Args:
        answers: Asks without side effects whether the server works; raises StoppedError where it
            refuses us.
        clock: The time that pauses are measured by.
        rate_limiter: The pace that all requests share.
        stop: Ends the run where the server refuses us or the patience is over.
        statistics: Told of every pause.
        patience_seconds: How long an outage may last.

    """

    def __init__(
        self,
        *,
        answers: Callable[[], Awaitable[bool]],
        clock: Clock,
        rate_limiter: RateLimiter,
        stop: Stop,
        statistics: SendStatistics,
        patience_seconds: float,
    ) -> None:
        self.breaker = CircuitBreaker()
        self._answers = answers
        self._clock = clock
        self._rate_limiter = rate_limiter
        self._stop = stop
        self._statistics = statistics
        self._patience_seconds = patience_seconds
        self._trial = anyio.Lock()
        # One place in the queue is taken at a time: what a reply teaches then holds for the next.
        self._turn = anyio.Lock(fast_acquire=True)
        # The moment of the next request of `turns`, where it was not near yet.
        self._next: float | None = None

    def waiting(self, now: float) -> str | None:
        """Tell what everything waits for, and since when; None while it does not wait."""
        if self.breaker.is_open():
            seconds = self.breaker.seconds_since_first_failure(now)
            return f"for the server, {seconds:,.0f} s now: {self.breaker.reason}"
        if self._rate_limiter.is_paused(now):
            seconds = self._paused_until(now) - now
            return f"{seconds:,.0f} s, as the server asked (429)"
        return None

    @contextlib.asynccontextmanager
    async def way_is_clear(self) -> AsyncIterator[None]:
        """Let everyone pass while all is well, and one at a time, after a trial, in an outage."""
        while self.breaker.is_open() and not self._stop:
            async with self._trial:
                if not self.breaker.is_open():
                    break
                if await self._trial_succeeds():
                    yield
                    return
        yield

    async def turn(self) -> float:
        """Wait until a request's moment is near, or until the run is stopped; return the moment.

        It is now or up to `NEAR_SECONDS` ahead, so that many requests get ready together.
        """
        now = self._clock.now()
        moment = None if self._turn.locked() else self._reserved(now)
        if moment is None or moment - now > NEAR_SECONDS:
            async with self._turn:
                now = self._clock.now()
                moment = self._reserved(now) if moment is None else moment
                if moment - now > NEAR_SECONDS:
                    await self._stop.nap(self._clock, moment - now - _READY_SECONDS)
        return moment

    async def turns(self, most: int) -> list[float]:
        """Wait as `turn` does; return its moment, and those near it of up to `most` requests."""
        async with self._turn:
            now = self._clock.now()
            if self._next is None:
                self._next = self._reserved(now)
            if self._next - now > NEAR_SECONDS:
                await self._stop.nap(self._clock, self._next - now - _READY_SECONDS)
                now = self._clock.now()
            moments = [self._next]
            self._next = None
            while len(moments) < most:
                moment = self._reserved(now)
                if moment - now > NEAR_SECONDS:
                    self._next = moment
                    break
                moments.append(moment)
        return moments

    def _reserved(self, now: float) -> float:
        return now + self._rate_limiter.reserve(now)

    async def leave_at(self, moment: float) -> None:
        """Wait for the moment that `turn` gave."""
        now = self._clock.now()
        if moment > now and not self._stop:
            # Too short to be worth breaking off by a stop.
            await self._clock.sleep(min(moment - now, NEAR_SECONDS))

    def holds_back(self, *, on_trial: bool) -> bool:
        """Whether what is ready must wait after all: for a 429, or in an outage for a trial."""
        if self.breaker.is_open() and not on_trial:
            return True
        limiter = self._rate_limiter
        return limiter.paused_until is not None and limiter.is_paused(self._clock.now())

    async def wait_out_pause(self) -> None:
        """Return when no 429 holds requests back, or when the run is stopped."""
        while self._rate_limiter.is_paused(now := self._clock.now()) and not self._stop:
            await self._stop.nap(self._clock, self._paused_until(now) - now)

    def _paused_until(self, now: float) -> float:
        return self._rate_limiter.paused_until or now

    async def _trial_succeeds(self) -> bool:
        """Wait, then ask whether the server works; True as well where the run is stopped."""
        began = self._clock.wall().timestamp()
        await self._stop.nap(self._clock, self.breaker.next_interval_seconds())
        self._statistics.pause(began, self._clock.wall().timestamp(), self.breaker.reason)
        silent = self.breaker.seconds_since_first_failure(self._clock.now())
        if not self._stop and silent > self._patience_seconds:
            reason = f"no success for {silent:,.0f} s: {self.breaker.reason}"
            self._stop.ask(StopRequest(ExitCode.STOPPED, reason))
        await self.leave_at(await self.turn())
        await self.wait_out_pause()
        if self._stop:
            return True
        try:
            return await self._answers()
        except StoppedError as refused:
            self._stop.ask(StopRequest.because(refused))
            return True
