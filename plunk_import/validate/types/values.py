"""One value of each event: takes a column and a variable, gives its JSON text and its checks."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.plunk import DEEPEST_LEVEL
from plunk_import.validate.checks import Reading, Slot, UnfitError
from plunk_import.validate.types import booleans, moments, numbers
from plunk_import.validate.types.date_formats import EPOCHS, proven_zone
from plunk_import.validate.types.json_text import json_cell
from plunk_import.validate.types.names import string
from plunk_import.validate.types.typed import typed

_FAMILIES: dict[str, tuple[str, ...]] = {
    # What a column of each family may be declared as; its own type is tried first.
    "text": ("string", "number", "integer", "boolean", "date", "datetime", "json"),
    "whole": ("number", "integer", "json", "string", "boolean", "datetime"),
    "float": ("number", "json", "string", "integer", "datetime"),
    "decimal": ("number", "json", "string", "integer"),
    "boolean": ("boolean", "json", "string"),
    "date": ("date", "string", "json", "datetime"),
    "datetime": ("datetime", "string", "json", "date"),
    "time": ("string", "json"),
    "duration": ("number", "json"),
    "nested": ("json",),
    "null": ("string", "number", "integer", "boolean", "date", "datetime", "json"),
}
_AS_IT_IS = {
    "whole": ("number", "integer", "json"),
    "float": ("number", "json"),
    "decimal": ("number", "json"),
    "boolean": ("json",),
    "date": ("date", "string", "json"),
    "datetime": ("datetime", "string", "json"),
    "time": ("string", "json"),
    "duration": ("number", "json"),
    "nested": ("json",),
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value of each event: its cell, over the source's columns, and what the cell is read as."""

    slot: Slot
    cell: pl.Expr
    reading: Reading


def value_of(
    slot: Slot,
    source: pl.Expr,
    dtype: pl.DataType,
    variable: Variable,
    *,
    decimal_comma: bool = False,
) -> Value:
    """Read a column of a type as the variable asks for; raises `UnfitError` where it cannot."""
    family = family_of(dtype)
    kind = variable.type or _FAMILIES[family][0]
    if kind not in _FAMILIES[family]:
        raise UnfitError(f"a column of type {dtype} cannot be sent as {kind}: {_choices(family)}")
    if family == "date" and kind == "datetime":
        source, dtype, family = source.cast(pl.Datetime("ms")), pl.Datetime("ms"), "datetime"
    elif family == "datetime" and kind == "date":
        source, dtype, family = source.dt.date(), pl.Date(), "date"
    if kind in _AS_IT_IS.get(family, ()):
        zone = proven_zone(variable.timezone)
        return Value(slot, source, typed(slot, dtype, zone, levels=_levels(variable)))
    if family in ("whole", "float") and kind == "datetime":
        _require_epoch(variable, dtype)
    cell = filled_text(as_text(source, dtype))
    return Value(slot, cell, _reading(slot, kind, variable, decimal_comma=decimal_comma))


def family_of(dtype: pl.DataType) -> str:
    """Name a column type's family; raises `UnfitError` for what JSON cannot hold."""
    for family, belongs in _BELONGS.items():
        if belongs(dtype):
            return family
    raise UnfitError(f"a column of type {dtype} cannot be sent: JSON has no such value")


def as_text(source: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Give a column's values as the text that a CSV file would hold."""
    return source if isinstance(dtype, pl.String) else source.cast(pl.String)


def filled_text(text: pl.Expr) -> pl.Expr:
    """Give a text column as cells, null where it is empty."""
    return pl.when(text != "").then(text)


def _reading(slot: Slot, kind: str, variable: Variable, *, decimal_comma: bool) -> Reading:
    makers: dict[str, Callable[[], Reading]] = {
        "string": lambda: string(slot),
        "number": lambda: numbers.number(slot, decimal_comma=decimal_comma),
        "integer": lambda: numbers.integer(slot, decimal_comma=decimal_comma),
        "boolean": lambda: booleans.boolean(slot, variable.true_values, variable.false_values),
        "date": lambda: moments.date(slot, variable.format),
        "datetime": lambda: moments.moment(slot, variable.format, variable.timezone),
        "json": lambda: json_cell(slot, levels=_levels(variable)),
    }
    return makers[kind]()


def _levels(variable: Variable) -> int:
    """Give how deep a value may be nested, within `data` and maybe within a wrapper."""
    return DEEPEST_LEVEL - (1 if variable.persistent else 2)


def _require_epoch(variable: Variable, dtype: pl.DataType) -> None:
    if variable.format not in EPOCHS:
        raise UnfitError(
            f"a column of type {dtype} is a date and time only by its `format`: "
            f"declare {' or '.join(EPOCHS)}"
        )


def _choices(family: str) -> str:
    return f"use {', '.join(_FAMILIES[family])}, or leave `type` out"


_BELONGS: dict[str, Callable[[pl.DataType], bool]] = {
    "text": lambda dtype: isinstance(dtype, pl.String | pl.Categorical | pl.Enum),
    "whole": lambda dtype: dtype.is_integer(),
    "float": lambda dtype: dtype.is_float(),
    "decimal": lambda dtype: dtype.is_decimal(),
    "boolean": lambda dtype: isinstance(dtype, pl.Boolean),
    "date": lambda dtype: isinstance(dtype, pl.Date),
    "datetime": lambda dtype: isinstance(dtype, pl.Datetime),
    "time": lambda dtype: isinstance(dtype, pl.Time),
    "duration": lambda dtype: isinstance(dtype, pl.Duration),
    "nested": lambda dtype: dtype.is_nested(),
    "null": lambda dtype: isinstance(dtype, pl.Null),
}
