"""Holds events back in file order while another event of their contact is on its way."""

from collections import deque

from plunk_import.send.event import Event


class ContactQueues:
    """One queue for each contact: its events leave one at a time, in the order they came.

    A real server answers 500 to most requests that meet another one for the same new contact,
    and silently loses data of an existing one, so a queue is busy from `take` to `release`.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Event] | None] = {}
        self._ready: deque[Event] = deque()
        self._size = 0

    def __len__(self) -> int:
        """Events inside: ready, waiting for their contact, or taken and not released."""
        return self._size

    @property
    def ready(self) -> int:
        """How many events could be taken now."""
        return len(self._ready)

    def add(self, event: Event) -> None:
        """Put one event at the end of its contact's queue."""
        self._size += 1
        if event.contact not in self._waiting:
            self._waiting[event.contact] = None
            self._ready.append(event)
            return
        queue = self._waiting[event.contact]
        if queue is None:
            self._waiting[event.contact] = deque((event,))
        else:
            queue.append(event)

    def take(self) -> Event | None:
        """Return the next event whose contact is free; its queue is busy until `release`."""
        return self._ready.popleft() if self._ready else None

    def release(self, event: Event) -> None:
        """Free the queue of a taken event, which is over: the contact's next one becomes ready.

        The next one goes to the front, because a contact with many rows bounds the whole run.
        """
        self._size -= 1
        queue = self._waiting[event.contact]
        if queue:
            self._ready.appendleft(queue.popleft())
        else:
            del self._waiting[event.contact]
