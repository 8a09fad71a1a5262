"""The flow of rows at their pace: many are claimed together, and sent by callbacks."""

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVarTuple

import anyio

from plunk_import.send.careful import Careful
from plunk_import.send.delivery import Delivery, Ended, Sender
from plunk_import.send.event import Event
from plunk_import.send.pace import LookAhead
from plunk_import.send.queues import EventQueue
from plunk_import.send.replies import Reply, Verdict
from plunk_import.send.tasks import DrainingTasks
from plunk_import.send.turns import Turns

Arguments = TypeVarTuple("Arguments")

# Waking up for each row costs more than sending it: so many leave together, or as many as are due
# within that time.
_FEW_TOGETHER, _TOGETHER_SECONDS = 10, 0.01
# A disk that takes longer for a claim is given that time before the rows' moment.
_QUICK_CLAIM_SECONDS = 0.02


class Flow:
    """Sends each row when its moment has come; one that waits for more than that goes to `careful`.

    What is broken off in flight keeps its claim: it is in doubt.
    """

    def __init__(self, careful: Careful, sender: Sender, queue: EventQueue) -> None:
        self._careful = careful
        self._sender = sender
        self._turns = Turns(queue, sender, self._begin_carefully)
        self._journal = sender.journal
        self._clock = sender.clock
        self._stop = sender.stop
        self._claimed: deque[Delivery] = deque()
        self._due = 0
        self._in_flight: dict[asyncio.Future[Reply], None] = {}
        self._under_way = 0
        self._disk_seconds = 0.0
        self._is_scheduled = self._is_fed = False
        self._changed = asyncio.Event()
        self._ahead = LookAhead(sender.clock, by_pace=sender.near_by_pace())
        sender.places.on_free = self._schedule

    def start(self, tasks: DrainingTasks) -> None:
        """Send all that comes, in tasks of its own."""
        self._tasks = tasks
        tasks.start(self._feed)
        tasks.start(self._finish)

    async def _feed(self) -> None:
        """Let rows go as their moments come, until all have left or the run is stopped."""
        try:
            while await self._has_more():
                if self._sender.has_outage():
                    self._turns.hand_over()
                elif self._turns.have_come:
                    await self._begin(await self._turns.moments(self._room()))
        finally:
            self._is_fed = True
            self._changed.set()
            self._schedule()

    async def _has_more(self) -> bool:
        """Wait for room, and for a row; False where no more are to be sent."""
        self._ahead.measure(is_paced=self._sender.is_paced(), disk_seconds=self._disk_seconds)
        await self._until(self._has_room)
        return await self._turns.are_left() and not self._stop

    def _begin_carefully(self, event: Event) -> None:
        self._under_way += 1
        self._hand_over(self._careful.send, event)

    async def _finish(self) -> None:
        """Return when all that was begun is over; where that is broken off, so are the requests."""
        try:
            await self._until(lambda: self._is_fed and not self._under_way)
        finally:
            self._give_back()
            for request in self._in_flight:
                request.cancel()

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._changed.clear()
            await self._changed.wait()

    def _has_room(self) -> bool:
        """Whether there is room for as many as are worth a commit."""
        return self._room() >= max(1, 0 if self._turns.are_urgent else self._ahead.rows // 2)

    def _room(self) -> int:
        return self._sender.places.limit + self._ahead.rows - self._under_way

    async def _begin(self, moments: Sequence[float]) -> None:
        """Claim as many rows as have a turn, and let each leave when its moment has come.

        They are claimed when the first of them are due, so that their commit's end sends those.
        """
        _, due = next(_together(moments))
        await self._sender.leave_at(due - self._disk_seconds)
        if self._stop:
            return
        events = self._turns.take()
        self._under_way += len(events)
        await self._claim([self._careful.delivery(event) for event in events])
        for rows, moment in _together(moments[: len(events)]):
            await self._sender.leave_at(moment)
            self._due += rows
            self._send_due()

    async def _claim(self, deliveries: Sequence[Delivery]) -> None:
        began = self._clock.now()
        try:
            await self._journal.claim([delivery.claim for delivery in deliveries])
        except anyio.get_cancelled_exc_class():
            # The claims may be on the disk all the same, and surely nothing was sent.
            for delivery in deliveries:
                self._journal.settle(delivery.given_back())
            raise
        for delivery in deliveries:
            delivery.is_claimed = True
        self._claimed += deliveries
        self._disk_seconds = max(0.0, self._clock.now() - began - _QUICK_CLAIM_SECONDS)

    def _schedule(self) -> None:
        """Send what is due at the loop's next turn, with all that has become so until then."""
        if not self._is_scheduled and self._claimed:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._send_due)

    def _send_due(self) -> None:
        self._is_scheduled = False
        now, wall_seconds = self._clock.now(), self._clock.wall().timestamp()
        while self._due and not self._stop:
            if self._sender.holds_back(on_trial=False):
                delivery = self._next_due()
                self._sender.held_back(delivery)
                self._hand_over(self._after_pause, delivery)
            elif self._sender.places.try_enter():
                self._send(self._next_due(), now, wall_seconds)
            else:
                return
        if self._stop:
            self._give_back()

    def _next_due(self) -> Delivery:
        self._due -= 1
        return self._claimed.popleft()

    def _send(self, delivery: Delivery, now: float, wall_seconds: float) -> None:
        reply = self._sender.leaves(delivery, now, wall_seconds)
        request = reply if isinstance(reply, asyncio.Future) else asyncio.ensure_future(reply)
        self._in_flight[request] = None
        request.add_done_callback(functools.partial(self._receive, delivery, now))

    def _receive(self, delivery: Delivery, began: float, request: "asyncio.Future[Reply]") -> None:
        del self._in_flight[request]
        try:
            if not request.cancelled():
                self._take(delivery, self._sender.learns(delivery, began, request.result()))
        except Exception as error:  # noqa: BLE001 - raised by a task of the group
            self._is_over()
            self._tasks.fail(error)
        finally:
            self._sender.places.leave()

    def _take(self, delivery: Delivery, verdict: Verdict) -> None:
        self._ahead.count()
        step = delivery.after(verdict)
        if isinstance(step, Ended):
            self._careful.end(delivery, step)
            self._is_over()
        else:
            self._hand_over(self._careful.go_on, delivery, step)

    async def _after_pause(self, delivery: Delivery) -> None:
        await self._sender.wait_out_pause()
        await self._careful.deliver(delivery)

    def _hand_over(
        self, function: Callable[[*Arguments], Awaitable[None]], *arguments: *Arguments
    ) -> None:
        """Let a task of its own go on with a row, which counts as under way until that ends."""

        async def to_its_end() -> None:
            try:
                await function(*arguments)
            finally:
                self._is_over()

        self._tasks.start(to_its_end)

    def _is_over(self) -> None:
        self._under_way -= 1
        if not self._under_way or self._has_room():
            self._changed.set()

    def _give_back(self) -> None:
        """Let what is claimed and was not sent go later, where the run is stopped."""
        self._due = 0
        while self._claimed:
            self._journal.settle(self._claimed.popleft().given_back())
            self._is_over()


def _together(moments: Sequence[float]) -> Iterator[tuple[int, float]]:
    """Divide rows into those that leave together: how many, and when the last of them may."""
    first = 0
    for number, moment in enumerate(moments):
        if number - first >= _FEW_TOGETHER and moment - moments[first] > _TOGETHER_SECONDS:
            yield number - first, moments[number - 1]
            first = number
    yield len(moments) - first, moments[-1]
