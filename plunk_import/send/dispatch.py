"""Takes events in file order and a way to send one; gives an outcome for each to the journal."""

import dataclasses
from collections.abc import AsyncIterator, Iterable
from typing import Protocol

import anyio

from plunk_import.errors import ExitCode
from plunk_import.runtime import Clock, Halt, StopRequest
from plunk_import.send.admission import Admission
from plunk_import.send.concurrency import ConcurrencyLimit, ConcurrencyTuner
from plunk_import.send.delivery import Delivery
from plunk_import.send.event import Event
from plunk_import.send.queue import EventQueue
from plunk_import.send.rate_limiter import RateLimiter
from plunk_import.send.readback import Settled
from plunk_import.send.reply import Answer, Reply
from plunk_import.send.statistics import SendStatistics, Tally
from plunk_import.send.verdict import (
    Delivered,
    InDoubt,
    Rejected,
    Stop,
    TryAgain,
    Verdict,
    Wait,
    give_up,
    judge,
)
from plunk_import.settings import SendSettings
from plunk_import.storage import Claim, Outcome, RowState

LONGEST_BACKOFF_SECONDS = 30.0
LATER_TRIES_OF_THE_UNSTORED = 3
STOPPED_IN_DOUBT = "the run stopped before a second answer"


class Server(Protocol):
    """The Plunk that events go to."""

    async def track(self, body: bytes, *, key: str | None) -> Reply:
        """Send one event."""

    async def answers(self) -> bool:
        """Ask without side effects whether it works at all; StoppedError where it refuses us."""


class Recorder(Protocol):
    """The journal, as far as sending needs it."""

    async def claim(self, claims: Iterable[Claim]) -> None:
        """Return once it is durably noted that these rows are about to be sent."""

    def settle(self, outcome: Outcome) -> None:
        """Note an outcome with the next group."""


class Resolver(Protocol):
    """Settles doubt by reading back."""

    async def settle(self, event: Event, *, sent_at: float) -> Settled:
        """Find out whether the event, sent at that Unix time, is stored."""


