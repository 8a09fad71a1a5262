"""Rows of files take their places among all rows of a source."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from plunk_import.read.batch import BAD_SCHEMA, ORDINAL, ORIGIN, ROW, Batch, FileBatch
from plunk_import.read.columns import column
from plunk_import.read.input_file import InputFile, knows_origins
from plunk_import.read.locations import FileStart, Locations
from plunk_import.read.schema import widened
from plunk_import.read.value_texts import as_json

_JOINED_ROWS = 1 << 13
"""More rows than that make a batch worth its while."""


@dataclasses.dataclass(frozen=True, slots=True)
class Placing:
    """Makes batches of a source from those of its files.

    Attributes:
        schema: The source's columns.
        json: Columns whose values are kept as JSON, too, and the columns of frames that hold it.
        null_values: Texts that stand for nothing.
        has_origins: Whether any file knows what its rows were known by.

    """

    schema: pl.Schema
    json: Mapping[str, str]
    null_values: Sequence[str]
    has_origins: bool

    def placed(self, batch: FileBatch, files: Sequence[InputFile], starts: Sequence[int]) -> Batch:
        """Add the ordinals, and the columns of the whole source.

        Args:
            batch: Rows of files of one schema, numbered from the first row of the first file on.
            files: The files.
            starts: The ordinal of each one's first row.

        """
        named = (FileStart(file.name, start) for file, start in zip(files, starts, strict=True))
        locations = Locations(tuple(named), batch.lines.after(starts[0] - 1))
        read = self._numbered(batch.frame, files, locations)
        unread = self._numbered(batch.bad, files, locations)
        origin = (ORIGIN,) if self.has_origins else ()
        known = set(unread.columns)
        cells = (column(name) for name in (*self.schema, *origin) if name in known)
        bad = unread.select(ORDINAL, *BAD_SCHEMA, *cells)
        return Batch(self._read(read, files, locations), bad, locations)

    def _numbered(
        self, rows: pl.DataFrame, files: Sequence[InputFile], locations: Locations
    ) -> pl.DataFrame:
        """Add ordinals, and what the files' directories stand for."""
        ordinals = (rows[ROW] + (locations.files[0].ordinal - 1)).alias(ORDINAL)
        added = [
            locations.of_each([file.partitions[name] for file in files], ordinals).alias(name)
            for name in files[0].partitions
        ]
        if len(files) > 1:
            added.append(locations.row_of(ordinals).alias(ROW))
        return rows.with_columns(ordinals, *added)

    def _read(
        self, read: pl.DataFrame, files: Sequence[InputFile], locations: Locations
    ) -> pl.DataFrame:
        """Select the source's columns, each of its type, and the JSON of some."""
        found = read.schema  # a frame builds it anew whenever it is asked for
        place = functools.partial(_place, read, locations)
        others = [
            widened(read, own, dtype, place=place)
            for own, dtype in self.schema.items()
            if found[own] != dtype
        ]
        origin = [ORIGIN] if self.has_origins else []
        # By name: to plan an expression for each of very many columns costs ten times as much.
        names = [ORDINAL, ROW, *origin, *self.schema]
        frame = read.with_columns(*others, *self._origin(files[0]))[names]
        if self.null_values:
            absent = pl.col(pl.String).is_in(self.null_values)
            frame = frame.with_columns(pl.when(~absent).then(pl.col(pl.String)))
        return frame.with_columns(
            pl.when(column(name).is_not_null())
            .then(read[raw] if raw in found else as_json(column(name)))
            .alias(raw)
            for name, raw in self.json.items()
        )

    def _origin(self, file: InputFile) -> Iterator[pl.Expr]:
        """Select what rows that come back were known by; null in files that are read first."""
        if self.has_origins:
            known = pl.col(ORIGIN).cast(pl.String) if knows_origins(file) else pl.lit(None)
            yield known.cast(pl.String).alias(ORIGIN)


def _place(rows: pl.DataFrame, locations: Locations, at: int) -> str:
    """Name the file and the row of one of these rows."""
    ordinal = rows[ORDINAL].slice(at, 1)
    return f"{locations.file_of(ordinal).item()}: row {locations.row_of(ordinal).item()}"


def joined(batches: Iterator[Batch], *, most_bytes: int) -> Iterator[Batch]:
    """Join small batches of several files: each batch costs, whatever its size.

    Args:
        batches: In order.
        most_bytes: About how large those are at most that come out of it joined.

    """
    waiting: list[Batch] = []
    rows = size_bytes = 0
    for batch in batches:
        batch_bytes = int(batch.frame.estimated_size()) if batch.size <= _JOINED_ROWS else 0
        is_full = rows + batch.size > _JOINED_ROWS or size_bytes + batch_bytes > most_bytes
        if waiting and (is_full or waiting[-1].locations.files[-1] in batch.locations.files):
            yield _one(waiting)
            waiting, rows, size_bytes = [], 0, 0
        if batch.size > _JOINED_ROWS:
            yield batch
            continue
        waiting.append(batch)
        rows += batch.size
        size_bytes += batch_bytes
    if waiting:
        yield _one(waiting)


def _one(batches: Sequence[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    return Batch(
        pl.concat([batch.frame for batch in batches], rechunk=True),
        pl.concat([batch.bad for batch in batches], how="diagonal"),
        Locations.joined([batch.locations for batch in batches]),
    )
