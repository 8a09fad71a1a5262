"""How a column is read: takes nothing, gives the words that the readers of all types share."""

from dataclasses import dataclass

import polars as pl

from plunk_import.compiling.checks import Check


class UnfitError(Exception):
    """A value cannot be read as the mapping asks; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A value's column among a batch's cells, and what people call the value."""

    name: str
    field: str

    @property
    def cell(self) -> pl.Expr:
        """The value as the source has it, null where it is empty."""
        return pl.col(self.name)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell is read as: JSON text, null where the value is absent or bad.

    Every row pays for the first of the `attempts`; each later one, more careful and more costly,
    reads only the cells that those before it left out, and the last alone would do for all. A row
    with a cell and without a text is held against `checks`, which are exact. An `is_quoted` text
    still wants its quotes.
    """

    attempts: tuple[pl.Expr, ...]
    checks: tuple[Check, ...] = ()
    is_quoted: bool = False