class Dispatcher:
    """Sends events: one at a time for each contact, bounded in flight, paced, patient.

    A claim is durable before its request leaves. What surely was not sent goes again; what may
    be stored goes again only where the server takes keys, or where `SendSettings.in_doubt` is
    `resend`. Several failures in a row pause everything while one request tries.
    """

    def __init__(
        self,
        *,
        server: Server,
        journal: Recorder,
        clock: Clock,
        settings: SendSettings,
        rate_limiter: RateLimiter,
        takes_keys: bool,
        resolver: Resolver | None = None,
        rejects_allowed: float | None = None,
    ) -> None:
        self.tally = Tally()
        self.statistics = SendStatistics()
        self._rate_limiter = rate_limiter
        self._governor = ConcurrencyTuner(settings.max_in_flight)
        self._halt = Halt(clock)
        self._admission = Admission(
            answers=server.answers,
            clock=clock,
            rate_limiter=rate_limiter,
            halt=self._halt,
            stop=self.stop,
            statistics=self.statistics,
            patience_seconds=settings.patience_seconds,
        )
        self._server = server
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._takes_keys = takes_keys
        self._resolver = resolver
        self._rejects_allowed = rejects_allowed
        self._feed = EventQueue(self._halt, window_rows=settings.window_rows)
        self._in_flight = ConcurrencyLimit(self._governor.limit)

    async def run(self, chunks: AsyncIterator[list[Event]]) -> StopRequest | None:
        """Send everything; give back why it stopped early, or None.

        Raises whatever `chunks` or the journal raise; claimed rows stay claimed then.
        """
        async with anyio.create_task_group() as watch:
            watch.start_soon(self._watch_deadline)
            with anyio.CancelScope() as sending:
                watch.start_soon(self._bound_stopping, sending)
                async with anyio.create_task_group() as self._tasks:
                    self._tasks.start_soon(self._feed.fill, chunks)
                    for _ in range(self._settings.max_in_flight):
                        self._tasks.start_soon(self._work)
            watch.cancel_scope.cancel()
        return self._halt.request

    def stop(self, request: StopRequest) -> None:
        """Send nothing more; wait for what is in flight, for `grace_seconds` at most."""
        if self._halt.ask(request):
            self._feed.wake()

    def waiting(self, now: float) -> str | None:
        """Tell what everything waits for, and since when; None while it does not wait."""
        return "for what is in flight" if self._halt else self._admission.waiting(now)

    async def _watch_deadline(self) -> None:
        seconds = self._seconds_left()
        if seconds is not None:
            await self._clock.sleep(max(seconds, 0.0))
            self.stop(StopRequest(ExitCode.TIME_IS_UP, "the time given to this run is up"))

    def _seconds_left(self) -> float | None:
        limits = []
        if self._settings.max_duration_seconds is not None:
            limits.append(self._settings.max_duration_seconds)
        if self._settings.until is not None:
            limits.append((self._settings.until - self._clock.wall()).total_seconds())
        return min(limits) if limits else None

    async def _bound_stopping(self, sending: anyio.CancelScope) -> None:
        await self._halt.wait()
        await self._clock.sleep(self._settings.grace_seconds)
        sending.cancel()

    async def _work(self) -> None:
        while (event := await self._feed.next()) is not None:
            await self._deliver(Delivery(event, maybe_stored=event.maybe_stored))

    async def _deliver(self, delivery: Delivery) -> None:
        while not self._halt:
            verdict = await self._attempt(delivery)
            if verdict is None:
                break
            if await self._act(delivery, verdict):
                return
        if delivery.claimed:
            self._give_back(delivery)

    async def _attempt(self, delivery: Delivery) -> Verdict | None:
        """Make one request in its turn; None where the run was stopped before it left."""
        if not self._admission.breaker.is_open():
            return await self._request_in_turn(delivery)
        async with self._admission.way_is_clear():
            return await self._request_in_turn(delivery)

    async def _request_in_turn(self, delivery: Delivery) -> Verdict | None:
        await self._admission.turn()
        if self._halt:
            return None
        try:
            # Not in flight yet: a disk may take longer than a server.
            await self._claim(delivery)
            await self._in_flight.enter()
        except anyio.get_cancelled_exc_class():
            # The claim may be on the disk all the same, and surely nothing was sent.
            self._give_back(delivery)
            raise
        try:
            if self._halt:
                return None
            verdict = await self._request(delivery)
        finally:
            self._in_flight.leave()
        self._learn(verdict)
        return verdict

    async def _claim(self, delivery: Delivery) -> None:
        if not delivery.claimed:
            await self._journal.claim([Claim(delivery.event.ordinal, delivery.key)])
            delivery.claimed = True

    async def _request(self, delivery: Delivery) -> Verdict:
        delivery.sent_at = self._clock.wall().timestamp()
        self.statistics.requests += 1
        began = self._clock.now()
        reply = await self._server.track(delivery.event.body.encode(), key=delivery.key)
        now = self._clock.now()
        self._rate_limiter.feedback(now, reply)
        if isinstance(reply, Answer):
            if reply.status == 429:
                self._note_pause(now)
            delivery.burned_keys += reply.reused and (reply.original_status or 0) >= 500
            self._governor.completed(now, now - began)
            self._in_flight.limit = self._governor.limit
        verdict = judge(reply, takes_keys=self._takes_keys, maybe_stored=delivery.maybe_stored)
        is_none = isinstance(verdict, Wait | TryAgain) and not verdict.counts_as_attempt
        delivery.attempts += not is_none
        return verdict

    def _note_pause(self, now: float) -> None:
        self.tally.throttled += 1
        began = self._clock.wall().timestamp()
        self.statistics.rate_limited.append(began)
        ended = began + max(0.0, (self._rate_limiter.paused_until or now) - now)
        self.statistics.pause(began, ended, "the server asked to wait (429)")

    def _learn(self, verdict: Verdict) -> None:
        """Tell the outage watch whether a working server was met."""
        match verdict:
            case TryAgain(reason=reason):
                self._admission.breaker.failed(self._clock.now(), reason)
            case InDoubt(reason=reason) if not self._takes_keys:
                self._admission.breaker.failed(self._clock.now(), reason)
            case Delivered() | Rejected():
                self._admission.breaker.succeeded()

    async def _act(self, delivery: Delivery, verdict: Verdict) -> bool:
        """Carry out a verdict; True when the row is over, as far as its worker is concerned."""
        match verdict:
            case Delivered():
                self._record(delivery, verdict)
                self._feed.release(delivery.event)
            case Rejected():
                self._reject(delivery, verdict)
            case Stop(message=message):
                self.stop(StopRequest(ExitCode.STOPPED, message))
                return False
            case Wait() | TryAgain():
                return await self._wait_for_another_try(delivery, verdict)
            case InDoubt():
                return await self._doubt(delivery, verdict)
        return True

    def _record(self, delivery: Delivery, stored: Delivered | Settled) -> None:
        """Note a delivery with the ids that the reply, or reading back, gave."""
        self.tally.delivered += 1
        self._settle(
            delivery,
            RowState.DELIVERED,
            event_id=stored.event_id,
            contact_id=stored.contact_id,
            timestamp=stored.timestamp,
        )

    def _reject(self, delivery: Delivery, verdict: Rejected) -> None:
        self.tally.rejected += 1
        self._settle(
            delivery,
            RowState.REJECTED,
            code=verdict.code,
            field=verdict.field,
            message=verdict.message,
            request_id=verdict.request_id,
        )
        self._feed.release(delivery.event)
        if self._rejects_allowed is not None and self.tally.rejected > self._rejects_allowed:
            reason = f"more rejects than --max-rejects allows; the last one: {verdict.message}"
            self.stop(StopRequest(ExitCode.STOPPED, reason))

    async def _wait_for_another_try(self, delivery: Delivery, verdict: Wait | TryAgain) -> bool:
        """Wait as the verdict says; True when its bound is used up and the row is over."""
        if verdict.counts_as_attempt:
            delivery.maybe_stored = True
            if delivery.attempts >= self._settings.attempts:
                # A server that died at work on the first request never lets go of its key.
                delivery.burned_keys += isinstance(verdict, Wait)
                return await self._doubt(delivery, give_up(verdict))
        elif not delivery.maybe_stored:
            # It surely is not stored: a run killed while it waits must not find it in doubt.
            self._settle(delivery, RowState.PENDING)
            delivery.claimed = False
        if isinstance(verdict, Wait):
            await self._halt.nap(verdict.seconds)
        else:
            await self._halt.nap(min(0.5 * 2.0**delivery.failures, LONGEST_BACKOFF_SECONDS))
            delivery.failures += 1
        return False

    async def _doubt(self, delivery: Delivery, verdict: InDoubt | Stop) -> bool:
        """Hold a row that may be stored, or send it again where at-least-once was asked for."""
        if isinstance(verdict, Stop):
            self.stop(StopRequest(ExitCode.STOPPED, verdict.message))
            return False
        if self._settings.in_doubt == "resend" and delivery.attempts < self._settings.attempts:
            delivery.maybe_stored = True
            await self._halt.nap(min(0.5 * 2.0**delivery.failures, LONGEST_BACKOFF_SECONDS))
            delivery.failures += 1
            return False
        self.tally.in_doubt += 1
        self._settle(
            delivery, RowState.IN_DOUBT, reason=verdict.reason, request_id=verdict.request_id
        )
        if self._resolver is None:
            self._tasks.start_soon(self._rest, delivery)
        else:
            self._tasks.start_soon(self._read_back, self._resolver, delivery)
        return True

    async def _rest(self, delivery: Delivery) -> None:
        """Give a server that may still be at work on this contact time to finish."""
        await self._halt.nap(self._settings.rest_seconds)
        self._feed.release(delivery.event)

    async def _read_back(self, resolver: Resolver, delivery: Delivery) -> None:
        """Settle doubt before the contact's next row goes; send again what is not stored."""
        found = Settled(stored=None)
        with self._halt.breakable():
            found = await resolver.settle(delivery.event, sent_at=delivery.sent_at)
        if found.stored:
            self.tally.in_doubt -= 1
            self._record(delivery, found)
        elif found.stored is False and delivery.failures < LATER_TRIES_OF_THE_UNSTORED:
            self.tally.in_doubt -= 1
            self._settle(delivery, RowState.PENDING)
            again = dataclasses.replace(
                delivery, claimed=False, maybe_stored=False, failures=delivery.failures + 1
            )
            self._tasks.start_soon(self._deliver, again)
            return
        self._feed.release(delivery.event)

    def _give_back(self, delivery: Delivery) -> None:
        """End a flight without an answer: what no request can have stored is to be sent later."""
        if delivery.maybe_stored:
            self._settle(delivery, RowState.IN_DOUBT, reason=STOPPED_IN_DOUBT)
        else:
            self._settle(delivery, RowState.PENDING)

    def _settle(
        self,
        delivery: Delivery,
        state: RowState,
        **details: str | None,
    ) -> None:
        outcome = Outcome(
            delivery.event.ordinal,
            state,
            delivery.attempts,
            sent_at=delivery.sent_at or None,
            **details,
        )
        self._journal.settle(outcome)
