"""One attempt: a delivery's request in its turn, and what its reply teaches."""

import math
from collections.abc import Awaitable, Iterable
from typing import Protocol

import anyio

from plunk_import.runtime import Clock, Stop
from plunk_import.send.concurrency_limit import ConcurrencyLimit
from plunk_import.send.delivery.delivery import KEY_TOO_OLD, Delivery
from plunk_import.send.pace import NEAR_SECONDS, Admission, ConcurrencyTuner, RateLimiter
from plunk_import.send.replies import (
    Answer,
    Delivered,
    InDoubt,
    NotSent,
    Rejected,
    Reply,
    TryAgain,
    Verdict,
)
from plunk_import.send.statistics import SendStatistics
from plunk_import.settings import SendSettings
from plunk_import.storage import Claim, Outcome


class Server(Protocol):
    """The Plunk that events go to."""

    def track(self, body: bytes, *, key: str | None) -> Awaitable[Reply]:
        """Send one event."""
        ...

    async def answers(self) -> bool:
        """Ask without side effects whether it works at all; StoppedError where it refuses us."""


class Recorder(Protocol):
    """The journal, as far as sending needs it."""

    async def claim(self, claims: Iterable[Claim]) -> None:
        """Return once it is durably noted that these rows are about to be sent."""

    def leaves(self, ordinal: int) -> None:
        """Remember that the row's request leaves now."""

    def ends(self, ordinal: int) -> None:
        """Remember that the row's request is answered, or given up, now."""

    def settle(self, outcome: Outcome) -> int:
        """Note an outcome with the next group; give the number of the note."""
        ...


class _HeldBack:
    """What is ready to leave must wait after all: a 429 or an outage came meanwhile."""


class Sender:
    """Sends requests: each behind the circuit breaker, paced, claimed first, bounded in flight."""

    def __init__(
        self,
        *,
        server: Server,
        journal: Recorder,
        clock: Clock,
        stop: Stop,
        settings: SendSettings,
        rate_limiter: RateLimiter,
    ) -> None:
        self.statistics = SendStatistics()
        self._server = server
        self.journal = journal
        self.clock = clock
        self.stop = stop
        self._rate_limiter = rate_limiter
        self._tuner = ConcurrencyTuner(settings.max_in_flight)
        self.places = ConcurrencyLimit(self._tuner.limit)
        """Those of the requests in flight."""
        self._admission = Admission(
            answers=server.answers,
            clock=clock,
            rate_limiter=rate_limiter,
            stop=stop,
            statistics=self.statistics,
            patience_seconds=settings.patience_seconds,
        )
        self.holds_back = self._admission.holds_back
        self.wait_out_pause = self._admission.wait_out_pause
        self.turns, self.leave_at = self._admission.turns, self._admission.leave_at

    def waiting(self, now: float) -> str | None:
        """Tell what everything waits for, and since when; None while it does not wait."""
        return self._admission.waiting(now)

    async def attempt(self, delivery: Delivery) -> Verdict | None:
        """Make one request in its turn; None where the run was stopped before it left."""
        while True:
            if self._admission.breaker.is_open():
                async with self._admission.way_is_clear():
                    verdict = await self._attempt_in_turn(delivery, on_trial=True)
            else:
                verdict = await self._attempt_in_turn(delivery, on_trial=False)
            if not isinstance(verdict, _HeldBack):
                return verdict
            await self.wait_out_pause()

    async def _attempt_in_turn(
        self, delivery: Delivery, *, on_trial: bool
    ) -> "Verdict | _HeldBack | None":
        moment = await self._admission.turn()
        if self.stop:
            return None
        try:
            # Not in flight yet: a disk may take longer than a server.
            await self._claim(delivery)
            await self._admission.leave_at(moment)
            await self.places.enter()
        except anyio.get_cancelled_exc_class():
            # The claim may be on the disk all the same, and surely nothing was sent.
            self.journal.settle(delivery.given_back())
            raise
        try:
            if self.stop:
                return None
            if self.holds_back(on_trial=on_trial):
                return self.held_back(delivery)
            return await self._request(delivery)
        finally:
            self.places.leave()

    def held_back(self, delivery: Delivery) -> "_HeldBack":
        """Take back that a row was about to leave.

        Let a run that is killed during a pause find in doubt only what may be stored.
        """
        self._rate_limiter.feedback(self.clock.now(), NotSent("held back"))
        if delivery.is_claimed and not delivery.maybe_stored:
            self.journal.settle(delivery.given_back())
            delivery.is_claimed = False
        return _HeldBack()

    async def _claim(self, delivery: Delivery) -> None:
        if not delivery.is_claimed:
            await self.journal.claim([delivery.claim])
            delivery.is_claimed = True

    async def _request(self, delivery: Delivery) -> Verdict:
        began = self.clock.now()
        if not delivery.may_ask(began):
            return InDoubt(KEY_TOO_OLD, None)
        wall_seconds = self.clock.wall().timestamp()
        return self.learns(delivery, began, await self.leaves(delivery, began, wall_seconds))

    def has_outage(self) -> bool:
        """Whether everything waits while one request tries whether the server works again."""
        return self._admission.breaker.is_open()

    def is_paced(self) -> bool:
        """Whether requests have to wait for a moment of their own, as far as is known."""
        return not self._rate_limiter.is_unbounded(self.clock.now())

    def near_by_pace(self) -> int:
        """How many requests leave within the time that may be claimed ahead, where a pace tells."""
        return math.ceil((self._rate_limiter.rate_per_second or 0.0) * NEAR_SECONDS)

    def leaves(self, delivery: Delivery, began: float, wall_seconds: float) -> Awaitable[Reply]:
        """Send a delivery's request now: in monotonic seconds, and in Unix seconds."""
        delivery.leaves(began, wall_seconds=wall_seconds)
        self.journal.leaves(delivery.event.ordinal)
        self.statistics.requests += 1
        return self._server.track(delivery.event.body.encode(), key=delivery.key)

    def learns(self, delivery: Delivery, began: float, reply: Reply) -> Verdict:
        """Say what a reply means for its row, having learnt from it what it says of the server."""
        self.journal.ends(delivery.event.ordinal)
        now = self.clock.now()
        self._rate_limiter.feedback(now, reply)
        if isinstance(reply, Answer):
            if reply.status == 429:
                self._note_pause(now)
            self._tuner.completed(now, now - began)
            self.places.limit = self._tuner.limit
        verdict = delivery.receives(reply)
        self._learn(now, reply, verdict)
        return verdict

    def _note_pause(self, now: float) -> None:
        began = self.clock.wall().timestamp()
        self.statistics.rate_limited.append(began)
        ended = began + max(0.0, (self._rate_limiter.paused_until or now) - now)
        self.statistics.pause(began, ended, "the server asked to wait (429)")

    def _learn(self, now: float, reply: Reply, verdict: Verdict) -> None:
        """Tell the circuit breaker whether a working server was met."""
        breaker = self._admission.breaker
        if isinstance(reply, Answer) and reply.reused:
            # Whatever became of the first request with this key, the server has just answered.
            breaker.succeeded()
            return
        match verdict:
            case TryAgain(reason=reason) | InDoubt(reason=reason):
                breaker.failed(now, reason)
            case Delivered() | Rejected():
                breaker.succeeded()
