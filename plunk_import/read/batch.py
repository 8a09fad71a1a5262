"""A batch: a block of rows, as it goes through every stage from reading to the files.

The columns of its frames that are not the source's own have names that no file gives a column:

- `ROW`: the row number, from 1 within its file. It is what people are shown, in every file.
- `ORDINAL`: the row's number over all files of the source, from 1. It is what the program counts
  and remembers by, and is shown to nobody.
- `CODE`, `MESSAGE`, `RAW`: why a row could not be read, and its text as it stands in the file.
- `ORIGIN`: in rows that come back, as rejects do: what they were known by where they came from.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Protocol

import polars as pl

from plunk_import.read.faults import RecordFault
from plunk_import.read.lines import NO_LINES, Lines
from plunk_import.read.locations import Locations
from plunk_import.read.marks import TextEnd

MARK = "\0plunk-import "
"""What the names of our own columns begin with, and of no others."""
ORDINAL, ROW, ORIGIN, CODE, MESSAGE, RAW = (
    MARK + name for name in ("ordinal", "row", "origin", "code", "message", "raw")
)
BAD_SCHEMA = pl.Schema({ROW: pl.UInt64, **dict.fromkeys((CODE, MESSAGE, RAW), pl.String)})


class Form(IntEnum):
    """How much a file says of the types of its cells; of several files the most counts."""

    TEXT = 0
    """Nothing: all cells are text."""
    JSON = 1
    """Each value has a type of its own."""
    COLUMNS = 2
    """Each column has a type."""


_JSON_MARK = f"{MARK}json "


def json_name(name: str) -> str:
    """Name the column of a frame that holds the JSON of another column's values."""
    return _JSON_MARK + name


@dataclasses.dataclass(frozen=True, slots=True)
class BadRow:
    """A record that could not be read.

    Attributes:
        row_number: Its number within its file, from 1.
        code: What makes it unreadable.
        message: What is wrong, for a person.
        raw: The record's text as it stands in the file.
        cells: Its first cells, as far as they can be told apart.

    """

    row_number: int
    code: RecordFault
    message: str
    raw: str
    cells: tuple[str | None, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class FileBatch:
    """Consecutive rows of one file, as a reader knows them.

    Attributes:
        frame: `ROW`, then the file's columns, and the JSON of some (`Reader.json`).
        bad: The rows that could not be read, as the columns of `BAD_SCHEMA`, and those of the
            file's columns of which any cell is known.
        last_row: The row number of the last row up to here, whether or not its rows are in `frame`.
        lines: On which lines of the file its rows begin.
        end: Where its text ends, where reading can begin there.

    """

    frame: pl.DataFrame
    bad: pl.DataFrame
    last_row: int
    lines: Lines = NO_LINES
    end: TextEnd | None = None

    @property
    def has_rows(self) -> bool:
        """Whether it holds any, good or bad."""
        return bool(self.frame.height or self.bad.height)


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows of a source, of one file or several.

    Attributes:
        frame: `_ordinal`, `_row`, the source's columns, then the JSON of some (`Source.json`).
        bad: The rows that could not be read, as `_ordinal`, the columns of `BAD_SCHEMA`, and those
            of the source's columns of which any cell is known.
        locations: In which files and on which lines the rows stand.

    """

    frame: pl.DataFrame
    bad: pl.DataFrame
    locations: Locations

    @property
    def size(self) -> int:
        """How many rows it holds, good and bad."""
        return self.frame.height + self.bad.height

    @property
    def span(self) -> tuple[int, int]:
        """The ordinals of its first and its last row; (0, 0) if it has none."""
        parts = (self.frame, self.bad)
        firsts = (part[ORDINAL].item(0) for part in parts if part.height)
        return min(firsts, default=0), self.last_ordinal

    @property
    def last_ordinal(self) -> int:
        """The ordinal of its last row; 0 if it has none."""
        parts = (self.frame, self.bad)
        return max((part[ORDINAL].item(-1) for part in parts if part.height), default=0)


class Reader(Protocol):
    """One local file, ready to be read any number of times."""

    @property
    def schema(self) -> pl.Schema:
        """The source's columns, in the file's order."""

    @property
    def form(self) -> Form:
        """How much the file says of the types of its cells."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was changed so that every column has a name of its own, in sentences."""

    @property
    def losses(self) -> tuple[str, ...]:
        """What of the file's values could not be read, in sentences."""

    @property
    def json(self) -> Mapping[str, str]:
        """Columns whose values are kept as JSON, too, and the columns of frames that hold it."""

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Read anew; batches that end at or before `after_row` come without their rows."""


def numbered(frame: pl.DataFrame, rows: Sequence[int] | range) -> pl.DataFrame:
    """Put `ROW` in front of a frame."""
    if isinstance(rows, range):
        numbers = pl.int_range(rows.start, rows.stop, dtype=pl.UInt64, eager=True)
    else:
        numbers = pl.Series(rows, dtype=pl.UInt64)
    return frame.clone().insert_column(0, numbers.alias(ROW))


def bad_frame(rows: Sequence[BadRow], columns: Sequence[str] = ()) -> pl.DataFrame:
    """Build a frame of `BAD_SCHEMA` and, where the rows have cells, of the first `columns`."""
    records = [(row.row_number, row.code.value, row.message, row.raw) for row in rows]
    frame = pl.DataFrame(records, schema=BAD_SCHEMA, orient="row")
    width = max((len(row.cells) for row in rows), default=0)
    return frame.with_columns(
        pl.Series(
            name,
            [row.cells[at] if at < len(row.cells) else None for row in rows],
            dtype=pl.String,
        )
        for at, name in enumerate(columns[:width])
    )
