"""Up to where a history has learnt what a run did, so that it need not be read again."""

from pathlib import Path

from plunk_import.storage.history_table import HistoryTable


class LearntRuns(HistoryTable):
    """Runs by their directories, each with the state in which the history knew all of it."""

    table = (
        "CREATE TABLE IF NOT EXISTS learnt_runs (directory TEXT PRIMARY KEY, state TEXT NOT NULL)"
    )

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
