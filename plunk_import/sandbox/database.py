"""The SQLite file in which a sandbox keeps everything, and its tables."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from plunk_import.sandbox.clock import ServerClock

_SCHEMA = """
CREATE TABLE IF NOT EXISTS contacts (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE, data TEXT,
    subscribed INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, contact_id TEXT NOT NULL,
    name TEXT NOT NULL, data TEXT, created_at TEXT NOT NULL,
    request INTEGER NOT NULL, idempotency_key TEXT);
CREATE INDEX IF NOT EXISTS events_of_contact ON events (contact_id, seq);
CREATE TABLE IF NOT EXISTS pending_dispatches (
    event_id TEXT PRIMARY KEY, due_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, claimed_at REAL NOT NULL, status INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workflows (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    event TEXT NOT NULL, enabled INTEGER NOT NULL, allow_reentry INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS workflow_steps (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, workflow_id TEXT NOT NULL,
    type TEXT NOT NULL, name TEXT NOT NULL, config TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS steps_of_workflow ON workflow_steps (workflow_id, seq);
CREATE TABLE IF NOT EXISTS workflow_runs (
    seq INTEGER PRIMARY KEY, workflow_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    event_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS runs_of_contact ON workflow_runs (workflow_id, contact_id);
CREATE TABLE IF NOT EXISTS workflow_waits (
    run INTEGER PRIMARY KEY, contact_id TEXT NOT NULL, event TEXT NOT NULL, step INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS waits_of_contact ON workflow_waits (contact_id, event);
CREATE TABLE IF NOT EXISTS fired_steps (
    seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, workflow_id TEXT NOT NULL,
    contact_id TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, event_id TEXT NOT NULL,
    created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS segments (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    condition TEXT NOT NULL, tracks_membership INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS memberships (
    segment_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    PRIMARY KEY (segment_id, contact_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY, request INTEGER NOT NULL, kind TEXT NOT NULL,
    seconds REAL NOT NULL, idempotency_key TEXT, email TEXT NOT NULL, stored INTEGER,
    created_at TEXT NOT NULL);
"""


def random_id() -> str:
    """Make an id as the real server does, a random UUID."""
    return str(uuid4())


class Database:
    """One connection to the file. What has been committed outlives a killed process.

    A path of `:memory:` keeps everything in memory, for a simulation.
    """

    def __init__(
        self,
        path: Path,
        clock: ServerClock | None = None,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        self.clock = clock or ServerClock()
        self.new_id = new_id
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

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Ask the database anything, for tests and reports; each row as a dict."""
        cursor = self.connection.execute(query, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, query: str, *parameters: object) -> tuple[Any, ...]:
        """Ask for the one row that a query has."""
        found: tuple[Any, ...] = self.connection.execute(query, parameters).fetchone()
        return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is written within, or none of it."""
        # Nothing waits inside a transaction, so requests never meet within one.
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
