"""Files of columns with types of their own: their rows, a block at a time."""

import contextlib
from collections.abc import Iterator

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import Batch, bad_frame, numbered

BATCH_ROWS = 1 << 17


class ColumnarReader:
    """One file that polars scans.

    Args:
        scan: The file's rows.
        name: The file as the user named it.
        kind: What the format is called in messages.

    """

    typed = True

    def __init__(self, scan: pl.LazyFrame, *, name: str, kind: str) -> None:
        self._name = name
        self._kind = kind
        self._frame = scan
        with self._translated():
            self.schema = self._frame.collect_schema()
            self._rows = self._frame.select(pl.len()).collect().item()
        if not self._rows:
            raise SourceError(f"{name}: the file has columns but no rows. Export it again.")

    def batches(self, *, after_row: int) -> Iterator[Batch]:
        """Read anew, beginning after `after_row`."""
        nothing = bad_frame([])
        row = min(after_row, self._rows)
        yield Batch(self._name, numbered(self.schema.to_frame(), []), nothing, row)
        with self._translated():
            rest = self._frame.slice(row)
            for frame in rest.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
                rows = range(row + 1, row + 1 + frame.height)
                row += frame.height
                yield Batch(self._name, numbered(frame, rows), nothing, row)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise SourceError(
                f"{self._name}: this is not a whole {self._kind} file ({reason}). Copy or export "
                "it again."
            ) from error
