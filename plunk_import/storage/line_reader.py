"""What the files of a run need from its journal."""

from collections.abc import Iterator, Sequence

import polars as pl

from plunk_import.read import ORDINAL
from plunk_import.storage.journal_reader import JournalReader
from plunk_import.storage.states import RowState

FIELD_END = "\x1f"
"""Stands between the fields of a line."""

# As Python's own objects a million rows would take several seconds to be read. The ends of fields
# stand in the format itself: put there by SQLite, they cost a quarter of the whole.
_FIELDS = FIELD_END.join(("%d", "%s", "%s", "%s", "%s", "%s", "%d"))
_TEXT = f"""
    SELECT count(*), ifnull(CAST(group_concat(line, char(10)) AS BLOB), x'') FROM (
        SELECT printf(
            '{_FIELDS}',
            ordinal - ?, email, event, event_id, contact_id, timestamp, ifnull(attempts, 0)
        ) AS line FROM rows NOT INDEXED
        WHERE state = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal)"""  # noqa: S608 - no text but our own
_ROWS = """
    SELECT ordinal - ?, email, event, event_id, contact_id, timestamp, ifnull(attempts, 0)
    FROM rows NOT INDEXED WHERE state = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal"""
_LINE_SCHEMA = {
    "row": pl.UInt64(),
    **dict.fromkeys(("email", "event", "event_id", "contact_id", "timestamp"), pl.String()),
    "attempts": pl.UInt32(),
}
# 1, 2 and 4 are RowState.CLAIMED, DELIVERED and IN_DOUBT.
_DOUBTED = """
    SELECT email FROM rows INDEXED BY once_in_doubt
        WHERE reason IS NOT NULL AND state IN (1, 2, 4)
    UNION SELECT email FROM rows INDEXED BY rows_by_state WHERE state IN (1, 4)"""
_SENT_TO = f"""
    SELECT ordinal, email, state, reason, timestamp, sent_at FROM rows NOT INDEXED
    WHERE state IN (1, 2, 4) AND email IN ({_DOUBTED}) ORDER BY ordinal"""  # noqa: S608 - no text but our own
_SENT_SCHEMA = {
    ORDINAL: pl.UInt64(),
    "email": pl.String(),
    "state": pl.UInt8(),
    **dict.fromkeys(("reason", "timestamp"), pl.String()),
    "sent_at": pl.Float64(),
}
_PAGE_ROWS = 10_000


class LineReader(JournalReader):
    """Reads of a journal what becomes lines of a file."""

    def side_by_side(self) -> Sequence["LineReader"]:
        """Return readers of the same journal that may read at one time, each in its thread."""
        return (self,)

    def last_ordinal(self) -> int:
        """Return the ordinal of the last row that the journal knows; 0 where it knows none."""
        ((last,),) = self._fetch("SELECT ifnull(max(ordinal), 0) FROM rows")
        return int(last)

    def has_unnamed(self) -> bool:
        """Tell whether contact and event are missing of rows that an older plunk-import claimed."""
        return bool(
            self._fetch(
                "SELECT 1 FROM rows INDEXED BY unnamed WHERE email IS NULL AND state <> 6 LIMIT 1"
            )
        )

    def delivered_text(self, first: int, last: int, *, before: int) -> tuple[int, bytes]:
        """Read the delivered rows from ordinal `first` to `last` as text, in row order.

        Args:
            first: The first ordinal.
            last: The last one.
            before: How many rows the files before theirs have.

        Returns:
            How many they are, and a line for each: row, email, event, event id, contact id,
            timestamp and attempts, with `FIELD_END` in between, each as it is.

        """
        ((lines, text),) = self._fetch(_TEXT, before, RowState.DELIVERED, first, last)
        return lines, text

    def delivered_rows(self, first: int, last: int, *, before: int) -> pl.DataFrame:
        """Read the same as a frame."""
        found = self._fetch(_ROWS, before, RowState.DELIVERED, first, last)
        return pl.DataFrame(found, schema=_LINE_SCHEMA, orient="row")

    def refused_since(self, order: int) -> pl.Series:
        """List the rows (ordinals, ascending) that Plunk has refused after this note."""
        return self._ordinals(
            "SELECT ordinal FROM rows INDEXED BY rows_by_state "
            "WHERE state = ? AND settled_order > ? ORDER BY ordinal",
            *(RowState.REJECTED, order),
        )

    def unsettled(self) -> pl.Series:
        """List the rows (ordinals, ascending) in doubt, and those claimed without an outcome."""
        return self._ordinals(
            "SELECT ordinal FROM rows INDEXED BY rows_by_state WHERE state IN (?, ?) "
            "ORDER BY ordinal",
            *(RowState.IN_DOUBT, RowState.CLAIMED),
        )

    def first_ended_since(self, order: int) -> int | None:
        """Find the first row (its ordinal) that ended as delivered or skipped after this note."""
        ((first,),) = self._fetch(
            "SELECT min(ordinal) FROM rows INDEXED BY rows_by_order "
            "WHERE settled_order > ? AND state IN (?, ?)",
            *(order, RowState.DELIVERED, RowState.SKIPPED),
        )
        return None if first is None else int(first)

    def sent_to_doubted(self) -> Iterator[pl.DataFrame]:
        """Read all rows of contacts of which one was ever in doubt, in order, as far as sent."""
        page: list[tuple[object, ...]] = []
        # SQLite goes through all rows even where none of them can match.
        for row in self._rows(_SENT_TO) if self._fetch(f"{_DOUBTED} LIMIT 1") else ():
            page.append(row)
            if len(page) == _PAGE_ROWS:
                yield pl.DataFrame(page, schema=_SENT_SCHEMA, orient="row")
                page.clear()
        yield pl.DataFrame(page, schema=_SENT_SCHEMA, orient="row")
