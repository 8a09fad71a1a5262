"""Rows that wait on disk for their contact's turn, so that they take no memory meanwhile."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from plunk_import.errors import OutputError

_TABLE = """CREATE TABLE waiting (
    contact TEXT, ordinal INTEGER, key TEXT, body TEXT, name TEXT, PRIMARY KEY (contact, ordinal)
    ) WITHOUT ROWID"""


class WaitingRow(NamedTuple):
    """What is needed to send a row later: `body` is its JSON text, `name` that of the event."""

    ordinal: int
    key: str
    body: str
    name: str


class Backlog:
    """The rows of contacts that have very many, in file order within each contact.

    They stand in a temporary file of SQLite's that no other process can open by name and that
    ends with the process. Nothing is made before the first row comes.

    Every method raises OutputError where the disk for temporary files is full.
    """

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._rows_of: Counter[str] = Counter()
        self._size = 0

    def __len__(self) -> int:
        """Rows that wait here."""
        return self._size

    def __contains__(self, contact: str) -> bool:
        """Tell whether rows of this contact wait here."""
        return contact in self._rows_of

    def add(self, contact: str, row: WaitingRow) -> None:
        """Put a row behind the others of its contact: its ordinal is above theirs."""
        with _translating():
            self._opened().execute("INSERT INTO waiting VALUES (?, ?, ?, ?, ?)", (contact, *row))
        self._rows_of[contact] += 1
        self._size += 1

    def take(self, contact: str, most: int) -> list[WaitingRow]:
        """Take the first rows of a contact out, `most` of them at most."""
        with _translating():
            found = self._opened().execute(
                "SELECT ordinal, key, body, name FROM waiting WHERE contact = ? "
                "ORDER BY ordinal LIMIT ?",
                (contact, most),
            )
            rows = [WaitingRow(*row) for row in found]
            self._opened().execute(
                "DELETE FROM waiting WHERE contact = ? AND ordinal <= ?",
                (contact, rows[-1].ordinal if rows else 0),
            )
        self._size -= len(rows)
        self._rows_of[contact] -= len(rows)
        if not self._rows_of[contact]:
            del self._rows_of[contact]
        return rows

    def close(self) -> None:
        """Drop everything."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._rows_of.clear()
        self._size = 0

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            # One transaction for good: nothing here is to survive the process.
            self._connection = sqlite3.connect("", isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute(_TABLE)
            self._connection.execute("BEGIN")
        return self._connection


@contextlib.contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OutputError(
            f"the disk for temporary files cannot hold the rows that wait for their contact's "
            f"turn ({error}). Free some space there, or set TMPDIR to a larger place, and resume."
        ) from error
