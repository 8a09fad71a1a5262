"""What a journal is told at once, apart from the claims and outcomes of rows on their way."""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from plunk_import.read import ORDINAL
from plunk_import.storage.journal_file import KIND
from plunk_import.storage.rows import RowReader
from plunk_import.storage.sqlite import transaction, translating
from plunk_import.storage.states import RowState

NOTE = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"
DUPLICATE = "INSERT INTO duplicates VALUES (?)"


class Annotations(RowReader):
    """Changes a journal at once and durably: each method blocks for the disk."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        super().__init__(path, connection)
        self._changing_lock = threading.Lock()

    def skip(self, ordinals: pl.Series) -> None:
        """Note at once that these rows' keys were delivered by an earlier run.

        Of the rows that the journal knows already, only pending ones change. Blocks for the disk.
        """
        with self._changing() as connection:
            connection.executemany(
                "INSERT INTO rows (ordinal, state) VALUES (?, ?) ON CONFLICT (ordinal) "
                "DO UPDATE SET state = excluded.state WHERE state = ?",
                ((ordinal, RowState.SKIPPED, RowState.PENDING) for ordinal in ordinals),
            )

    def take_over(self, part: RowReader) -> None:
        """Copy every row of another journal, of which none is here yet."""
        with self._changing() as connection:
            for row in part.copied_rows():
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO rows VALUES ({marks})", row)  # noqa: S608 - marks

    def name_rows(self, events: pl.DataFrame) -> None:
        """Fill in `email` and `event` of rows that an older plunk-import claimed, by `ORDINAL`."""
        with self._changing() as connection:
            connection.executemany(
                "UPDATE rows SET email = ?, event = ? WHERE ordinal = ? AND email IS NULL",
                events.select("email", "event", ORDINAL).iter_rows(),
            )

    def note(self, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Keep one more JSON value about the run, in place of one of the same name."""
        self.note_all({name: value})

    def note_all(self, values: Mapping[str, Any]) -> None:
        """Keep several JSON values at once."""
        with self._changing() as connection:
            connection.executemany(NOTE, encoded(values))

    def note_first_pass(self, values: Mapping[str, Any], duplicates: pl.Series | None) -> None:
        """Keep what a first pass found, in place of what one found before, all of it or none.

        Args:
            values: JSON values about the run.
            duplicates: Ordinals of the rows whose `id` an earlier row has.

        """
        with self._changing() as connection:
            connection.executemany(NOTE, encoded(values))
            connection.execute("DELETE FROM duplicates")
            connection.executemany(DUPLICATE, in_rows(duplicates))

    def forget(self, name: str) -> None:
        """Drop a JSON value about the run, if there is one of this name."""
        with self._changing() as connection:
            connection.execute("DELETE FROM meta WHERE name = ?", (name,))

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        with self._changing_lock, translating(self._path, KIND), transaction(connection):
            yield connection


def encoded(meta: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write JSON values as `NOTE` takes them."""
    return [(name, json.dumps(value)) for name, value in meta.items()]


def in_rows(ordinals: pl.Series | None) -> Iterator[tuple[int]]:
    """Write ordinals as `DUPLICATE` takes them; none for None."""
    return zip(() if ordinals is None else ordinals, strict=True)
