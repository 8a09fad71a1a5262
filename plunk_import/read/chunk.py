"""What every reader gives: takes rows good and bad, gives them as one frozen value."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl

# What our own files add to a source. A mended rejects file is read without them.
OWN_COLUMNS = frozenset(
    f"_{name}"
    for name in (
        *("ordinal", "row", "file", "code", "field", "message"),
        *("stage", "reason", "request_id", "raw"),
    )
)
BAD_SCHEMA = pl.Schema(
    {"_row": pl.UInt64, "_code": pl.String, "_message": pl.String, "_raw": pl.String}
)


@dataclasses.dataclass(frozen=True, slots=True)
class BadRow:
    """One record that could not be taken; `row` is its number within its file, from 1."""

    row: int
    code: str
    message: str
    raw: str


@dataclasses.dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive rows of one file.

    `frame` has `_row` and the source's columns, `bad` has `BAD_SCHEMA`; both are in row order.
    `last_row` counts all rows of the file up to here, those that were skipped included.
    """

    frame: pl.DataFrame
    bad: pl.DataFrame
    last_row: int

    @property
    def size(self) -> int:
        """How many rows it has, good and bad."""
        return self.frame.height + self.bad.height


class Reader(Protocol):
    """One local file, ready to be read any number of times."""

    @property
    def schema(self) -> pl.Schema:
        """The source's columns, in the file's order."""

    @property
    def typed(self) -> bool:
        """Whether the types come from the file; text has only strings."""

    def chunks(self, *, after_row: int) -> Iterator[Chunk]:
        """Read anew; chunks that end at or before `after_row` come without their rows."""


def numbered(frame: pl.DataFrame, rows: Sequence[int] | range) -> pl.DataFrame:
    """Put the numbers of its rows in front of a frame, in place of columns of our own."""
    if isinstance(rows, range):
        numbers = pl.int_range(rows.start, rows.stop, dtype=pl.UInt64, eager=True)
    else:
        numbers = pl.Series(rows, dtype=pl.UInt64)
    return frame.drop(OWN_COLUMNS, strict=False).insert_column(0, numbers.alias("_row"))


def bad_frame(rows: Sequence[BadRow]) -> pl.DataFrame:
    """Give the rows as a frame of `BAD_SCHEMA`."""
    records = [(row.row, row.code, row.message, row.raw) for row in rows]
    return pl.DataFrame(records, schema=BAD_SCHEMA, orient="row")
