"""Up to where a history has learnt what a run did, so that it need not be read again."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

TABLE = "CREATE TABLE IF NOT EXISTS learnt_runs (directory TEXT PRIMARY KEY, state TEXT NOT NULL)"
"""Made where it is missing: a history of before has none, and an older program passes it over."""


class LearntRuns:
    """Runs by their directories, each with the state in which the history knew all of it.

    `changing` is entered around every use: it makes a transaction of it and translates errors.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        changing: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._changing = changing
        with changing():
            connection.execute(TABLE)

    def note(self, directory: Path, state: str) -> None:
        """Note that all is known that a run had done in this state, a text unlike any other's."""
        with self._changing():
            self._connection.execute(
                "INSERT OR REPLACE INTO learnt_runs VALUES (?, ?)", (str(directory), state)
            )

    def is_known(self, directory: Path, state: str) -> bool:
        """Tell whether this is the state that was noted last."""
        with self._changing():
            found = self._connection.execute(
                "SELECT 1 FROM learnt_runs WHERE directory = ? AND state = ?",
                (str(directory), state),
            ).fetchone()
        return found is not None

    def forget(self) -> None:
        """Know of no run: what it did may be forgotten, and is to be learnt anew."""
        with self._changing():
            self._connection.execute("DELETE FROM learnt_runs")
