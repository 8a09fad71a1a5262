"""Takes what the server accepts, keeps it in one SQLite file that outlives a killed process."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from plunk_import.sandbox.answers import iso_time
from plunk_import.sandbox.javascript import JsonValue, dump_json

KEY_LIFETIME_SECONDS = 24 * 60 * 60

_SCHEMA = """
CREATE TABLE IF NOT EXISTS contacts (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE, data TEXT,
    subscribed INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, contact_id TEXT NOT NULL,
    name TEXT NOT NULL, data TEXT, created_at TEXT NOT NULL,
    request INTEGER NOT NULL, idempotency_key TEXT);
CREATE INDEX IF NOT EXISTS events_of_contact ON events (contact_id, seq);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, claimed_at REAL NOT NULL, status INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workflows (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    event TEXT NOT NULL, enabled INTEGER NOT NULL, allow_reentry INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS workflow_runs (
    seq INTEGER PRIMARY KEY, workflow_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    event_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS runs_of_contact ON workflow_runs (workflow_id, contact_id);
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY, request INTEGER NOT NULL, kind TEXT NOT NULL,
    seconds REAL NOT NULL, idempotency_key TEXT, email TEXT NOT NULL, stored INTEGER,
    created_at TEXT NOT NULL);
"""


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
class KeyClaim:
    """An idempotency key in use; `status` is None while its request is in flight."""

    key: str
    claimed_at: float
    status: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a sandbox has stored."""

    contacts: int
    events: int
    workflow_runs: int
    faults: int


class Store:
    """The sandbox's database. Every method is one transaction, durable when it returns."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        # One thread at a time uses it, though not always the one that opened it.
        self.connection = sqlite3.connect(
            path, isolation_level=None, timeout=10, check_same_thread=False
        )
        # NORMAL loses nothing when the process is killed; a sandbox need not outlive a power cut.
        self.connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        self.connection.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; other connections to it go on."""
        self.connection.close()

    def last_request(self) -> int:
        """Find the highest request number that left a trace, 0 when none did."""
        (number,) = self._row(
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
        """Create a contact, return its id. Raises AlreadyThere when the address is taken."""
        contact_id, now = str(uuid4()), self._now()
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
            (_dump(data), subscribed, self._now(), contact_id),
        )

    def add_event(
        self,
        contact_id: str,
        name: str,
        data: JsonValue = None,
        *,
        request: int,
        idempotency_key: str | None = None,
    ) -> StoredEvent:
        """Record an event and start the workflows that listen to it."""
        event = StoredEvent(str(uuid4()), self._now())
        with self._transaction():
            self.connection.execute(
                "INSERT INTO events (id, contact_id, name, data, created_at, request,"
                " idempotency_key) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    event.id,
                    contact_id,
                    name,
                    _dump(data),
                    event.created_at,
                    request,
                    idempotency_key,
                ),
            )
            self.connection.execute(
                "INSERT INTO workflow_runs (workflow_id, contact_id, event_id)"
                " SELECT id, ?1, ?2 FROM workflows AS w WHERE event = ?3 AND enabled"
                " AND (allow_reentry OR NOT EXISTS (SELECT 1 FROM workflow_runs"
                " WHERE workflow_id = w.id AND contact_id = ?1))",
                (contact_id, event.id, name),
            )
        return event

    def claim_key(self, key: str) -> KeyClaim | None:
        """Claim an idempotency key: None when it was free, else the claim that stands."""
        now = self._clock()
        with self._transaction():
            self.connection.execute(
                "DELETE FROM idempotency_keys WHERE key = ? AND claimed_at <= ?",
                (key, now - KEY_LIFETIME_SECONDS),
            )
            claimed = self.connection.execute(
                "INSERT OR IGNORE INTO idempotency_keys (key, claimed_at) VALUES (?, ?)",
                (key, now),
            )
        if claimed.rowcount:
            return None
        claimed_at, status = self._row(
            "SELECT claimed_at, status FROM idempotency_keys WHERE key = ?", key
        )
        return KeyClaim(key, claimed_at, status)

    def free_key(self, key: str) -> None:
        """Give an idempotency key back."""
        self.connection.execute("DELETE FROM idempotency_keys WHERE key = ?", (key,))

    def mark_key(self, key: str, status: int) -> None:
        """Note how the request that claimed a key ended."""
        self.connection.execute(
            "UPDATE idempotency_keys SET status = ? WHERE key = ?", (status, key)
        )

    def add_workflow(self, event: str, *, enabled: bool = True, allow_reentry: bool = False) -> str:
        """Create a workflow that an event triggers, return its id."""
        workflow_id = str(uuid4())
        self.connection.execute(
            "INSERT INTO workflows (id, name, event, enabled, allow_reentry)"
            " VALUES (?, ?, ?, ?, ?)",
            (workflow_id, f"On {event}", event, enabled, allow_reentry),
        )
        return workflow_id

    def ensure_workflow(self, event: str) -> None:
        """See to it that an enabled workflow listens to an event."""
        (known,) = self._row("SELECT count(*) FROM workflows WHERE event = ? AND enabled", event)
        if not known:
            self.add_workflow(event)

    def add_fault(
        self, kind: str, *, seconds: float, request: int, idempotency_key: str | None, email: str
    ) -> int:
        """Note a fault before it strikes; what it left stored is not yet known.

        A `refuse` may cost other requests their connection too, for its seconds: those leave no
        row of their own.
        """
        cursor = self.connection.execute(
            "INSERT INTO faults (request, kind, seconds, idempotency_key, email, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (request, kind, seconds, idempotency_key, email, self._now()),
        )
        assert cursor.lastrowid is not None  # noqa: S101 - an INSERT has one
        return cursor.lastrowid

    def settle_fault(self, fault_id: int, *, stored: bool) -> None:
        """Note whether the event of a struck request is stored."""
        self.connection.execute("UPDATE faults SET stored = ? WHERE seq = ?", (stored, fault_id))

    def counts(self) -> Counts:
        """Count what is stored."""
        return Counts(
            *self._row(
                "SELECT (SELECT count(*) FROM contacts), (SELECT count(*) FROM events),"
                " (SELECT count(*) FROM workflow_runs), (SELECT count(*) FROM faults)"
            )
        )

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Ask the database anything, for tests and reports; each row as a dict."""
        cursor = self.connection.execute(query, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # No method waits inside a transaction, so requests never meet within one.
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def _row(self, query: str, *parameters: object) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self.connection.execute(query, parameters).fetchone()
        return row

    def _now(self) -> str:
        return iso_time(datetime.fromtimestamp(self._clock(), UTC))


def _dump(value: JsonValue) -> str | None:
    return None if value is None else dump_json(value)
