"""Quotes that close too late: cells that swallowed the rows behind them."""

import polars as pl

from plunk_import.read.delimited.cells import Dialect

_FEWEST_ENDS = 4
_FEWEST_ROWS = {1: 20}
"""By the delimiters of a row: how many lines within a cell must look like rows; else three.

A line of prose may well hold one comma, but hardly several lines the very same number of them.
"""
_MOST = 0.75


class RunawayQuotes:
    """Finds cells that hold many lines with as many delimiters as a row has."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        self._delimiter = dialect.delimiter
        self._line_end = dialect.line_end
        self._delimiters = width - 1
        self._fewest = _FEWEST_ROWS.get(self._delimiters, 3)

    def are_in(self, frame: pl.DataFrame, line_ends: int) -> bool:
        """Tell whether any cell swallowed rows; `line_ends` are those of the frame's text."""
        if not self._delimiters or line_ends - frame.height < _FEWEST_ENDS:
            return False
        ends = pl.all().str.count_matches(self._line_end, literal=True)
        for cells in frame.select(pl.all().filter(ends >= _FEWEST_ENDS).implode()).row(0):
            if any(self.swallowed(cell) for cell in cells):
                return True
        return False

    def swallowed(self, cell: str | None) -> int:
        """Count the lines that a cell swallowed; 0 where it looks like a text of its own."""
        if not self._delimiters or not cell or cell.count(self._line_end) < _FEWEST_ENDS:
            return 0
        inner = cell.split(self._line_end)[1:-1]
        alike = sum(line.count(self._delimiter) == self._delimiters for line in inner)
        is_runaway = alike >= self._fewest and alike >= _MOST * len(inner)
        return len(inner) + 1 if is_runaway else 0
