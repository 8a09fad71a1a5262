"""Where rows stand: in which file, and on which line of it."""

import dataclasses
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from plunk_import.read.lines import NO_LINES, Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXT = pl.String()


@dataclasses.dataclass(frozen=True, slots=True)
class FileStart:
    """A file as the user named it, and the ordinal that its first row has."""

    name: str
    ordinal: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Locations:
    """Where the rows of a batch stand; each is asked for by its ordinal.

    Attributes:
        files: The files that the rows are from, in order.
        runs: On which lines they begin, numbered over all files.

    """

    files: tuple[FileStart, ...]
    runs: Lines = NO_LINES

    @classmethod
    def joined(cls, parts: "Sequence[Self]") -> Self:
        """Join those of rows that follow one another."""
        files = dict.fromkeys(file for part in parts for file in part.files)
        return cls(tuple(files), Lines(tuple(run for part in parts for run in part.runs.runs)))

    def known(self) -> "Locations":
        """Look everything up that waits to be asked for, so that they can travel."""
        return Locations(self.files, self.runs.known())

    def file_of(self, ordinals: pl.Series) -> pl.Series:
        """Name the file that each of these rows is from."""
        return self.of_each([file.name for file in self.files], ordinals)

    def row_of(self, ordinals: pl.Series) -> pl.Series:
        """Number these rows within their files, from 1."""
        starts = [file.ordinal for file in self.files]
        return ordinals - self.of_each(starts, ordinals, pl.UInt64()) + 1

    def of_each(
        self, values: "Sequence[Any]", ordinals: pl.Series, dtype: pl.DataType = _TEXT
    ) -> pl.Series:
        """Return for each of these rows what belongs to its file, of a value for each file."""
        of_files = pl.Series(values, dtype=dtype)
        if len(values) == 1:
            return of_files.new_from_index(0, len(ordinals))
        starts = pl.Series([file.ordinal for file in self.files], dtype=pl.UInt64)
        return of_files.gather(starts.search_sorted(ordinals, side="right") - 1)

    def line_of(self, ordinals: pl.Series) -> pl.Series:
        """Number the lines on which these rows begin, from 1; null where it is not known."""
        return self.runs.of(ordinals)
