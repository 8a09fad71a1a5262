"""Takes an event that may be stored; gives what reading it back from Plunk says."""

import dataclasses
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from plunk_import.runtime import Clock
from plunk_import.send.event import Event
from plunk_import.send.project import Contact, StoredEvent
from plunk_import.send.reading import ReadFailedError

FIRST_LOOK_SECONDS = 1.0
LONGEST_LOOK_SECONDS = 8.0
CLOCK_SKEW = timedelta(minutes=5)
"""How far Plunk's clock may be from ours when events are told apart by their time."""
_LIMITS = (50, 500, 5_000)


@dataclasses.dataclass(frozen=True, slots=True)
class Settled:
    """What reading back said: `stored` is None where it could not tell."""

    stored: bool | None
    event_id: str | None = None
    contact_id: str | None = None
    timestamp: str | None = None


UNKNOWN = Settled(stored=None)
NOT_STORED = Settled(stored=False)


class Reader(Protocol):
    """The client, as far as reading back needs it."""

    async def find_contact(self, address: str) -> Contact | None:
        """Find the contact of exactly this address."""

    async def contact_events(self, contact_id: str, *, limit: int = 50) -> tuple[StoredEvent, ...]:
        """Give a contact's last events, newest first."""


class ReadBack:
    """Settles doubt about one event at a time.

    An event is recognised by its marker, or without one by the same name and data within the
    time, where exactly one event fits that no other row owns (`is_taken`). Not found means not
    stored only `settle_seconds` after its request left: a slow server may still write it.
    """

    def __init__(
        self,
        *,
        reader: Reader,
        clock: Clock,
        settle_seconds: float,
        marker: str | None,
        is_taken: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._settle_seconds = settle_seconds
        self._marker = marker
        self._is_taken = is_taken

    async def settle(self, event: Event, *, sent_at: float) -> Settled:
        """Look until the event is found or the settling time is over.

        `sent_at` is the Unix time at which its last request left. UNKNOWN where reading fails or
        what is read fits more than one event.
        """
        pause = FIRST_LOOK_SECONDS
        while True:
            left = sent_at + self._settle_seconds - self._clock.wall().timestamp()
            try:
                found = await self._look(event, sent_at)
            except ReadFailedError:
                found = UNKNOWN
            if found.stored or left <= 0:
                return found
            await self._clock.sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_LOOK_SECONDS)

    async def _look(self, event: Event, sent_at: float) -> Settled:
        contact = await self._reader.find_contact(event.contact)
        if contact is None:
            return NOT_STORED
        body = json.loads(event.body)
        for limit in _LIMITS:
            events = await self._reader.contact_events(contact.id, limit=limit)
            fitting = [stored for stored in events if self._fits(event, body, stored, sent_at)]
            if self._marker is None:
                fitting = [stored for stored in fitting if not await self._is_taken(stored.id)]
            if len(fitting) > 1 and self._marker is None:
                return UNKNOWN
            if fitting:
                return _found(fitting[-1], contact)
            if _reaches_back(events, limit, sent_at):
                return NOT_STORED
        return UNKNOWN

    def _fits(
        self, event: Event, body: Mapping[str, Any], stored: StoredEvent, sent_at: float
    ) -> bool:
        if stored.name != body["event"]:
            return False
        if self._marker is not None:
            data = stored.data if isinstance(stored.data, dict) else {}
            return bool(data.get(self._marker) == {"value": event.key, "persistent": False})
        is_recent = stored.created_at.timestamp() >= sent_at - _SKEW_SECONDS
        return is_recent and is_same(stored.data or {}, body.get("data") or {})


def _reaches_back(events: Sequence[StoredEvent], limit: int, sent_at: float) -> bool:
    """Whether these newest events must hold one sent then, if it is stored.

    Either they are older at their end, or they are all there are. A round number below `limit`
    may also be a cap of the server's own, which it does not document: then it is not known.
    """
    if events and events[-1].created_at.timestamp() < sent_at - _SKEW_SECONDS:
        return True
    is_capped = len(events) >= _LIMITS[0] and len(events) % _LIMITS[0] == 0
    return len(events) < limit and not is_capped


def _found(stored: StoredEvent, contact: Contact) -> Settled:
    timestamp = stored.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Settled(True, event_id=stored.id, contact_id=contact.id, timestamp=timestamp)


_SKEW_SECONDS = CLOCK_SKEW.total_seconds()


def is_same(stored: Any, sent: Any) -> bool:  # noqa: ANN401 - JSON of any shape
    """Whether two JSON values are one as Plunk keeps them: numbers to 15 digits."""
    if isinstance(stored, bool) or isinstance(sent, bool):
        return stored is sent
    if isinstance(stored, int | float) and isinstance(sent, int | float):
        return math.isclose(stored, sent, rel_tol=1e-15, abs_tol=0.0)
    if isinstance(stored, dict) and isinstance(sent, dict):
        return stored.keys() == sent.keys() and all(is_same(stored[k], sent[k]) for k in sent)
    if isinstance(stored, list) and isinstance(sent, list):
        return len(stored) == len(sent) and all(map(is_same, stored, sent))
    return bool(stored == sent)
