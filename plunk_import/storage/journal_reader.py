"""Questions to a journal: how they are asked, and when its rows were sent and settled."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from plunk_import.errors import PlunkImportError
from plunk_import.storage.journal_file import KIND
from plunk_import.storage.sqlite import damaged, translating
from plunk_import.storage.states import RowState

_SENT = (RowState.DELIVERED, RowState.REJECTED, RowState.IN_DOUBT)
_BLOCK_ROWS = 100_000


class JournalReader:
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

    def delivery_span(self) -> tuple[datetime | None, datetime | None]:
        """Find when the first and the last delivery were noted, UTC; None where there is none."""
        first, last = self._span(RowState.DELIVERED)
        return _moment(first), _moment(last)

    def settled_span(self) -> tuple[float | None, float | None]:
        """Find when the first and the last row that was sent was settled, in Unix seconds."""
        spans = [self._span(state) for state in _SENT]
        firsts = [first for first, _ in spans if first is not None]
        lasts = [last for _, last in spans if last is not None]
        return min(firsts, default=None), max(lasts, default=None)

    def settled_by(self, start: float, seconds: float) -> dict[int, tuple[int, int]]:
        """Count deliveries and rows in doubt in each of the intervals of this length from start."""
        _, last = self.settled_span()
        if last is None:
            return {}
        bounds = [start + number * seconds for number in range(int((last - start) // seconds) + 1)]
        counts = {
            number: (
                self._count(RowState.DELIVERED, begin, end),
                self._count(RowState.IN_DOUBT, begin, end),
            )
            for number, (begin, end) in enumerate(pairwise([*bounds, float("inf")]))
        }
        return {number: found for number, found in counts.items() if any(found)}

    def latencies(self, *, most: int = 100_000) -> pl.Series:
        """List the seconds between request and reply of up to `most` of the last deliveries."""
        found = self._fetch(
            # By ordinal: SQLite would rather sort all that is delivered.
            "SELECT settled_at - sent_at FROM rows NOT INDEXED "
            "WHERE state = ? AND sent_at NOT NULL ORDER BY ordinal DESC LIMIT ?",
            *(RowState.DELIVERED, most),
        )
        return pl.Series("seconds", [seconds for (seconds,) in found], pl.Float64)

    def orders(self) -> tuple[int, int]:
        """Read the number of the last note, and that of the last request known to be stored."""
        ((last,),) = self._fetch("SELECT ifnull(max(settled_order), 0) FROM rows")
        # A row in doubt keeps the number of its doubt, however often it is sent again.
        ((left,),) = self._fetch(
            "SELECT ifnull(max(left_order), 0) FROM rows INDEXED BY rows_by_state "
            "WHERE state IN (?, ?, ?)",
            *(RowState.CLAIMED, RowState.IN_DOUBT, RowState.PENDING),
        )
        return max(last, left), self._last_stored()

    def _last_stored(self) -> int:
        stored = 0
        for left, settled in self._rows(
            "SELECT left_order, settled_order FROM rows INDEXED BY rows_by_order "
            "WHERE state = ? AND event_id NOT NULL AND left_order NOT NULL "
            "ORDER BY settled_order DESC",
            RowState.DELIVERED,
        ):
            if settled <= stored:  # no earlier note is of a request that left later
                break
            stored = max(stored, left)
        return stored

    def _span(self, state: RowState) -> tuple[float | None, float | None]:
        first, last = (
            self._fetch(f"SELECT {bound}(settled_at) FROM rows WHERE state = ?", state)  # noqa: S608
            for bound in ("min", "max")
        )
        return first[0][0], last[0][0]

    def _count(self, state: RowState, begin: float, end: float) -> int:
        query = "SELECT count(*) FROM rows WHERE state = ? AND settled_at >= ? AND settled_at < ?"
        ((count,),) = self._fetch(query, state, begin, end)
        return int(count)

    def _fetch(self, statement: str, *parameters: object) -> list[Any]:
        with translating(self._path, KIND):
            return self._connection.execute(statement, parameters).fetchall()

    def _rows(self, statement: str, *parameters: object) -> Iterator[Any]:
        with translating(self._path, KIND):
            yield from self._connection.execute(statement, parameters)

    def _ordinals(self, statement: str, *parameters: object) -> pl.Series:
        blocks = [pl.Series("ordinal", [], dtype=pl.UInt64)]
        with translating(self._path, KIND):
            found = self._connection.execute(statement, parameters)
            while block := found.fetchmany(_BLOCK_ROWS):
                blocks.append(pl.Series("ordinal", [ordinal for (ordinal,) in block], pl.UInt64))
        return pl.concat(blocks)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
