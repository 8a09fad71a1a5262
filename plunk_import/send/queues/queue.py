"""The queue between the source and the workers: the next event whose contact is free."""

from collections import deque
from collections.abc import AsyncIterator

import anyio

from plunk_import.runtime import Stop
from plunk_import.send.event import Event
from plunk_import.send.queues.contact_queues import ContactQueues

# So many contacts may have all the rows in memory that one contact may have.
_HOT_CONTACTS = 64
# About half a gigabyte.
_MOST_ON_DISK = 1_000_000


class EventQueue:
    """The rows between the source and the workers, `window_rows` of them at most, or so.

    Beyond that, many rows of one contact wait on disk, so that others are found behind them.
    Nothing more is given, nor taken from the source, once the run is stopped; `wake_at_stop` tells
    all who wait.
    """

    def __init__(self, stop: Stop, *, window_rows: int) -> None:
        self._stop = stop
        self._window_rows = window_rows
        self._queues = ContactQueues(most_in_memory=max(1, window_rows // _HOT_CONTACTS))
        self._is_fed = False
        self._sleepers: deque[anyio.Event] = deque()
        self._room = anyio.Event()

    @property
    def ready(self) -> int:
        """How many events `take` could give now."""
        return self._queues.ready

    @property
    def has_backlog(self) -> bool:
        """Whether a contact has so many events that some wait on disk."""
        return self._queues.on_disk > 0

    async def fill(self, lists: AsyncIterator[list[Event]]) -> None:
        """Read lists as long as there are any, waiting for room; raises what `lists` raises."""
        async for events in lists:
            for event in events:
                self._queues.add(event)
            self._wake(len(events))
            while self._is_full() and not self._stop:
                self._room = anyio.Event()
                await self._room.wait()
            if self._stop:
                break
        self._is_fed = True
        self._wake_all()

    async def next(self) -> Event | None:
        """Wait for an event, whose contact is busy until its release; None when all have left."""
        while not (self._stop or (self._is_fed and not self._queues)):
            if (event := self._queues.take()) is not None:
                return event
            woken = anyio.Event()
            self._sleepers.append(woken)
            await woken.wait()
        return None

    def take(self, most: int) -> list[Event]:
        """Take up to so many events more that need not be waited for."""
        taken: list[Event] = []
        while len(taken) < most and (event := self._queues.take()) is not None:
            taken.append(event)
        return taken

    def release(self, event: Event) -> None:
        """Let the contact's next event go."""
        self._queues.release(event)
        size = len(self._queues)
        if size < self._window_rows and self._queues.on_disk < _MOST_ON_DISK:
            self._room.set()
        self._wake(1 if size else len(self._sleepers))

    async def wake_at_stop(self) -> None:
        """Have everyone who waits look again once the run is stopped."""
        await self._stop.wait()
        self._wake_all()

    def close(self) -> None:
        """Forget what was not sent."""
        self._queues.close()

    def _is_full(self) -> bool:
        return len(self._queues) >= self._window_rows or self._queues.on_disk >= _MOST_ON_DISK

    def _wake_all(self) -> None:
        self._room.set()
        self._wake(len(self._sleepers))

    def _wake(self, count: int) -> None:
        for _ in range(min(count, len(self._sleepers))):
            self._sleepers.popleft().set()
