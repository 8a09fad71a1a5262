"""The rows of files that this program wrote: which of them were mended, and what they are known by.

A row that could not be read is mended by writing its cells anew. Where the cells are still those
that were told apart from its raw text, or the raw text was mended in their place, it is rejected
again.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.batch import ORIGIN, ROW, BadRow, FileBatch, Reader, bad_frame
from plunk_import.read.columns import column
from plunk_import.read.delimited.cells import Dialect, Records
from plunk_import.read.delimited.dialect import DELIMITERS
from plunk_import.read.faults import RecordFault
from plunk_import.read.own_columns import OwnColumns, own_columns_of

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

_FAULTS = frozenset(RecordFault)
_TORN = {RecordFault.TOO_MANY_CELLS, RecordFault.TOO_FEW_CELLS, RecordFault.STRAY_QUOTE}
"""Faults of rows whose raw text is wrong as it stands."""


class OwnRows:
    """A reader of rows that were rejected, or left in doubt, by an earlier command.

    Its frames have `ORIGIN` where the file says what its rows were known by.

    Args:
        reader: Reads the file as it was written.
        own: What our columns are called in it.
        options: How the file that the rows are from is to be read.

    """

    def __init__(self, reader: Reader, own: OwnColumns, options: "SourceOptions") -> None:
        self._reader = reader
        self._own = own
        marks = [options.delimiter] if options.delimiter else list(DELIMITERS)
        self._raw_forms = [Records(Dialect(mark, options.quote or None)) for mark in marks]
        self.schema = without_own(reader.schema)
        self.form = reader.form
        self.remarks = reader.remarks
        self.losses = reader.losses
        json = reader.json.items()
        self.json: Mapping[str, str] = {name: raw for name, raw in json if name in self.schema}
        self.has_origins = own.name("origin") in reader.schema

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Read anew; rows that nobody mended are bad."""
        for batch in self._reader.batches(after_row=after_row):
            yield self._judged(batch)

    def _judged(self, batch: FileBatch) -> FileBatch:
        frame, unread = batch.frame, self._without_own(batch.bad)
        raw = self._own.name("raw")
        if raw in frame.columns:
            torn = frame.filter(column(raw).is_not_null() & (column(raw) != ""))
            bad = [row for row in map(self._bad_row, torn.iter_rows(named=True)) if row]
            is_bad = pl.col(ROW).is_in([row.row_number for row in bad])
            refused = bad_frame(bad, self.schema.names())
            if self.has_origins:
                refused = refused.with_columns(frame.filter(is_bad).select(self._origin))
            unread = pl.concat([unread, refused], how="diagonal")
            frame = frame.filter(~is_bad)
        return dataclasses.replace(batch, frame=self._without_own(frame), bad=unread)

    @property
    def _origin(self) -> pl.Expr:
        return column(self._own.name("origin")).cast(pl.String).alias(ORIGIN)

    def _without_own(self, frame: pl.DataFrame) -> pl.DataFrame:
        own = self._own.among(frame.columns)
        if self._own.name("origin") in own:
            frame = frame.with_columns(self._origin)
        json = self._reader.json
        return frame.drop(own, [json[name] for name in own if json.get(name) in frame.columns])

    def _bad_row(self, row: Mapping[str, object]) -> BadRow | None:
        raw, code, message = (
            str(row[self._own.name(name)] or "") for name in ("raw", "code", "message")
        )
        cells = tuple(_text(row[name]) for name in self.schema)
        if not self._is_unmended(raw, code, cells):
            return None
        fault = RecordFault(code) if code in _FAULTS else RecordFault.INVALID_RECORD
        return BadRow(int(str(row[ROW])), fault, message, raw, cells if any(cells) else ())

    def _is_unmended(self, raw: str, code: str, cells: Sequence[str | None]) -> bool:
        if not any(cells):
            return True
        width = len(cells)
        found = [records.told_apart(raw, width) for records in self._raw_forms]
        if any(_is_same(one, cells) for one in found):
            return True
        text = raw.encode("utf-8", "surrogatepass")
        whole = [records.cells(text) for records in self._raw_forms]
        return code in _TORN and any(one is not None and len(one) == width > 1 for one in whole)


def own_rows(reader: Reader, options: "SourceOptions") -> Reader:
    """Return what reads the rows of a file of ours, or the reader itself for every other file."""
    own = own_columns_of(reader.schema.names())
    return OwnRows(reader, own, options) if own else reader


def without_own(schema: pl.Schema) -> pl.Schema:
    """Leave our columns out of the columns of a file of ours; every other keeps its columns."""
    own = own_columns_of(schema.names())
    ours = set(own.among(schema.names()) if own else ())
    return pl.Schema({name: dtype for name, dtype in schema.items() if name not in ours})


def _text(cell: object) -> str | None:
    return None if cell is None or cell == "" else str(cell)


def _is_same(told: Sequence[str | None], cells: Sequence[str | None]) -> bool:
    padded = [cell or None for cell in told]
    padded += [None] * (len(cells) - len(padded))
    return padded == list(cells)
