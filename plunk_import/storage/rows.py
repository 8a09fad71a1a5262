"""Reading a journal: where each row stands."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from plunk_import.storage.journal_file import KIND
from plunk_import.storage.line_reader import LineReader
from plunk_import.storage.sqlite import reading_file, translating
from plunk_import.storage.states import FINISHED, RowState


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

    @property
    def last_left(self) -> float:
        """About when its last request left, in Unix seconds, whenever it was noted."""
        return max(self.sent_at or 0.0, self.claimed_at or 0.0) or self.settled_at or 0.0


_SENT = (RowState.DELIVERED, RowState.REJECTED, RowState.IN_DOUBT)
_ENTRIES = """
    SELECT ordinal, state, key, ifnull(attempts, 0), claimed_at, first_claimed_at, sent_at,
        settled_at, settled_order, event_id, contact_id, request_id, reason FROM"""
_OUTCOMES = """
    SELECT ordinal, state, ifnull(attempts, 0), event_id, contact_id, timestamp, code, field,
        message, request_id, reason, sent_at, settled_at
    FROM rows WHERE ordinal BETWEEN ? AND ? ORDER BY ordinal"""
_FINISHED = "FROM rows NOT INDEXED WHERE ordinal BETWEEN ? AND ? AND state IN (?, ?, ?, ?)"
# All rows at once are counted many times as quickly as those of a state, and nearly all that a long
# run knows are delivered: 2 is RowState.DELIVERED.
_COUNTS = """
    WITH others (state, number) AS (
        SELECT state, count(*) FROM rows INDEXED BY rows_by_state WHERE state < 2 GROUP BY state
        UNION ALL
        SELECT state, count(*) FROM rows INDEXED BY rows_by_state WHERE state > 2 GROUP BY state)
    SELECT state, number FROM others
    UNION ALL SELECT 2, (SELECT count(*) FROM rows) - (SELECT ifnull(sum(number), 0) FROM others)"""
_DELIVERED_KEYS = """
    SELECT ordinal, key FROM rows NOT INDEXED WHERE state = ? AND ordinal > ? AND key NOT NULL
    ORDER BY ordinal LIMIT ?"""
_NEW_KEYS = """
    SELECT key FROM rows INDEXED BY rows_by_order
    WHERE settled_order > ? AND state = ? AND key NOT NULL"""
_OUTCOME_SCHEMA = {
    "ordinal": pl.UInt64(),
    "state": pl.UInt8(),
    "attempts": pl.UInt32(),
    **dict.fromkeys(("event_id", "contact_id", "timestamp"), pl.String()),
    **dict.fromkeys(("code", "field", "message", "request_id", "reason"), pl.String()),
    **dict.fromkeys(("sent_at", "settled_at"), pl.Float64()),
}
_PAGE_ROWS = 500
_BLOCK_ROWS = 100_000


class RowReader(LineReader):
    """Reads what is written in a journal; never what still waits to be written."""

    def counts(self) -> dict[RowState, int]:
        """Count the rows by state; a state without rows is left out."""
        return {RowState(state): count for state, count in self._fetch(_COUNTS) if count}

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

    def duplicates(self) -> pl.Series:
        """List the ordinals of the rows whose `id` an earlier row has, UInt64, ascending."""
        return self._ordinals("SELECT ordinal FROM duplicates ORDER BY ordinal")

    def finished(self, first: int, last: int) -> pl.Series:
        """List which of the rows `first` to `last` (ordinals) are not to be sent, ascending."""
        return self._ordinals(
            f"SELECT ordinal {_FINISHED} ORDER BY ordinal", first, last, *FINISHED
        )

    def count_finished(self, first: int, last: int) -> int:
        """Count those of the rows `first` to `last` (ordinals) that are not to be sent."""
        ((count,),) = self._fetch(f"SELECT count(*) {_FINISHED}", first, last, *FINISHED)
        return int(count)

    def in_doubt(self) -> Iterator[Entry]:
        """Iterate in order over the rows in doubt; they may be settled meanwhile."""
        return self._in_state(RowState.IN_DOUBT)

    def pending(self) -> Iterator[Entry]:
        """Iterate in order over the rows that were claimed and are to be sent again."""
        return self._in_state(RowState.PENDING)

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

    def delivered_keys(self, *, after: int = 0) -> Iterator[pl.Series]:
        """Iterate over the keys of delivered rows, a block at a time, for a history.

        Args:
            after: Only of those that were delivered after this note; 0 for all.

        """
        if after:
            yield from self._new_keys(after)
            return
        last = 0
        while found := self._fetch(_DELIVERED_KEYS, RowState.DELIVERED, last, _BLOCK_ROWS):
            yield pl.Series("key", [key for _, key in found], pl.String)
            last = found[-1][0]

    def _new_keys(self, after: int) -> Iterator[pl.Series]:
        with translating(self._path, KIND):
            found = self._connection.execute(_NEW_KEYS, (after, RowState.DELIVERED))
            while block := found.fetchmany(_BLOCK_ROWS):
                yield pl.Series("key", [key for (key,) in block], pl.String)

    def owns_event(self, event_id: str) -> bool:
        """Find out whether a row was delivered as this event, by reading every row."""
        return bool(self._fetch("SELECT 1 FROM rows WHERE event_id = ? LIMIT 1", event_id))

    def attempts_of_unfinished(self) -> dict[int, int]:
        """Read how many requests were made, by ordinal, for the rows whose end is open."""
        query = "SELECT ordinal, attempts FROM rows WHERE state IN (?, ?, ?) AND attempts > 0"
        open_states = (RowState.CLAIMED, RowState.IN_DOUBT, RowState.PENDING)
        return dict(self._fetch(query, *open_states))

    def _in_state(self, state: RowState) -> Iterator[Entry]:
        ordinals = self._ordinals(
            "SELECT ordinal FROM rows INDEXED BY rows_by_state WHERE state = ? ORDER BY ordinal",
            state,
        )
        for page in ordinals.to_frame().iter_slices(_PAGE_ROWS):
            marks = ", ".join("?" * page.height)
            query = f"{_ENTRIES} rows WHERE ordinal IN ({marks}) AND state = ? ORDER BY ordinal"
            for ordinal, *rest in self._fetch(query, *page["ordinal"], state):
                yield Entry(ordinal, state, *rest[1:])

    def _entries(self, source: str) -> Iterator[Entry]:
        """Read page by page, so that no open read keeps the write-ahead log from being cut."""
        page = f"{_ENTRIES} {source} AND ordinal > ? ORDER BY ordinal LIMIT ?"
        last = 0
        while found := self._fetch(page, last, _PAGE_ROWS):
            for ordinal, state, *rest in found:
                yield Entry(ordinal, RowState(state), *rest)
            last = found[-1][0]


@contextlib.contextmanager
def reading_journal(path: Path) -> Iterator[RowReader]:
    """Open a journal to look at it only, also while the run is at work on it.

    Raises:
        RunDirectoryError: There is no journal that could be relied on.

    """
    with reading_file(path, KIND) as connection:
        yield RowReader(path, connection)
