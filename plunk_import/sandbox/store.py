"""Contacts, events and struck faults, as a sandbox keeps them."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plunk_import.sandbox.clock import ServerClock
from plunk_import.sandbox.database import Database, random_id
from plunk_import.sandbox.rules import JsonValue, dump_json
from plunk_import.sandbox.segments import Segments
from plunk_import.sandbox.track import Keys
from plunk_import.sandbox.workflows import Workflows


class AlreadyThere(Exception):  # noqa: N818 - the loser of a race, not an error of ours
    """Another request has created the contact since this one looked."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as last read."""

    id: str
    email: str
    data: dict[str, JsonValue] | None
    subscribed: bool


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event's identity and time of arrival."""

    id: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a sandbox has stored."""

    contacts: int
    events: int
    workflow_runs: int
    """How often an event made a workflow begin."""
    faults: int


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What is to be recorded as an event."""

    contact_id: str
    name: str
    data: JsonValue
    request: int
    idempotency_key: str | None = None


class Store(Database):
    """What the server has accepted. Every method is one transaction, durable when it returns."""

    def __init__(
        self,
        path: Path,
        clock: ServerClock | None = None,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        super().__init__(path, clock, new_id)
        self.keys = Keys(self)
        self.workflows = Workflows(self)
        self.segments = Segments(self)

    def last_request(self) -> int:
        """Find the highest request number that left a trace, 0 when none did."""
        (number,) = self.row(
            "SELECT max(coalesce((SELECT max(request) FROM events), 0),"
            " coalesce((SELECT max(request) FROM faults), 0))"
        )
        return int(number)

    def find_contact(self, email: str) -> Contact | None:
        """Find the contact with exactly this address."""
        row = self.connection.execute(
            "SELECT id, email, data, subscribed FROM contacts WHERE email = ?", (email,)
        ).fetchone()
        if row is None:
            return None
        return Contact(row[0], row[1], row[2] and json.loads(row[2]), bool(row[3]))

    def create_contact(
        self, email: str, data: dict[str, JsonValue] | None, *, subscribed: bool
    ) -> str:
        """Create a contact.

        Returns:
            Its id.

        Raises:
            AlreadyThere: When the address is taken.
        """
        contact_id, now = self.new_id(), self.clock.iso_now()
        try:
            self.connection.execute(
                "INSERT INTO contacts (id, email, data, subscribed, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (contact_id, email, _dump(data), subscribed, now, now),
            )
        except sqlite3.IntegrityError as error:
            raise AlreadyThere from error
        return contact_id

    def update_contact(
        self, contact_id: str, data: dict[str, JsonValue] | None, *, subscribed: bool | None
    ) -> None:
        """Overwrite a contact's data whole; `subscribed` None leaves that as it is."""
        self.connection.execute(
            "UPDATE contacts SET data = ?, subscribed = coalesce(?, subscribed), updated_at = ?"
            " WHERE id = ?",
            (_dump(data), subscribed, self.clock.iso_now(), contact_id),
        )

    def add_event(
        self,
        contact_id: str,
        name: str,
        data: JsonValue = None,
        *,
        request: int,
        idempotency_key: str | None = None,
        dispatch_after_seconds: float | None = None,
    ) -> StoredEvent:
        """Record an event, let workflows know of it, and see whether segments change.

        Args:
            contact_id: Whose event it is.
            name: The event's name; nothing is checked here.
            data: What was sent with it, wrappers included.
            request: The number of the request that brought it.
            idempotency_key: The key that came along, whether or not this build looks at it.
            dispatch_after_seconds: None to let workflows know at once; else how long until the
                server tries again, its first try having failed.

        Returns:
            Its id and when it arrived.
        """
        arrival = _Arrival(contact_id, name, data, request, idempotency_key)
        with self.transaction():
            return self._record(arrival, dispatch_after_seconds)

    def _record(
        self, arrival: _Arrival, dispatch_after_seconds: float | None = None
    ) -> StoredEvent:
        event = StoredEvent(self.new_id(), self.clock.iso_now())
        self.connection.execute(
            "INSERT INTO events (id, contact_id, name, data, created_at, request,"
            " idempotency_key) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(event.id, arrival.contact_id, arrival.name, _dump(arrival.data)),
                *(event.created_at, arrival.request, arrival.idempotency_key),
            ),
        )
        if dispatch_after_seconds is None:
            self.workflows.dispatch(event.id, arrival.contact_id, arrival.name)
        else:
            self.connection.execute(
                "INSERT INTO pending_dispatches (event_id, due_at) VALUES (?, ?)",
                (event.id, self.clock.now() + dispatch_after_seconds),
            )
        for name, data in self.segments.refresh(arrival.contact_id):
            self._record(_Arrival(arrival.contact_id, name, data, arrival.request))
        return event

    def pending_dispatches(self) -> list[tuple[str, float]]:
        """List the events that workflows do not know of yet, with the time of the next try.

        Returns:
            Ids, each with seconds since the Unix epoch by the server's clock.
        """
        found = self.connection.execute(
            "SELECT event_id, due_at FROM pending_dispatches ORDER BY due_at, event_id"
        )
        return found.fetchall()

    def dispatch(self, event_id: str) -> None:
        """Let workflows know of an event whose dispatch is pending; nothing happens twice."""
        with self.transaction():
            pending = self.connection.execute(
                "DELETE FROM pending_dispatches WHERE event_id = ?", (event_id,)
            )
            if pending.rowcount:
                contact_id, name = self.row(
                    "SELECT contact_id, name FROM events WHERE id = ?", event_id
                )
                self.workflows.dispatch(event_id, contact_id, name)

    def add_workflow(self, event: str, *, enabled: bool = True, allow_reentry: bool = False) -> str:
        """Create a workflow without steps that an event triggers, return its id."""
        return self.workflows.add(event, enabled=enabled, allow_reentry=allow_reentry)

    def add_fault(
        self, kind: str, *, seconds: float, request: int, idempotency_key: str | None, email: str
    ) -> int:
        """Note a fault before it strikes; what it left stored is not yet known.

        A `refuse` may cost other requests their connection too, for its seconds: those leave no
        row of their own.

        Returns:
            The number under which `settle_fault` finds it.
        """
        cursor = self.connection.execute(
            "INSERT INTO faults (request, kind, seconds, idempotency_key, email, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (request, kind, seconds, idempotency_key, email, self.clock.iso_now()),
        )
        assert cursor.lastrowid is not None  # noqa: S101 - an INSERT has one
        return cursor.lastrowid

    def settle_fault(self, fault_id: int, *, stored: bool) -> None:
        """Note whether the event of a struck request is stored."""
        self.connection.execute("UPDATE faults SET stored = ? WHERE seq = ?", (stored, fault_id))

    def counts(self) -> Counts:
        """Count what is stored."""
        return Counts(
            *self.row(
                "SELECT (SELECT count(*) FROM contacts), (SELECT count(*) FROM events),"
                " (SELECT count(*) FROM workflow_runs WHERE event_id != ''),"
                " (SELECT count(*) FROM faults)"
            )
        )


def _dump(value: JsonValue) -> str | None:
    return None if value is None else dump_json(value)
