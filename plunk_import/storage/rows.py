"""Reading a journal: where each row stands."""

import contextlib
import dataclasses
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from plunk_import.errors import PlunkImportError, RunDirectoryError
from plunk_import.storage.sqlite import FileKind, damaged, reading_file, translating
from plunk_import.storage.states import FINISHED, RowState

NEW_RUN_WARNING = (
    "A new run of the same file would send again all that this run delivered. What avoids that: "
    "the --history that this run was given, if it had one; an `id` in the mapping, as long as the "
    "server still holds the keys of this run; or importing only the rows that Plunk, asked for "
    "the events of their contacts, does not have."
)
"""Stands wherever going on with a run is refused."""


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One row as the journal knows it; times in Unix seconds, by the wall clock.

    `key` is that of the last request. `claimed_at` is the row's first claim since it was last known
    not to be stored, and `first_claimed_at` the first claim of its `key`, which no later try moves:
    from then on the server may know the key. All three are None for a row that this run never
    claimed. `settled_order` tells when the row was settled last, by the order of the journal's own
    notes, which no clock can turn round.
    """

    ordinal: int
    state: RowState
    key: str | None
    attempts: int
    claimed_at: float | None
    first_claimed_at: float | None
    sent_at: float | None
    settled_at: float | None
    settled_order: int | None
    event_id: str | None
    contact_id: str | None
    request_id: str | None
    reason: str | None

    @property
    def left_by(self) -> float:
        """The latest moment at which a request for this row can have left, in Unix seconds."""
        return self.sent_at or self.settled_at or self.claimed_at or 0.0


_SENT = (RowState.DELIVERED, RowState.REJECTED, RowState.IN_DOUBT)
KIND = FileKind(
    noun="journal",
    application_id=0x706C6B6A,
    version=2,
    oldest_version=2,
    statements=(
        """CREATE TABLE rows (
            ordinal INTEGER PRIMARY KEY, state INTEGER NOT NULL, key TEXT, attempts INTEGER,
            claimed_at REAL, first_claimed_at REAL, sent_at REAL, settled_at REAL, event_id TEXT,
            contact_id TEXT, timestamp TEXT, code TEXT, field TEXT, message TEXT, request_id TEXT,
            reason TEXT, left_order INTEGER, settled_order INTEGER,
            CHECK (typeof(state) = 'integer' AND state BETWEEN 1 AND 6),
            CHECK (typeof(key) IN ('text', 'null')),
            CHECK (typeof(attempts) IN ('integer', 'null')),
            CHECK (typeof(claimed_at) IN ('real', 'null')),
            CHECK (typeof(first_claimed_at) IN ('real', 'null')),
            CHECK (typeof(sent_at) IN ('real', 'null')),
            CHECK (typeof(settled_at) IN ('real', 'null')),
            CHECK (typeof(left_order) IN ('integer', 'null')),
            CHECK (typeof(settled_order) IN ('integer', 'null')))""",
        # A row may go back to a key it had before: that key is as old as it ever was.
        """CREATE TABLE former_keys (
            ordinal INTEGER, key TEXT, first_claimed_at REAL, PRIMARY KEY (ordinal, key)
            ) WITHOUT ROWID""",
        """CREATE TRIGGER keep_former_key BEFORE UPDATE OF key ON rows
            WHEN old.key IS NOT NULL AND old.key IS NOT new.key
            BEGIN
                INSERT INTO former_keys SELECT old.ordinal, old.key, old.first_claimed_at
                WHERE NOT EXISTS (
                    SELECT 1 FROM former_keys WHERE ordinal = old.ordinal AND key = old.key);
            END""",
        "CREATE INDEX rows_by_state ON rows (state)",
        # 2 is RowState.DELIVERED: so few rows that the index costs nothing.
        "CREATE INDEX unidentified ON rows (ordinal) WHERE state = 2 AND event_id IS NULL",
        "CREATE TABLE duplicates (ordinal INTEGER PRIMARY KEY)",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL CHECK (json_valid(value)))",
    ),
    wrong=RunDirectoryError,
    remedy="Give the directory of an earlier run.",
    loss=NEW_RUN_WARNING,
    too_old=(
        "it was begun by an older plunk-import, whose journal does not tell how long the server "
        "has known each key, so going on could send rows twice. Finish the run with the version "
        f"that began it, for instance `uvx plunk-import@0.1.0 resume DIR`. {NEW_RUN_WARNING}"
    ),
)
_ENTRIES = """
    SELECT ordinal, state, key, ifnull(attempts, 0), claimed_at, first_claimed_at, sent_at,
        settled_at, settled_order, event_id, contact_id, request_id, reason FROM"""
_OUTCOMES = """
    SELECT ordinal, state, ifnull(attempts, 0), event_id, contact_id, timestamp, code, field,
        message, request_id, reason, sent_at, settled_at
    FROM rows WHERE ordinal BETWEEN ? AND ? ORDER BY ordinal"""
_FINISHED_ORDINALS = "SELECT ordinal FROM rows WHERE state IN (?, ?, ?, ?)"
_DELIVERED_KEYS = """
    SELECT ordinal, key FROM rows WHERE state = ? AND ordinal > ? AND key NOT NULL
    ORDER BY ordinal LIMIT ?"""
_OUTCOME_SCHEMA = {
    "ordinal": pl.UInt64(),
    "state": pl.UInt8(),
    "attempts": pl.UInt32(),
    **dict.fromkeys(("event_id", "contact_id", "timestamp"), pl.String()),
    **dict.fromkeys(("code", "field", "message", "request_id", "reason"), pl.String()),
    **dict.fromkeys(("sent_at", "settled_at"), pl.Float64()),
}
_PAGE_ROWS = 1_000
_BLOCK_ROWS = 100_000


class RowReader:
    """Reads what is written in a journal; never what still waits to be written."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def meta(self) -> dict[str, Any]:
        """Read what the run is about, as it was told to `Journal.create` and `Journal.note`."""
        found = self._fetch("SELECT name, value FROM meta")
        return {name: json.loads(value) for name, value in found}

    def damaged(self, finding: str) -> PlunkImportError:
        """Say that the journal does not hold what was written into it, and what that means."""
        return damaged(self._path, KIND, finding)

    def counts(self) -> dict[RowState, int]:
        """Count the rows by state; a state without rows is left out."""
        found = self._fetch("SELECT state, count(*) FROM rows GROUP BY state")
        return {RowState(state): count for state, count in found}

    def copied_rows(self) -> Iterator[tuple[object, ...]]:
        """Read every row as it stands, for another journal."""
        with translating(self._path, KIND):
            yield from self._connection.execute("SELECT * FROM rows")

    def rejects_by_code(self) -> dict[str, int]:
        """Count the rows that Plunk refused by its code, the most frequent first."""
        found = self._fetch(
            "SELECT ifnull(code, ''), count(*) AS number FROM rows WHERE state = ? "
            "GROUP BY code ORDER BY number DESC, code",
            RowState.REJECTED,
        )
        return dict(found)

    def finished(self) -> pl.Series:
        """List the ordinals (UInt64, ascending) of all rows that are not to be sent."""
        return self._ordinals(_FINISHED_ORDINALS, *FINISHED).sort()

    def duplicates(self) -> pl.Series:
        """List the ordinals kept by `Journal.save_duplicates`, UInt64, ascending."""
        return self._ordinals("SELECT ordinal FROM duplicates ORDER BY ordinal")

    def in_doubt(self) -> Iterator[Entry]:
        """Iterate in order over the rows in doubt; they may be settled meanwhile."""
        return self._entries(f"rows WHERE state = {RowState.IN_DOUBT:d}")

    def pending(self) -> Iterator[Entry]:
        """Iterate in order over the rows that were claimed and are to be sent again."""
        return self._entries(f"rows WHERE state = {RowState.PENDING:d}")

    def unidentified(self) -> Iterator[Entry]:
        """Iterate in order over the delivered rows whose event id the server did not tell."""
        # SQLite would rather go through all that is delivered.
        return self._entries(
            f"rows INDEXED BY unidentified WHERE state = {RowState.DELIVERED:d} "
            "AND event_id IS NULL"
        )

    def outcomes(self, first: int, last: int) -> pl.DataFrame:
        """Read what is known of the rows `first` to `last` (ordinals, both included), in order.

        Columns: ordinal, state (the number of its RowState), attempts, event_id, contact_id,
        timestamp, code, field, message, request_id, reason, sent_at, settled_at (Unix seconds).
        """
        parts = [pl.DataFrame(schema=_OUTCOME_SCHEMA)]
        with translating(self._path, KIND):
            found = self._connection.execute(_OUTCOMES, (first, last))
            # As Python's objects they take many times the room, so there are few of them at once.
            while page := found.fetchmany(_PAGE_ROWS):
                parts.append(pl.DataFrame(page, schema=_OUTCOME_SCHEMA, orient="row"))
        return pl.concat(parts)

    def delivered_keys(self) -> Iterator[pl.Series]:
        """Iterate over the keys of all delivered rows, a block at a time, for a history."""
        last = 0
        while found := self._fetch(_DELIVERED_KEYS, RowState.DELIVERED, last, _BLOCK_ROWS):
            yield pl.Series("key", [key for _, key in found], pl.String)
            last = found[-1][0]

    def owns_event(self, event_id: str) -> bool:
        """Find out whether a row was delivered as this event, by reading every row."""
        return bool(self._fetch("SELECT 1 FROM rows WHERE event_id = ? LIMIT 1", event_id))

    def delivery_span(self) -> tuple[datetime | None, datetime | None]:
        """Find when the first and the last delivery were noted, UTC; None where there is none."""
        query = "SELECT min(settled_at), max(settled_at) FROM rows WHERE state = ?"
        ((first, last),) = self._fetch(query, RowState.DELIVERED)
        return _moment(first), _moment(last)

    def settled_span(self) -> tuple[float | None, float | None]:
        """Find when the first and the last row that was sent was settled, in Unix seconds."""
        query = "SELECT min(settled_at), max(settled_at) FROM rows WHERE state IN (?, ?, ?)"
        ((first, last),) = self._fetch(query, *_SENT)
        return first, last

    def settled_by(self, start: float, seconds: float) -> dict[int, tuple[int, int]]:
        """Count deliveries and rows in doubt in each of the intervals of this length from start."""
        found = self._fetch(
            "SELECT CAST((settled_at - ?) / ? AS INTEGER) AS number, sum(state = ?), "
            "sum(state = ?) FROM rows WHERE state IN (?, ?, ?) AND settled_at NOT NULL "
            "GROUP BY number",
            *(start, seconds, RowState.DELIVERED, RowState.IN_DOUBT, *_SENT),
        )
        return {number: (delivered, in_doubt) for number, delivered, in_doubt in found}

    def latencies(self, *, most: int = 100_000) -> pl.Series:
        """List the seconds between request and reply of up to `most` of the last deliveries."""
        found = self._fetch(
            "SELECT settled_at - sent_at FROM rows WHERE state = ? AND sent_at NOT NULL "
            "ORDER BY ordinal DESC LIMIT ?",
            *(RowState.DELIVERED, most),
        )
        return pl.Series("seconds", [seconds for (seconds,) in found], pl.Float64)

    def attempts_of_unfinished(self) -> dict[int, int]:
        """Read how many requests were made, by ordinal, for the rows whose end is open."""
        query = "SELECT ordinal, attempts FROM rows WHERE state IN (?, ?, ?) AND attempts > 0"
        open_states = (RowState.CLAIMED, RowState.IN_DOUBT, RowState.PENDING)
        return dict(self._fetch(query, *open_states))

    def orders(self) -> tuple[int, int]:
        """Read the number of the last note, and that of the last request known to be stored."""
        query = (
            "SELECT max(max(ifnull(left_order, 0), ifnull(settled_order, 0))), "
            "max(left_order) FILTER (WHERE state = ? AND event_id NOT NULL) FROM rows"
        )
        ((last, stored),) = self._fetch(query, RowState.DELIVERED)
        return last or 0, stored or 0

    def _fetch(self, statement: str, *parameters: object) -> list[Any]:
        with translating(self._path, KIND):
            return self._connection.execute(statement, parameters).fetchall()

    def _entries(self, source: str) -> Iterator[Entry]:
        """Read page by page, so that no open read keeps the write-ahead log from being cut."""
        page = f"{_ENTRIES} {source} AND ordinal > ? ORDER BY ordinal LIMIT ?"
        last = 0
        while found := self._fetch(page, last, _PAGE_ROWS):
            for ordinal, state, *rest in found:
                yield Entry(ordinal, RowState(state), *rest)
            last = found[-1][0]

    def _ordinals(self, statement: str, *parameters: object) -> pl.Series:
        blocks = [pl.Series("ordinal", [], dtype=pl.UInt64)]
        with translating(self._path, KIND):
            found = self._connection.execute(statement, parameters)
            while block := found.fetchmany(_BLOCK_ROWS):
                blocks.append(pl.Series("ordinal", [ordinal for (ordinal,) in block], pl.UInt64))
        return pl.concat(blocks)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@contextlib.contextmanager
def reading_journal(path: Path) -> Iterator[RowReader]:
    """Open a journal to look at it only, also while the run is at work on it.

    Raises:
        RunDirectoryError: There is no journal that could be relied on.

    """
    with reading_file(path, KIND) as connection:
        yield RowReader(path, connection)
