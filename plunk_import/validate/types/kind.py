"""What a kind of variable is, and the families of column types it may be made from."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.read import is_interval, unread_type
from plunk_import.validate.checks import Reading, Slot, UnfitError

INTERVAL = (
    "a column of calendar intervals cannot be read. Export it as text (`CAST(column AS VARCHAR)`), "
    "or as a number of seconds (`EXTRACT(EPOCH FROM column)`)"
)
"""What is said of a column of intervals, wherever the mapping names it."""


class Family(enum.StrEnum):
    """Column types that behave alike."""

    TEXT = "text"
    WHOLE = "whole"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    DURATION = "duration"
    NESTED = "nested"
    BINARY = "binary"
    NULL = "null"


class ReadText(Protocol):
    """How cells of text are read as one kind."""

    def __call__(self, slot: Slot, variable: Variable, *, decimal_comma: bool) -> Reading:
        """Plan the reading of a column of text.

        Args:
            slot: Where the cells stand, and what the variable is called.
            variable: What the mapping says of it.
            decimal_comma: Whether numbers of the source are written 1.234,5.

        Raises:
            UnfitError: The mapping asks for what cannot be done.

        """


@dataclass(frozen=True, slots=True)
class Kind:
    """One type that the mapping can declare.

    Attributes:
        name: The word in the mapping.
        read: How a cell of text is read.
        as_they_are: Families whose values are of this kind already.
        by_text: Families whose values are written as text first, and that is read.

    """

    name: str
    read: ReadText
    as_they_are: frozenset[Family] = frozenset()
    by_text: frozenset[Family] = frozenset({Family.TEXT, Family.NULL})


def require_read(dtype: pl.DataType) -> None:
    """Raise `UnfitError` where a column is of a type that polars lacks."""
    if is_interval(dtype):
        raise UnfitError(INTERVAL)
    if lacking := unread_type(dtype):
        raise UnfitError(
            f"a column of {lacking} cannot be read: export it as text "
            "(`CAST(column AS VARCHAR)`, `ST_AsText(column)`), or as a type that JSON has"
        )


def family_of(dtype: pl.DataType) -> Family:
    """Classify a column type; raises `UnfitError` for what JSON cannot hold."""
    require_read(dtype)
    for family, belongs in _BELONGS.items():
        if belongs(dtype):
            return family
    raise UnfitError(f"a column of type {dtype} cannot be sent: JSON has no such value")


_BELONGS: dict[Family, Callable[[pl.DataType], bool]] = {
    Family.TEXT: lambda dtype: isinstance(dtype, pl.String | pl.Categorical | pl.Enum),
    Family.WHOLE: lambda dtype: dtype.is_integer(),
    Family.FLOAT: lambda dtype: dtype.is_float(),
    Family.DECIMAL: lambda dtype: dtype.is_decimal(),
    Family.BOOLEAN: lambda dtype: isinstance(dtype, pl.Boolean),
    Family.DATE: lambda dtype: isinstance(dtype, pl.Date),
    Family.DATETIME: lambda dtype: isinstance(dtype, pl.Datetime),
    Family.TIME: lambda dtype: isinstance(dtype, pl.Time),
    Family.DURATION: lambda dtype: isinstance(dtype, pl.Duration),
    Family.NESTED: lambda dtype: dtype.is_nested(),
    Family.BINARY: lambda dtype: isinstance(dtype, pl.Binary),
    Family.NULL: lambda dtype: isinstance(dtype, pl.Null),
}
