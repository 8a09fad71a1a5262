"""How a column is read: the names of its stages, and what a reading gives."""

from dataclasses import dataclass

import polars as pl

from plunk_import.checks import Check


class Unfit(Exception):  # noqa: N818 - what does not fit is the user's mapping
    """A value cannot be read as the mapping asks; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value stands among a batch's columns, and what people call it."""

    name: str
    field: str

    @property
    def cell(self) -> str:
        """The column of the value as the source has it."""
        return f"{self.name}.cell"

    @property
    def parsed(self) -> str:
        """The column of what the cell was read as."""
        return f"{self.name}.parsed"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell is read as: `parsed` over the cell; `text` (JSON) and `checks` over both."""

    parsed: pl.Expr
    text: pl.Expr
    checks: tuple[Check, ...] = ()
    absent: pl.Expr | None = None
