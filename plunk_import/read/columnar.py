"""Files of columns with types of their own: their rows, a block at a time."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import ROW, FileBatch, Form, bad_frame, numbered
from plunk_import.read.dtypes import accept_odd_types, readable
from plunk_import.read.failures import EmptyFileError, library_failures
from plunk_import.read.partition import Span

BATCH_ROWS = 1 << 16
_ROW_BYTES = 100
"""What a row of a few columns takes in memory, more or less."""
_READ_AHEAD_ROWS = 1 << 17
"""polars reads ahead as it likes, which is hundreds of MB: so it is given no more rows at once."""


class ColumnarReader:
    """One file that polars scans.

    Args:
        scan: The file's rows.
        promised: How many rows the file says it has; None where it does not say.
        groups: How many rows it keeps together, one group after the other, if it does so.
        int96: Names of the columns of times in 96 bits.
        lacking: Columns of types that polars lacks, and what these are called.
        name: The file as the user named it.
        kind: What the format is called in messages.

    """

    form = Form.COLUMNS
    remarks = ()
    losses = ()
    json: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self,
        scan: pl.LazyFrame,
        *,
        name: str,
        kind: str,
        promised: int | None = None,
        groups: Sequence[int] = (),
        int96: frozenset[str] = frozenset(),
        lacking: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._name = name
        self._kind = kind
        with library_failures(name, kind=kind):
            accept_odd_types()
            self._frame = scan.select(
                readable(scan.collect_schema(), int96=int96, lacking_types=lacking)
            )
            self.schema = self._frame.collect_schema()
            counted = scan.select(pl.len()).collect().item()
        self._rows = counted if promised is None else promised
        self._stops = tuple(_stops(groups if sum(groups) == self._rows else (self._rows,)))
        if counted != self._rows:
            raise self._short(counted)
        if not self._rows:
            complaint = f"{name}: the file has columns but no rows"
            raise EmptyFileError(complaint, self.schema, form=Form.COLUMNS)

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Read anew, beginning after `after_row`.

        Raises:
            SourceError: The file is damaged; above all, fewer rows came than it promises.

        """
        return self._between(min(after_row, self._rows), self._rows)

    def spans(self, part_bytes: int) -> Iterator[Span]:
        """Cut the file into as many rows as take about so much, at the end of groups if it can."""
        rows, start = max(1, part_bytes // _ROW_BYTES), 0
        ends = self._stops if len(self._stops) > 1 else range(rows, self._rows + rows, rows)
        for stop in (min(end, self._rows) for end in ends):
            if stop - start >= rows or stop == self._rows:
                yield Span(start, stop)
                start = stop

    def part(self, span: Span, *, rows_before: int, after_row: int) -> Iterator[FileBatch]:
        """Read a part of the file."""
        start = min(span.start + max(0, after_row - rows_before), span.stop)
        for batch in self._between(start, span.stop):
            shift = rows_before - span.start
            frame = batch.frame.with_columns((pl.col(ROW).cast(pl.Int64) + shift).cast(pl.UInt64))
            yield FileBatch(frame, batch.bad, batch.last_row + shift)

    def _between(self, row: int, stop: int) -> Iterator[FileBatch]:
        nothing = bad_frame([])
        yield FileBatch(numbered(self.schema.to_frame(), []), nothing, row)
        for frame in self._frames(row, stop):
            rows = range(row + 1, row + 1 + frame.height)
            row += frame.height
            yield FileBatch(numbered(frame, rows), nothing, row)

    def _frames(self, row: int, end: int) -> Iterator[pl.DataFrame]:
        came = row
        with library_failures(self._name, kind=self._kind, row=lambda: came):
            for stop in (*(stop for stop in self._stops if row < stop < end), end):
                part = self._frame.slice(came, stop - came)
                for frame in part.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
                    came += frame.height
                    yield frame
                # A decoder that panics in a thread of its own ends the rows without an error.
                if came < stop:
                    raise self._short(came)

    def _short(self, came: int) -> SourceError:
        return SourceError(
            f"{self._name}: this {self._kind} promises {self._rows:,} rows, but {came:,} can "
            "be read: it is damaged, or uses a feature that is not supported here. Copy or export "
            "it again."
        )


def _stops(groups: Sequence[int]) -> Iterator[int]:
    """Find the rows after which reading may begin anew: at the end of a group, not too often."""
    begin = row = 0
    for rows in groups:
        row += rows
        if row - begin >= _READ_AHEAD_ROWS:
            yield row
            begin = row
    if row > begin:
        yield row
