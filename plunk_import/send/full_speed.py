"""Full speed: rows that nothing holds back are claimed many at a time and sent by callbacks."""

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVarTuple

import anyio

from plunk_import.send.careful import Careful
from plunk_import.send.delivery import Delivery, Ended, Sender
from plunk_import.send.event import Event
from plunk_import.send.queues import EventQueue
from plunk_import.send.replies import Reply, Verdict
from plunk_import.send.tasks import DrainingTasks

Arguments = TypeVarTuple("Arguments")

# What leaves within that time is claimed ahead, so that it shares a commit: not for fewer rows than
# are worth it, nor for more than that.
_AHEAD_SECONDS = 0.02
_FEWEST_AHEAD, _MOST_AHEAD = 8, 256


class FullSpeed:
    """Sends what may leave at once; a row that has to wait for anything goes to `careful`.

    What is broken off in flight keeps its claim: it is in doubt.
    """

    def __init__(self, careful: Careful, sender: Sender, queue: EventQueue) -> None:
        self._careful = careful
        self._sender = sender
        self._queue = queue
        self._journal = sender.journal
        self._clock = sender.clock
        self._stop = sender.stop
        self._ready: deque[Delivery] = deque()
        self._in_flight: dict[asyncio.Future[Reply], None] = {}
        self._under_way = 0
        self._is_scheduled = self._is_fed = False
        self._changed = asyncio.Event()
        self._ahead = 0
        self._answered, self._counted_from = 0, self._clock.now()
        sender.places.on_free = self._schedule

    def start(self, tasks: DrainingTasks) -> None:
        """Send all that comes, in tasks of its own."""
        self._tasks = tasks
        tasks.start(self._feed)
        tasks.start(self._finish)

    async def _feed(self) -> None:
        """Claim what can leave soon, until all has left or the run is stopped."""
        try:
            while True:
                await self._until(self._has_room)
                if (event := await self._queue.next()) is None:
                    break
                await self._begin([event, *self._queue.take(self._room() - 1)])
        finally:
            self._is_fed = True
            self._changed.set()
            self._schedule()

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
        return self._room() >= max(1, self._ahead // 2)

    def _room(self) -> int:
        return self._sender.places.limit + self._ahead - self._under_way

    async def _begin(self, events: list[Event]) -> None:
        self._look_ahead()
        self._under_way += len(events)
        if not self._sender.is_unhindered():
            for event in events:
                self._hand_over(self._careful.send, event)
            return
        fresh = []
        for event in events:
            if event.earlier is None:
                self._sender.reserve()
                fresh.append(self._careful.delivery(event))
            else:
                self._hand_over(self._careful.send, event)
        await self._claim(fresh)

    async def _claim(self, deliveries: list[Delivery]) -> None:
        try:
            await self._journal.claim([delivery.claim for delivery in deliveries])
        except anyio.get_cancelled_exc_class():
            # The claims may be on the disk all the same, and surely nothing was sent.
            for delivery in deliveries:
                self._journal.settle(delivery.given_back())
            raise
        for delivery in deliveries:
            delivery.is_claimed = True
        self._ready += deliveries
        self._schedule()

    def _look_ahead(self) -> None:
        """Measure how many rows leave within the time that may be claimed ahead."""
        now = self._clock.now()
        elapsed = now - self._counted_from
        if elapsed >= _AHEAD_SECONDS:
            leave = int(self._answered * _AHEAD_SECONDS / elapsed)
            self._ahead = min(leave, _MOST_AHEAD) if leave >= _FEWEST_AHEAD else 0
            self._answered, self._counted_from = 0, now

    def _schedule(self) -> None:
        """Send what is ready at the loop's next turn, with all that has become ready until then."""
        if not self._is_scheduled and self._ready:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._send_ready)

    def _send_ready(self) -> None:
        self._is_scheduled = False
        now, wall_seconds = self._clock.now(), self._clock.wall().timestamp()
        while self._ready and not self._stop:
            if self._sender.holds_back(on_trial=False):
                delivery = self._ready.popleft()
                self._sender.held_back(delivery)
                self._hand_over(self._after_pause, delivery)
            elif self._sender.places.try_enter():
                self._send(self._ready.popleft(), now, wall_seconds)
            else:
                return
        self._give_back()

    def _send(self, delivery: Delivery, now: float, wall_seconds: float) -> None:
        request = asyncio.ensure_future(self._sender.leaves(delivery, now, wall_seconds))
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
        self._answered += 1
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
        while self._ready:
            self._journal.settle(self._ready.popleft().given_back())
            self._is_over()
