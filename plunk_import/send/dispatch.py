"""The dispatcher: starts the deliveries of a run, bounds them and stops them."""

import contextlib
import functools
import math
from collections.abc import AsyncIterator

import anyio

from plunk_import.errors import ExitCode, WayOn
from plunk_import.runtime import Clock, Stop, StopRequest
from plunk_import.send.delivery import (
    KEY_IS_USED,
    Again,
    Delivery,
    Doubted,
    Ended,
    Known,
    Recorder,
    Sender,
    Server,
)
from plunk_import.send.event import Event
from plunk_import.send.ownership import Resolver, outcome_of_used_key
from plunk_import.send.pace import NEAR_SECONDS, RateLimiter
from plunk_import.send.queues import EventQueue
from plunk_import.send.readback import Doubt, Settled
from plunk_import.send.statistics import SendStatistics, Tally
from plunk_import.send.tasks import DrainingTasks, bounded
from plunk_import.settings import SendSettings
from plunk_import.storage import Outcome, RowState

_AHEAD_AT_UNKNOWN_RATE = 16
_MOST_AHEAD = 400


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
        key_lifetime_seconds: How long it surely knows a key.
        resolver: Reads back what is in doubt; None where that is not to be done here.
        can_read: Whether it is to be read back, here or afterwards, whose event a used key is for.
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
        key_lifetime_seconds: float = math.inf,
        resolver: Resolver | None = None,
        can_read: bool = False,
        rejects_allowed: float | None = None,
    ) -> None:
        self.tally = Tally()
        self._journal = journal
        self._clock = clock
        self._stop = stop
        self._settings = settings
        self._delivery = functools.partial(
            Delivery,
            settings=settings,
            takes_keys=takes_keys,
            key_lifetime_seconds=key_lifetime_seconds,
            can_read=can_read,
        )
        self._resolver = resolver
        self._rejects_allowed = math.inf if rejects_allowed is None else rejects_allowed
        self._sender = Sender(
            server=server,
            journal=journal,
            clock=clock,
            stop=stop,
            settings=settings,
            rate_limiter=rate_limiter,
        )

    @property
    def statistics(self) -> SendStatistics:
        """What only the sender sees."""
        return self._sender.statistics

    async def run(self, lists: AsyncIterator[list[Event]]) -> None:
        """Send everything, or as much as there is until a stop; it may be called again.

        Raises whatever `lists` or the journal raise, once what is in flight is answered: a request
        that is broken off leaves a doubt that its reply would have settled.
        """
        self._began = self._clock.now()
        queue = EventQueue(self._stop, window_rows=self._settings.window_rows)
        with contextlib.closing(queue) as self._queue:
            async with (
                bounded(queue.wake_at_stop, self._stop, self._clock, self._settings),
                anyio.create_task_group() as group,
            ):
                self._tasks = DrainingTasks(group, self._stop)
                self._tasks.start(queue.fill, lists)
                for _ in range(_workers(self._settings)):
                    self._tasks.start(self._work)
        if self._tasks.failure is not None:
            raise self._tasks.failure

    def waiting(self, now: float) -> str | None:
        """Tell what everything waits for, and since when; None while it does not wait."""
        return "for what is in flight" if self._stop else self._sender.waiting(now)

    async def _work(self) -> None:
        while (event := await self._queue.next()) is not None:
            delivery = self._delivery(event)
            if event.earlier is not None and event.maybe_stored and self._resolver is not None:
                if (reason := event.earlier.reason or "").startswith(KEY_IS_USED):
                    self._tasks.start(self._look_up, delivery, delivery.known(may_be_own=True))
                    continue
                self.tally.in_doubt += 1
                doubt = delivery.doubt(noted=event.earlier.noted, given_up=self._began)
                self._tasks.start(self._read_back, self._resolver, delivery, doubt, reason)
            else:
                await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        """Attempt until the row has an outcome, or the run is stopped."""
        while not self._stop:
            verdict = await self._sender.attempt(delivery)
            if verdict is None:
                break
            step = delivery.after(verdict)
            if isinstance(step, StopRequest):
                self._stop.ask(step)
            elif not isinstance(step, Again):
                self._conclude(delivery, step)
                return
            elif await self._hands_over(delivery, step):
                return
        if delivery.is_claimed:
            self._journal.settle(delivery.given_back())

    def _conclude(self, delivery: Delivery, step: Ended | Doubted | Known) -> None:
        match step:
            case Ended(outcome):
                self._end(delivery, outcome)
            case Doubted(outcome):
                self._doubt(delivery, outcome)
            case Known():
                self._tasks.start(self._look_up, delivery, step)

    async def _hands_over(self, delivery: Delivery, step: Again) -> bool:
        """Wait before the next attempt; True where that is left to a task of its own."""
        if step.outcome is not None:
            self._journal.settle(step.outcome)
        if step.alone:
            self._tasks.start(self._deliver_later, delivery, step.seconds)
        else:
            await self._stop.nap(self._clock, step.seconds)
        return step.alone

    async def _deliver_later(self, delivery: Delivery, seconds: float) -> None:
        """Let others go on while only this row has a reason to wait."""
        await self._stop.nap(self._clock, seconds)
        await self._deliver(delivery)

    async def _look_up(self, delivery: Delivery, known: Known) -> None:
        """Find out whose event the row's key is for; until then it is in doubt."""
        outcome = known.in_doubt if known.may_be_own else known.skipped
        if self._resolver is not None:
            outcome = known.in_doubt
            noted = self._journal.settle(outcome)
            doubt = delivery.doubt(noted=noted, given_up=self._clock.now())
            with self._stop.ends_waiting():
                outcome = await outcome_of_used_key(self._resolver, delivery, known, doubt)
        if outcome.state is RowState.IN_DOUBT:
            self.tally.in_doubt += 1
            self._journal.settle(outcome)
            self._queue.release(delivery.event)
        else:
            self._end(delivery, outcome)

    def _end(self, delivery: Delivery, outcome: Outcome) -> None:
        self._journal.settle(outcome)
        self._queue.release(delivery.event)
        self.tally.add(outcome.state)
        if outcome.state == RowState.REJECTED and self.tally.rejected > self._rejects_allowed:
            reason = f"more rejects than --max-rejects allows; the last one: {outcome.message}"
            self._stop.ask(StopRequest(ExitCode.STOPPED, reason, WayOn.ALLOW_REJECTS))

    def _doubt(self, delivery: Delivery, outcome: Outcome) -> None:
        self.tally.in_doubt += 1
        noted = self._journal.settle(outcome)
        if self._resolver is None:
            self._tasks.start(self._rest, delivery)
        else:
            doubt = delivery.doubt(noted=noted, given_up=self._clock.now())
            self._tasks.start(self._read_back, self._resolver, delivery, doubt, outcome.reason)

    async def _rest(self, delivery: Delivery) -> None:
        """Wait for a server that may still be at work on this contact."""
        await self._stop.nap(self._clock, self._settings.rest_seconds)
        self._queue.release(delivery.event)

    async def _read_back(
        self, resolver: Resolver, delivery: Delivery, doubt: Doubt, reason: str | None
    ) -> None:
        """Settle doubt before the contact's next row goes; send again what is not stored."""
        found = Settled(stored=None)
        with self._stop.ends_waiting():
            found = await resolver.settle(doubt)
        if found.stored:
            self.tally.in_doubt -= 1
            self._end(delivery, delivery.delivered(found))
        elif found.stored is False and delivery.may_go_again:
            self.tally.in_doubt -= 1
            self._journal.settle(delivery.not_stored())
            await self._deliver(delivery)
        else:
            if found.reason is not None:
                self._journal.settle(delivery.unsettled(reason, found))
            self._queue.release(delivery.event)


def _workers(settings: SendSettings) -> int:
    """How many rows may be under way: in flight, or claimed for the next tenth of a second."""
    rate = settings.target_rate
    if rate == "unlimited":
        return settings.max_in_flight
    ahead = _AHEAD_AT_UNKNOWN_RATE if rate == "auto" else math.ceil(rate * NEAR_SECONDS)
    return settings.max_in_flight + min(ahead, _MOST_AHEAD)
