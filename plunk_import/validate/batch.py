"""One block of rows on its way: as it was read, and what validation made of it."""

from dataclasses import dataclass

import polars as pl

from plunk_import.read import CODE, MESSAGE, ORDINAL, ROW, Batch, Locations

REJECT_SCHEMA = pl.Schema(
    {
        ORDINAL: pl.UInt64(),
        ROW: pl.UInt64(),
        "_code": pl.List(pl.String()),
        "_field": pl.List(pl.String()),
        "_message": pl.List(pl.String()),
    }
)
"""The columns of every batch's rejects: of one row, each code stands beside its field and message.

A message begins with its field, where there is one.
"""

_SEPARATOR = "; "


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """A batch of the source with its verdicts: which rows are events, and why others are not.

    Attributes:
        read: The rows as they were read.
        events: What will be sent, without its bodies: `ORDINAL`, `ROW`, `email`, `event`.
        rejects: What will not, in row order, with the columns of `REJECT_SCHEMA`.
        notices: What deserves a look among the events, with the same columns.
        filtered: How many rows the mapping's `where` left out.
        sure: How many rows of the whole batch were told to be good at a glance, and never read with
            care.
        identities: What tells its rows by their `id`, where that was asked for: `_ordinal` and
            `identity`, of every row that has one.
        span: The ordinals of the first and the last row of the whole batch, also where a shard has
            only a part of it.

    """

    read: Batch
    events: pl.DataFrame
    rejects: pl.DataFrame
    notices: pl.DataFrame
    filtered: int
    sure: int = 0
    identities: pl.DataFrame | None = None
    span: tuple[int, int] = (0, 0)

    @property
    def locations(self) -> Locations:
        """Where its rows stand."""
        return self.read.locations

    @property
    def rows(self) -> int:
        """How many rows of the source this batch holds, readable or not."""
        return self.read.size

    @property
    def reject_lines(self) -> pl.DataFrame:
        """The rejects as files show them: what a row has several of is joined by `; `."""
        return self.rejects.with_columns(pl.col(pl.List(pl.String)).list.join(_SEPARATOR))

    @property
    def source(self) -> pl.DataFrame:
        """The source's own cells: `ORDINAL`, `ROW`, its columns, the JSON of some.

        Of rows that could not be read, the cells that can be told apart, and `RAW`, their text.
        """
        if not len(self.read.bad):
            return self.read.frame
        unread = self.read.bad.drop(CODE, MESSAGE)
        return pl.concat([self.read.frame, unread], how="diagonal").sort(ORDINAL)


@dataclass(frozen=True, slots=True)
class ValidatedBatch(JudgedBatch):
    """A batch of the source with its events, ready to be sent, and rejects.

    Its `events` have `body` (JSON text), `key`, and `whole_key` too, the key that the row would
    have if whole floats in its id were integers (`101.0` is 101), null where there are none.
    """
