"""What a history remembers of the last runs themselves, beside the keys they delivered."""

import json
from datetime import datetime
from typing import Any

from plunk_import.storage.history_table import HistoryTable

KEPT = 10
"""So many runs of each name are kept, the latest."""


class PastRuns(HistoryTable):
    """Runs of a history by scope and name, each as any JSON value."""

    table = """CREATE TABLE IF NOT EXISTS past_runs (
    scope TEXT NOT NULL, name TEXT NOT NULL, began_at REAL NOT NULL,
    value TEXT NOT NULL CHECK (json_valid(value)), PRIMARY KEY (scope, name, began_at))"""

    def remember(self, value: Any, *, scope: str, name: str, began: datetime) -> None:  # noqa: ANN401 - any JSON value
        """Keep what a run was like; a run that went on and ended anew replaces itself."""
        with self._changing():
            self._connection.execute(
                "INSERT OR REPLACE INTO past_runs VALUES (?, ?, ?, ?)",
                (scope, name, began.timestamp(), json.dumps(value)),
            )
            self._connection.execute(
                "DELETE FROM past_runs WHERE scope = ?1 AND name = ?2 AND began_at NOT IN (SELECT "
                "began_at FROM past_runs WHERE scope = ?1 AND name = ?2 "
                "ORDER BY began_at DESC LIMIT ?3)",
                (scope, name, KEPT),
            )

    def last(self, *, scope: str, name: str, before: datetime) -> Any:  # noqa: ANN401 - any JSON value
        """Return the latest that began before this moment, or None.

        What a clock that was wrong has put into the future is nobody's last run.
        """
        with self._changing():
            found = self._connection.execute(
                "SELECT value FROM past_runs WHERE scope = ? AND name = ? AND began_at < ? "
                "ORDER BY began_at DESC LIMIT 1",
                (scope, name, before.timestamp()),
            ).fetchone()
        return None if found is None else json.loads(found[0])
