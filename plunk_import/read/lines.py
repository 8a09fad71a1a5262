"""On which line of its file a row begins, for whoever looks it up there."""

import dataclasses
from collections.abc import Callable

import polars as pl


@dataclasses.dataclass(frozen=True, slots=True)
class LineRun:
    """Consecutive rows, and where they begin.

    Attributes:
        first: The number of the first of them.
        rows: How many there are.
        first_line: The line on which their text begins, from 1.
        offsets: Returns by how many lines each of them begins later; None: one row a line.

    """

    first: int
    rows: int
    first_line: int
    offsets: Callable[[], pl.Series] | None = None

    def of_each(self, rows: pl.Series) -> pl.Series:
        """Number the lines of these rows, one a line; null for those of other runs."""
        is_here = rows.is_between(self.first, self.first + self.rows - 1)
        lines = rows + (self.first_line - self.first)
        return lines.zip_with(is_here, pl.Series([None], dtype=pl.Int64)).cast(pl.UInt64)


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a batch's rows, in ascending order; none are known where there are no runs.

    A reader numbers the rows within its file, a source over all of its files.
    """

    runs: tuple[LineRun, ...] = ()

    def after(self, rows: int) -> "Lines":
        """Number the rows on behind so many others."""
        return Lines(
            tuple(dataclasses.replace(run, first=run.first + rows) for run in self.runs)
            if rows
            else self.runs
        )

    def known(self) -> "Lines":
        """Look everything up that waits to be asked for, so that they can travel."""
        return Lines(tuple(map(_known, self.runs)))

    def of(self, rows: pl.Series) -> pl.Series:
        """Number the lines on which rows begin, from 1.

        Args:
            rows: Their numbers, in any order.

        Returns:
            UInt64; null where the line is not known.

        """
        if not self.runs:
            return pl.Series([None] * len(rows), dtype=pl.UInt64)
        numbers = rows.cast(pl.Int64)
        if len(self.runs) == 1 and self.runs[0].offsets is None:
            return self.runs[0].of_each(numbers)
        firsts = pl.Series([run.first for run in self.runs], dtype=pl.Int64)
        run = firsts.search_sorted(numbers, side="right").cast(pl.Int64) - 1
        run = run.clip(lower_bound=0)
        place = numbers - firsts.gather(run)
        counts = pl.Series([run.rows for run in self.runs], dtype=pl.Int64).gather(run)
        is_known = (place >= 0) & (place < counts)
        lines = self._lines(run, place, is_known)
        return lines.zip_with(is_known, pl.Series([None], dtype=pl.UInt64))

    def _lines(self, run: pl.Series, place: pl.Series, is_known: pl.Series) -> pl.Series:
        """Add what stands before each row in its run to where the run begins."""
        for number in run.filter(is_known).unique():
            offsets = self.runs[number].offsets
            if offsets is not None:
                at = (is_known & (run == number)).arg_true()
                place = place.scatter(at, offsets().cast(pl.Int64).gather(place.gather(at)))
        begun = pl.Series([run.first_line for run in self.runs], dtype=pl.Int64).gather(run)
        return (begun + place).cast(pl.UInt64, strict=False)


@dataclasses.dataclass(frozen=True, slots=True)
class _KnownOffsets:
    found: pl.Series

    def __call__(self) -> pl.Series:
        return self.found


def _known(run: LineRun) -> LineRun:
    if run.offsets is None:
        return run
    return dataclasses.replace(run, offsets=_KnownOffsets(run.offsets()))


NO_LINES = Lines()
