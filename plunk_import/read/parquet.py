"""Parquet and Arrow IPC: takes a local file, gives its rows with their own types."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.chunk import Chunk, bad_frame, numbered

CHUNK_ROWS = 1 << 17


class ColumnarReader:
    """One Parquet or Arrow file; `name` is for errors."""

    typed = True

    def __init__(self, path: Path, *, name: str, kind: str) -> None:
        self._name = name
        self._kind = kind
        self._path = path
        with self._translated():
            self._frame = pl.scan_parquet(path) if kind == "parquet" else pl.scan_ipc(path)
            self.schema = self._frame.collect_schema()
            self._rows = self._frame.select(pl.len()).collect().item()
        if not self._rows:
            raise SourceError(f"{name}: the file has columns but no rows. Export it again.")

    def chunks(self, *, after_row: int) -> Iterator[Chunk]:
        """Read anew, beginning after `after_row`."""
        nothing = bad_frame([])
        row = min(after_row, self._rows)
        yield Chunk(numbered(self.schema.to_frame(), []), nothing, row)
        with self._translated():
            rest = self._frame.slice(row)
            for frame in rest.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True):
                rows = range(row + 1, row + 1 + frame.height)
                row += frame.height
                yield Chunk(numbered(frame, rows), nothing, row)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise SourceError(
                f"{self._name}: this is no whole {self._kind} file ({reason}). Copy or export it "
                "again."
            ) from error
