"""Files of columns with types of their own: their rows, a block at a time."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import FileBatch, Form, bad_frame, numbered
from plunk_import.read.dtypes import accept_odd_types, readable
from plunk_import.read.failures import EmptyFileError, library_failures

BATCH_ROWS = 1 << 17


class ColumnarReader:
    """One file that polars scans.

    Args:
        scan: The file's rows.
        promised: How many rows the file says it has; None where it does not say.
        int96: Names of the columns of times in 96 bits.
        name: The file as the user named it.
        kind: What the format is called in messages.

    """

    form = Form.COLUMNS
    remarks = ()
    json: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self,
        scan: pl.LazyFrame,
        *,
        name: str,
        kind: str,
        promised: int | None = None,
        int96: frozenset[str] = frozenset(),
    ) -> None:
        self._name = name
        self._kind = kind
        with library_failures(name, kind=kind):
            accept_odd_types()
            self._frame = scan.select(readable(scan.collect_schema(), int96=int96))
            self.schema = self._frame.collect_schema()
            counted = scan.select(pl.len()).collect().item()
        self._rows = counted if promised is None else promised
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
        nothing = bad_frame([])
        row = min(after_row, self._rows)
        yield FileBatch(numbered(self.schema.to_frame(), []), nothing, row)
        for frame in self._frames(row):
            rows = range(row + 1, row + 1 + frame.height)
            row += frame.height
            yield FileBatch(numbered(frame, rows), nothing, row)
        # A decoder that panics in a thread of its own ends the rows without an error.
        if row != self._rows:
            raise self._short(row)

    def _frames(self, row: int) -> Iterator[pl.DataFrame]:
        came = row
        failures = library_failures(self._name, kind=self._kind, row=lambda: came)
        with failures:
            rest = self._frame.slice(row)
            for frame in rest.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
                came += frame.height
                yield frame

    def _short(self, came: int) -> SourceError:
        return SourceError(
            f"{self._name}: this {self._kind} promises {self._rows:,} rows, but {came:,} can "
            "be read: it is damaged, or uses a feature that is not supported here. Copy or export "
            "it again."
        )
