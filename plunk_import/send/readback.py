"""Reading back: what Plunk shows of an event that may be stored, and when absence is believed."""

import dataclasses
import functools
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from plunk_import.runtime import Clock
from plunk_import.send.event import Event
from plunk_import.send.http import ServerClock
from plunk_import.send.project import Contact, StoredEvent
from plunk_import.send.reading import EVENT_LIMITS, TOO_MANY_EVENTS, ReadFailedError

FIRST_LOOK_SECONDS = 1.0
LONGEST_LOOK_SECONDS = 8.0
CLOCK_SKEW_SECONDS = 300.0
"""How far Plunk's clock may be from ours, and its parts from each other, beyond what it tells."""

CLOCK_STEPS_SECONDS = 2 * 3600.0
"""How far our own wall clock may have stepped between two commands."""

LATEST_STORE_SECONDS = 24 * 3600.0
"""How long after its last request an event with a row's marker is still taken for its own."""

LATEST_UNMARKED_SECONDS = 600.0
"""The same without a marker, where any other import's event of this content is just like it."""


NOT_READ = "reading it back failed"
AMBIGUOUS = "more than one event in Plunk fits it, and nothing tells them apart"
NOT_SEEN = "none of its contact's events is it"
OTHER_TIME = "Plunk has an event like it, recorded at another time"
NO_LATER_EVENT = (
    "Plunk does not show it, but no event that was sent later is known to be stored: the server's "
    "writes may stand still"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Doubt:
    """An event whose last request may have been acted on.

    Attributes:
        event: The event.
        noted: The number of the journal's note that it is in doubt.
        given_up: When waiting for its last reply had ended at the latest; monotonic seconds.
        left: When the first request that may have been acted on left; monotonic seconds, None
            where that was another process.
        claimed: When it was claimed before that, in Unix seconds of Plunk's clock as far as the
            process that did so knew it.
        last_left: When its last request left at the latest, in Unix seconds; None where this very
            process waited for its reply.

    """

    event: Event
    noted: int
    given_up: float
    left: float | None
    claimed: float
    last_left: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Settled:
    """What reading back said: `stored` is None where it could not tell, for this `reason`."""

    stored: bool | None
    event_id: str | None = None
    contact_id: str | None = None
    timestamp: str | None = None
    reason: str | None = None


NOT_STORED = Settled(stored=False)


@dataclasses.dataclass(frozen=True, slots=True)
class _Period:
    """When an event can have been recorded, in Unix seconds of Plunk's clock.

    `earliest` makes allowance for clocks that are off, `likely` does not. `is_sure` says that
    Plunk's clock is known. What was recorded after `latest` is more likely another import's.
    """

    earliest: float
    likely: float
    is_sure: bool = True
    latest: float = math.inf


_SETTLING = "; read back: "


class Reader(Protocol):
    """The client, as far as reading back needs it."""

    @property
    def server_clock(self) -> ServerClock:
        """Plunk's own clock."""

    async def find_contact(self, address: str) -> Contact | None:
        """Find the contact of exactly this address."""

    async def contact_events(self, contact_id: str, *, limit: int = 50) -> tuple[StoredEvent, ...]:
        """Read a contact's last events, newest first."""


class ReadBack:
    """Settles doubt about one event at a time.

    An event is recognised by its marker, or without one by the same name and data, where exactly
    one event that no other row owns was recorded since the request left, and none in the minutes
    before that clocks may hide. That it is absent is believed only
    where all of a contact's events were read, `settle_seconds` have passed since its reply was
    given up, and an event sent after that is stored: a slow server may still write it, and one
    whose writes stand still shows nothing of it until they go on.

    Args:
        reader: Reads the project.
        clock: The time; only its monotonic side counts.
        settle_seconds: How long a server may take to store what it has received.
        marker: The variable that holds a row's key, if the mapping keeps one.
        is_taken: Whether another row was delivered as the event of this id.
        has_stored_since: Whether an event was sent after a note of the journal, and stored.

    """

    def __init__(
        self,
        *,
        reader: Reader,
        clock: Clock,
        settle_seconds: float,
        marker: str | None,
        is_taken: Callable[[str], Awaitable[bool]],
        has_stored_since: Callable[[int], bool],
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._settle_seconds = settle_seconds
        self._marker = marker
        self._is_taken = is_taken
        self._has_stored_since = has_stored_since

    async def settle(self, doubt: Doubt, *, later_events_come: bool = True) -> Settled:
        """Look until the event is found, or the settling time is over.

        Where nothing is sent meanwhile, and nothing that was has shown that the server writes, to
        wait would prove nothing: then it is looked for once.
        """
        pause = FIRST_LOOK_SECONDS
        while True:
            left = doubt.given_up + self._settle_seconds - self._clock.now()
            # What was stored before this look cannot be missed by it.
            flows = self._has_stored_since(doubt.noted)
            found = await self.look(doubt)
            if found.stored or left <= 0 or not (flows or later_events_come):
                is_unproven = found.stored is False and not flows
                return _unknown(NO_LATER_EVENT) if is_unproven else found
            await self._clock.sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_LOOK_SECONDS)

    async def look(self, doubt: Doubt) -> Settled:
        """Look once; what is not there now may still come."""
        try:
            return await self._look(doubt.event, functools.partial(self._period, doubt))
        except ReadFailedError as error:
            return _unknown(f"{NOT_READ}: {error}")

    async def find(self, event: Event) -> Settled:
        """Look once for an event of any time."""
        try:
            return await self._look(event, lambda: _Period(-math.inf, -math.inf))
        except ReadFailedError as error:
            return _unknown(f"{NOT_READ}: {error}")

    async def identify(self, doubt: Doubt) -> Settled:
        """Look once for an event that is surely stored, by this run or by another import.

        It is not stored by this run where all events like it are of before its request.
        """
        found = await self.look(doubt)
        if found.reason == AMBIGUOUS:
            return Settled(stored=True)  # it is one of those
        if found.stored is False:
            other = await self.find(doubt.event)
            return found if other.stored or other.reason == AMBIGUOUS else _unknown(NOT_SEEN)
        return found

    def _period(self, doubt: Doubt) -> _Period:
        """Tell when the event can have been recorded.

        Of a server that does not tell its clock only ours is known, which may have stepped.
        """
        longest = LATEST_UNMARKED_SECONDS if self._marker is None else LATEST_STORE_SECONDS
        latest = math.inf if doubt.last_left is None else doubt.last_left + longest
        moment = self._reader.server_clock.at(
            self._clock.now() if doubt.left is None else doubt.left
        )
        if moment is None:
            earliest = doubt.claimed - CLOCK_STEPS_SECONDS
            return _Period(earliest, doubt.claimed, is_sure=False, latest=latest)
        since = doubt.claimed if doubt.left is None else moment.earliest
        return _Period(since - CLOCK_SKEW_SECONDS, since, latest=latest)

    async def _look(self, event: Event, period: Callable[[], _Period]) -> Settled:
        contact = await self._reader.find_contact(event.contact)
        if contact is None:
            return NOT_STORED
        body = json.loads(event.body)
        found = None
        for limit in EVENT_LIMITS:
            events = await self._reader.contact_events(contact.id, limit=limit)
            free = await self._free(event, body, events)
            # The server's clock is known by now, where it tells it at all.
            start = period()
            found = self._among(free, start, contact)
            if len(events) < limit:
                return found or (_unknown(OTHER_TIME) if free and not start.is_sure else NOT_STORED)
            if found is not None and events[-1].created_at.timestamp() < start.earliest:
                return found  # another one that fits would have been among those
        return (found if self._marker is not None else None) or _unknown(TOO_MANY_EVENTS)

    async def _free(
        self, event: Event, body: Mapping[str, Any], events: Sequence[StoredEvent]
    ) -> list[StoredEvent]:
        """Pick the events that may be it and that no other row owns."""
        alike = [stored for stored in events if self._is_alike(event, body, stored)]
        return [stored for stored in alike if not await self._is_taken(stored.id)]

    def _among(
        self, free: Sequence[StoredEvent], period: _Period, contact: Contact
    ) -> Settled | None:
        """Tell what these events show; None where the event is not among them."""
        moments = {stored.id: stored.created_at.timestamp() for stored in free}
        fitting = [stored for stored in free if moments[stored.id] >= period.earliest]
        likely = [one for one in fitting if period.likely <= moments[one.id] <= period.latest]
        if self._marker is None and len(fitting) > 1:
            return _unknown(AMBIGUOUS)
        if fitting and not likely:
            return _unknown(OTHER_TIME)  # another import may have sent the same, before or since
        return dataclasses.replace(_found(likely[-1]), contact_id=contact.id) if likely else None

    def _is_alike(self, event: Event, body: Mapping[str, Any], stored: StoredEvent) -> bool:
        if stored.name != body["event"]:
            return False
        if self._marker is None:
            return is_same(stored.data or {}, body.get("data") or {})
        data = stored.data if isinstance(stored.data, dict) else {}
        return bool(data.get(self._marker) == {"value": event.key, "persistent": False})


def unsettled_reason(doubted: str | None, unsettled: str | None) -> str | None:
    """Put why a row is in doubt, and why that could not be settled, into one sentence.

    What was said of an earlier attempt to settle it is left out.
    """
    if unsettled is None:
        return None
    return f"{(doubted or '').partition(_SETTLING)[0]}{_SETTLING}{unsettled}"


def _found(stored: StoredEvent) -> Settled:
    timestamp = stored.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Settled(True, event_id=stored.id, timestamp=timestamp)


def _unknown(reason: str) -> Settled:
    return Settled(stored=None, reason=reason)


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
