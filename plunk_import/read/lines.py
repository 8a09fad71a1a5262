"""On which line of its file a row begins, for whoever looks it up there."""

import dataclasses
from collections.abc import Callable

import polars as pl


@dataclasses.dataclass(frozen=True, slots=True)
class LineRun:
    """Consecutive rows, and where they begin.

    Attributes:
        first_row: The row number of the first, from 1.
        rows: How many there are.
        first_line: The line on which their text begins, from 1.
        offsets: Returns by how many lines each of them begins later; None: one row a line.

    """

    first_row: int
    rows: int
    first_line: int
    offsets: Callable[[], pl.Series] | None = None

    def of(self, rows: pl.Series) -> pl.Series:
        """Number the lines of these rows; null for those of other runs."""
        place = rows.cast(pl.Int64) - self.first_row
        is_here = place.is_between(0, self.rows - 1)
        if not is_here.all():
            place = pl.select(pl.when(is_here).then(place)).to_series()
        if self.offsets is not None and is_here.any():
            place = self.offsets().gather(place.cast(pl.UInt32))
        return place.cast(pl.UInt64) + self.first_line


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a batch's rows; none are known where there are no runs."""

    runs: tuple[LineRun, ...] = ()

    def of(self, rows: pl.Series) -> pl.Series:
        """Number the lines on which rows begin, from 1.

        Args:
            rows: Row numbers, from 1 within the file.

        Returns:
            `_line`, UInt64; null where the line is not known.

        """
        if not self.runs:
            return pl.Series("_line", [None] * len(rows), dtype=pl.UInt64)
        found = [run.of(rows) for run in self.runs]
        lines = found[0] if len(found) == 1 else pl.select(pl.coalesce(*found)).to_series()
        return lines.alias("_line")


NO_LINES = Lines()
