"""Holds events back in file order while another event of their contact is on its way."""

import heapq
from collections import deque

from plunk_import.send.event import EarlierTry, Event
from plunk_import.storage import Backlog, WaitingRow


class ContactQueues:
    """One queue for each contact: its events leave one at a time, in the order they came.

    Those that are ready leave in file order. So the next event of a contact with very many, which
    bounds the whole run, is always the first; and what is written of neighbours lies together in
    the journal, a third less of which has to be written.

    A real server answers 500 to most requests that meet another one for the same new contact,
    and silently loses data of an existing one, so a queue is busy from `take` to `release`.

    Args:
        most_in_memory: How many events of one contact wait in memory; those after them wait on
            disk, and let the events of other contacts be read meanwhile.

    Every method raises OutputError where that disk is full.

    """

    def __init__(self, *, most_in_memory: int) -> None:
        self._most_in_memory = most_in_memory
        self._waiting: dict[str, deque[Event] | None] = {}
        self._ready: deque[Event] = deque()
        # A heap of those that had to wait for their contact.
        self._freed: list[Event] = []
        self._backlog = Backlog()
        self._earlier: dict[int, EarlierTry | None] = {}
        self._size = 0
        self.on_disk = 0
        """How many events wait on disk."""

    def __len__(self) -> int:
        """Events in memory: ready, waiting for their contact, or taken and not released.

        As long as events wait on disk, others of their contacts are in memory.
        """
        return self._size

    @property
    def ready(self) -> int:
        """How many events could be taken now."""
        return len(self._ready) + len(self._freed)

    def add(self, event: Event) -> None:
        """Put one event at the end of its contact's queue."""
        queue = self._waiting.get(event.contact)
        if event.contact not in self._waiting:
            self._waiting[event.contact] = None
            self._ready.append(event)
        elif queue is None:
            self._waiting[event.contact] = deque((event,))
        elif len(queue) >= self._most_in_memory or event.contact in self._backlog:
            self._store(event)
            return
        else:
            queue.append(event)
        self._size += 1

    def take(self) -> Event | None:
        """Return the next event whose contact is free; its queue is busy until `release`."""
        ready, freed = self._ready, self._freed
        if freed and not (ready and ready[0] < freed[0]):
            return heapq.heappop(freed)
        return ready.popleft() if ready else None

    def release(self, event: Event) -> None:
        """Free the queue of a taken event, which is over: the contact's next one becomes ready."""
        self._size -= 1
        queue = self._waiting[event.contact]
        if self.on_disk and not queue and event.contact in self._backlog:
            queue = self._waiting[event.contact] = self._fetched(event.contact)
        if queue:
            heapq.heappush(self._freed, queue.popleft())
        else:
            del self._waiting[event.contact]

    def close(self) -> None:
        """Forget what waits on disk."""
        self._backlog.close()
        self.on_disk = 0

    def _store(self, event: Event) -> None:
        row = WaitingRow(event.ordinal, event.key, event.body, event.name)
        self._backlog.add(event.contact, row)
        self.on_disk += 1
        if event.earlier is not None:
            self._earlier[event.ordinal] = event.earlier

    def _fetched(self, contact: str) -> deque[Event]:
        rows = self._backlog.take(contact, self._most_in_memory)
        self._size += len(rows)
        self.on_disk -= len(rows)
        return deque(
            Event(row[0], contact, *row[1:], self._earlier.pop(row[0], None)) for row in rows
        )
