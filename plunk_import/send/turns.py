"""Which rows leave next, and when: their moments by the pace, their order by the queue."""

from collections.abc import Callable, Sequence

from plunk_import.send.delivery import Sender
from plunk_import.send.event import Event
from plunk_import.send.queues import EventQueue


class Turns:
    """Takes rows from the queue when their moment has come, not before.

    By then the next row of a contact that has many may be ready, and it goes first.

    Args:
        queue: Holds the rows.
        sender: Tells the moments at which requests may leave.
        begin_carefully: Begins with a row that was sent before, or meets an outage; such a row
            takes a turn of its own.

    """

    def __init__(
        self, queue: EventQueue, sender: Sender, begin_carefully: Callable[[Event], None]
    ) -> None:
        self._queue = queue
        self._sender = sender
        self._begin_carefully = begin_carefully
        self._first: Event | None = None
        self._moments: Sequence[float] = ()

    @property
    def are_urgent(self) -> bool:
        """Whether a contact has so many rows that they bound the run: its next waits for none."""
        return self._queue.has_backlog

    @property
    def have_come(self) -> bool:
        """Whether there is a row to wait for the moment of."""
        return self._first is not None

    async def are_left(self) -> bool:
        """Wait for the next row, unless there is one; False where no more are to be sent."""
        if self._first is None:
            if (event := await self._queue.next()) is None:
                return False
            if not self._is_begun_carefully(event):
                self._first = event
        return True

    async def moments(self, room: int) -> Sequence[float]:
        """Wait until some rows' moments are near, `room` of them at most; one is there."""
        if not self._moments:
            one_by_one = self.are_urgent and self._sender.is_paced()
            most = 1 if one_by_one else min(room, 1 + self._queue.ready)
            self._moments = await self._sender.turns(most)
        return self._moments

    def take(self) -> list[Event]:
        """Take the rows whose moments these are; what moments are left are those of the next."""
        events = [] if self._first is None else [self._first]
        self._first = None
        more = self._queue.take(len(self._moments) - len(events))
        events += [event for event in more if not self._is_begun_carefully(event)]
        self._moments = self._moments[len(events) :]
        return events

    def hand_over(self) -> None:
        """Begin carefully with the row that is next."""
        if self._first is not None:
            self._begin_carefully(self._first)
            self._first = None

    def _is_begun_carefully(self, event: Event) -> bool:
        if event.earlier is None:
            return False
        self._begin_carefully(event)
        return True
