"""Takes events in file order; gives those whose contact has no other event on its way."""

from collections import deque

from plunk_import.send.event import Event


class ContactQueues:
    """One lane a contact: its events leave one at a time, in the order they came.

    A real server answers 500 to most requests that meet another one for the same new contact,
    and silently loses data of an existing one, so a lane is busy from `take` to `release`.
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
        """Put one event at the end of its contact's lane."""
        self._size += 1
        if event.contact not in self._waiting:
            self._waiting[event.contact] = None
            self._ready.append(event)
            return
        lane = self._waiting[event.contact]
        if lane is None:
            self._waiting[event.contact] = deque((event,))
        else:
            lane.append(event)

    def take(self) -> Event | None:
        """Take the next event whose contact is free; its lane is busy until `release`."""
        return self._ready.popleft() if self._ready else None

    def release(self, event: Event) -> None:
        """Free the lane of a taken event, which is over: the contact's next one becomes ready.

        The next one goes to the front, because a contact with many rows bounds the whole run.
        """
        self._size -= 1
        lane = self._waiting[event.contact]
        if lane:
            self._ready.appendleft(lane.popleft())
        else:
            del self._waiting[event.contact]
