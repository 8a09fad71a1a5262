"""Careful sending: a row from its first claim to its outcome, with all that may come between."""

from collections.abc import Callable

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
    Step,
)
from plunk_import.send.event import Event
from plunk_import.send.ownership import Resolver, outcome_of_used_key
from plunk_import.send.queues import EventQueue
from plunk_import.send.readback import Doubt, Settled
from plunk_import.send.statistics import Tally
from plunk_import.send.tasks import DrainingTasks
from plunk_import.settings import SendSettings
from plunk_import.storage import Outcome, RowState


class Careful:
    """Sends a row in a task: it waits, retries, and settles doubt; see `Dispatcher`.

    `begin` comes first.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        settings: SendSettings,
        delivery: Callable[[Event], Delivery],
        resolver: Resolver | None,
        rejects_allowed: float,
    ) -> None:
        self.tally = Tally()
        self.delivery = delivery
        """Begins the delivery of an event."""
        self._sender = sender
        self._journal: Recorder = sender.journal
        self._clock: Clock = sender.clock
        self._stop: Stop = sender.stop
        self._settings = settings
        self._resolver = resolver
        self._rejects_allowed = rejects_allowed

    def begin(self, queue: EventQueue, tasks: DrainingTasks) -> None:
        """Have the events of this queue sent from now on, with the help of such tasks."""
        self._queue = queue
        self._tasks = tasks
        self._began = self._clock.now()

    async def send(self, event: Event) -> None:
        """Send an event, from its first claim to its outcome, or settle what is in doubt of it."""
        delivery = self.delivery(event)
        if event.earlier is None or not event.maybe_stored or self._resolver is None:
            await self.deliver(delivery)
        elif (reason := event.earlier.reason or "").startswith(KEY_IS_USED):
            self._tasks.start(self._look_up, delivery, delivery.known(may_be_own=True))
        else:
            self.tally.in_doubt += 1
            doubt = delivery.doubt(noted=event.earlier.noted, given_up=self._began)
            self._tasks.start(self._read_back, self._resolver, delivery, doubt, reason)

    async def deliver(self, delivery: Delivery) -> None:
        """Attempt until the row has an outcome, or the run is stopped."""
        while not self._stop:
            verdict = await self._sender.attempt(delivery)
            if verdict is None:
                break
            if await self._is_over(delivery, delivery.after(verdict)):
                return
        if delivery.is_claimed:
            self._journal.settle(delivery.given_back())

    async def go_on(self, delivery: Delivery, step: Step) -> None:
        """Go on with a delivery whose request has led to a step."""
        if not await self._is_over(delivery, step):
            await self.deliver(delivery)

    async def _is_over(self, delivery: Delivery, step: Step) -> bool:
        """Take a step; True where what follows is not the caller's to do."""
        if isinstance(step, StopRequest):
            self._stop.ask(step)
            return False
        if isinstance(step, Again):
            return await self._hands_over(delivery, step)
        match step:
            case Ended():
                self.end(delivery, step)
            case Doubted(outcome):
                self._doubt(delivery, outcome)
            case Known():
                self._tasks.start(self._look_up, delivery, step)
        return True

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
        await self.deliver(delivery)

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
            self.end(delivery, Ended(outcome))

    def end(self, delivery: Delivery, step: Ended) -> None:
        """Note the outcome of a row, and let its contact's next one go."""
        outcome = step.outcome
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
            self.end(delivery, Ended(delivery.delivered(found)))
        elif found.stored is False and delivery.may_go_again:
            self.tally.in_doubt -= 1
            self._journal.settle(delivery.not_stored())
            await self.deliver(delivery)
        else:
            if found.reason is not None:
                self._journal.settle(delivery.unsettled(reason, found))
            self._queue.release(delivery.event)
