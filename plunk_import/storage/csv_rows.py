"""Rows on their way into a CSV file, with what a spreadsheet would run kept from it."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import polars as pl

from plunk_import.read import MARK, as_cells, column
from plunk_import.storage.durable import copy_bytes, writing
from plunk_import.storage.source_lines import SourceLines
from plunk_import.storage.spreadsheets import defused, defused_files


class CsvRows:
    """Writes rows as CSV.

    Args:
        stream: Takes the text.
        path: What the file will be called; what stands there now can be taken over.
        beside: Knows the names of our columns.
        columns: Which of them there are.

    """

    def __init__(
        self, stream: IO[bytes], path: Path, beside: SourceLines, columns: Sequence[str]
    ) -> None:
        self.stream = stream
        self.at = 0
        self._path = path
        # A raw text is the source's own, as its cells are.
        self._told = [beside.own.name(name[1:]) for name in columns if name != "_raw"]
        self._file = [beside.own.name("file")] if beside.name_files else []

    def add(self, rows: pl.DataFrame) -> None:
        """Write some rows, the header before the first ones."""
        cells = rows.select(column(name) for name in rows.columns if not name.startswith(MARK))
        lines = as_cells(
            cells.with_columns(*map(defused, self._told), *map(defused_files, self._file))
        )
        if not self.at or len(lines):
            text = io.BytesIO()
            with writing(self._path):
                lines.write_csv(text, include_header=not self.at)
                self.stream.write(text.getbuffer())
            self.at += text.tell()

    def take_over(self, start: int, stop: int) -> None:
        """Take bytes over from the file that is to be replaced."""
        with writing(self._path):
            copy_bytes(self._path, self.stream, start, stop)
        self.at += stop - start

    def finish(self) -> None:
        """Nothing is left to do."""
