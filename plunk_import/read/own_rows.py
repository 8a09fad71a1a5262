"""The rows of files that this program wrote: which of them were mended, and what they are known by.

A row that could not be read is mended by writing its cells anew. Where the cells are still those
that were told apart from its raw text, or the raw text was mended in their place, it is rejected
again.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read.batch import OWN_COLUMNS, BadRow, FileBatch, Reader, bad_frame
from plunk_import.read.delimited.cells import Dialect, Records
from plunk_import.read.delimited.dialect import DELIMITERS
from plunk_import.read.faults import RecordFault
from plunk_import.read.own_files import are_own

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

ORIGIN = "_origin"
_FAULTS = frozenset(RecordFault)
_TORN = {RecordFault.TOO_MANY_CELLS, RecordFault.TOO_FEW_CELLS, RecordFault.STRAY_QUOTE}
"""Faults of rows whose raw text is wrong as it stands."""


class OwnRows:
    """A reader of rows that were rejected, or left in doubt, by an earlier command.

    Args:
        reader: Reads the file as it was written.
        options: How the file that the rows are from is to be read.

    """

    def __init__(self, reader: Reader, options: "SourceOptions") -> None:
        self._reader = reader
        marks = [options.delimiter] if options.delimiter else list(DELIMITERS)
        self._raw_forms = [Records(Dialect(mark, options.quote or None)) for mark in marks]
        self.schema = reader.schema
        self.typed = reader.typed
        self.remarks = reader.remarks
        self.json: Mapping[str, str] = reader.json
        self._columns = [name for name in reader.schema if name not in OWN_COLUMNS]

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Read anew; rows that nobody mended are bad."""
        for batch in self._reader.batches(after_row=after_row):
            yield self._judged(batch)

    def _judged(self, batch: FileBatch) -> FileBatch:
        frame = batch.frame
        if not {"_raw", "_code", "_message"}.issubset(frame.columns):
            return batch
        torn = frame.filter(pl.col("_raw").is_not_null() & (pl.col("_raw") != ""))
        bad = [row for row in map(self._bad_row, torn.iter_rows(named=True)) if row]
        if not bad:
            return batch
        is_bad = pl.col("_row").is_in([row.row_number for row in bad])
        kept, refused = frame.filter(~is_bad), bad_frame(bad, self._columns)
        if ORIGIN in frame.columns:
            refused = refused.with_columns(frame.filter(is_bad)[ORIGIN])
        unread = pl.concat([batch.bad, refused], how="diagonal")
        return dataclasses.replace(batch, frame=kept, bad=unread)

    def _bad_row(self, row: Mapping[str, object]) -> BadRow | None:
        raw, code, message = (str(row[name] or "") for name in ("_raw", "_code", "_message"))
        cells = tuple(_text(row[name]) for name in self._columns)
        if not self._is_unmended(raw, code, cells):
            return None
        fault = RecordFault(code) if code in _FAULTS else RecordFault.INVALID_RECORD
        return BadRow(int(str(row["_row"])), fault, message, raw, cells)

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
    return OwnRows(reader, options) if are_own(reader.schema.names()) else reader


def _text(cell: object) -> str | None:
    return None if cell is None or cell == "" else str(cell)


def _is_same(told: Sequence[str | None], cells: Sequence[str | None]) -> bool:
    padded = [cell or None for cell in told]
    padded += [None] * (len(cells) - len(padded))
    return padded == list(cells)
