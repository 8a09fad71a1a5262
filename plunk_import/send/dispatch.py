"""The dispatcher: starts the deliveries of a run, bounds them and stops them."""

from collections.abc import AsyncIterator
from typing import Protocol

import anyio

from plunk_import.errors import ExitCode
from plunk_import.runtime import Clock, Stop, StopRequest
from plunk_import.send.attempt import Recorder, Sender, Server
from plunk_import.send.delivery import Again, Delivery, Doubted, Ended
from plunk_import.send.event import Event
from plunk_import.send.queue import EventQueue
from plunk_import.send.rate_limiter import RateLimiter
from plunk_import.send.readback import Settled
from plunk_import.send.statistics import SendStatistics, Tally
from plunk_import.settings import SendSettings
from plunk_import.storage import Outcome, RowState


class Resolver(Protocol):
    """Settles doubt by reading back."""

    async def settle(self, event: Event, *, sent_at: float) -> Settled:
        """Find out whether the event, sent at that Unix time, is stored."""


class Dispatcher:
    """Sends events: one at a time for each contact, bounded in flight, paced, patient.

    A claim is durable before its request leaves. What surely was not sent goes again; what may
    be stored goes again only where the server takes keys, or where `SendSettings.in_doubt` is
    `resend`. Several failures in a row pause everything while one request tries.

    Args:
        server: Where events go.
        journal: Keeps claims and outcomes.
        clock: The time that everything waits by.
        stop: Ends the run in good order; the dispatcher asks for that itself when its time is up,
            nothing later can succeed, or too much is rejected.
        settings: Bounds, patience, and what becomes of rows in doubt.
        rate_limiter: The pace that all requests share.
        takes_keys: Whether the server honours `Idempotency-Key`.
        resolver: Reads back what is in doubt; None where nothing can be read.
        rejects_allowed: How many rows may be rejected; None for any number.

    """

    def __init__(
        self,
        *,
        server: Server,
        journal: Recorder,
        clock: Clock,
        stop: Stop,
        settings: SendSettings,
        rate_limiter: RateLimiter,
        takes_keys: bool,
        resolver: Resolver | None = None,
        rejects_allowed: float | None = None,
    ) -> None:
        self.tally = Tally()
        self._journal = journal
        self._clock = clock
        self._stop = stop
        self._settings = settings
        self._takes_keys = takes_keys
        self._resolver = resolver
        self._rejects_allowed = rejects_allowed
        self._queue = EventQueue(stop, window_rows=settings.window_rows)
        self._sender = Sender(
            server=server,
            journal=journal,
            clock=clock,
            stop=stop,
            settings=settings,
            rate_limiter=rate_limiter,
            takes_keys=takes_keys,
        )

    @property
    def statistics(self) -> SendStatistics:
        """What only the sender sees."""
        return self._sender.statistics

    async def run(self, chunks: AsyncIterator[list[Event]]) -> None:
        """Send everything, or as much as there is until a stop.

        Raises whatever `chunks` or the journal raise; claimed rows stay claimed then.
        """
        async with anyio.create_task_group() as watch:
            watch.start_soon(self._watch_deadline)
            with anyio.CancelScope() as sending:
                watch.start_soon(self._bound_stopping, sending)
                async with anyio.create_task_group() as self._tasks:
                    self._tasks.start_soon(self._queue.fill, chunks)
                    for _ in range(self._settings.max_in_flight):
                        self._tasks.start_soon(self._work)
            watch.cancel_scope.cancel()

    def waiting(self, now: float) -> str | None:
        """Tell what everything waits for, and since when; None while it does not wait."""
        return "for what is in flight" if self._stop else self._sender.waiting(now)

    async def _watch_deadline(self) -> None:
        seconds = self._seconds_left()
        if seconds is not None:
            await self._clock.sleep(max(seconds, 0.0))
            self._stop.ask(StopRequest(ExitCode.TIME_IS_UP, "the time given to this run is up"))

    def _seconds_left(self) -> float | None:
        limits = []
        if self._settings.max_duration_seconds is not None:
            limits.append(self._settings.max_duration_seconds)
        if self._settings.until is not None:
            limits.append((self._settings.until - self._clock.wall()).total_seconds())
        return min(limits) if limits else None

    async def _bound_stopping(self, sending: anyio.CancelScope) -> None:
        await self._stop.wait()
        self._queue.wake()
        await self._clock.sleep(self._settings.grace_seconds)
        sending.cancel()

    async def _work(self) -> None:
        while (event := await self._queue.next()) is not None:
            await self._deliver(Delivery(event, self._settings, takes_keys=self._takes_keys))

    async def _deliver(self, delivery: Delivery) -> None:
        """Attempt until the row has an outcome, or the run is stopped."""
        while not self._stop:
            verdict = await self._sender.attempt(delivery)
            if verdict is None:
                break
            match delivery.after(verdict):
                case Ended(outcome):
                    return self._end(delivery, outcome)
                case Doubted(outcome):
                    return self._doubt(delivery, outcome)
                case StopRequest() as request:
                    self._stop.ask(request)
                case Again(seconds, outcome):
                    if outcome is not None:
                        self._journal.settle(outcome)
                    await self._stop.nap(self._clock, seconds)
        if delivery.is_claimed:
            self._journal.settle(delivery.given_back())
        return None

    def _end(self, delivery: Delivery, outcome: Outcome) -> None:
        self._journal.settle(outcome)
        self._queue.release(delivery.event)
        if outcome.state is RowState.DELIVERED:
            self.tally.delivered += 1
        else:
            self.tally.rejected += 1
            self._bound_rejects(outcome)

    def _bound_rejects(self, last: Outcome) -> None:
        if self._rejects_allowed is not None and self.tally.rejected > self._rejects_allowed:
            reason = f"more rejects than --max-rejects allows; the last one: {last.message}"
            self._stop.ask(StopRequest(ExitCode.STOPPED, reason))

    def _doubt(self, delivery: Delivery, outcome: Outcome) -> None:
        self.tally.in_doubt += 1
        self._journal.settle(outcome)
        if self._resolver is None:
            self._tasks.start_soon(self._rest, delivery)
        else:
            self._tasks.start_soon(self._read_back, self._resolver, delivery)

    async def _rest(self, delivery: Delivery) -> None:
        """Give a server that may still be at work on this contact time to finish."""
        await self._stop.nap(self._clock, self._settings.rest_seconds)
        self._queue.release(delivery.event)

    async def _read_back(self, resolver: Resolver, delivery: Delivery) -> None:
        """Settle doubt before the contact's next row goes; send again what is not stored."""
        found = Settled(stored=None)
        with self._stop.ends_waiting():
            found = await resolver.settle(delivery.event, sent_at=delivery.sent_at)
        if found.stored:
            self.tally.in_doubt -= 1
            self._end(delivery, delivery.delivered(found))
        elif found.stored is False and delivery.may_go_again:
            self.tally.in_doubt -= 1
            self._journal.settle(delivery.not_stored())
            await self._deliver(delivery)
        else:
            self._queue.release(delivery.event)
