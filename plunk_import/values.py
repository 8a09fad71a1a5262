"""One value of each event: takes a column and a variable, gives its JSON text and its checks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from plunk_import import moments, nested, texts
from plunk_import.checks import Check, check
from plunk_import.mapping import Variable
from plunk_import.readings import Reading, Slot, Unfit
from plunk_import.rules import DEEPEST_LEVEL

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
    """A value in whole columns.

    `cell` is over the source's columns, `parsed` over the cell, all else over both of them.
    `text` is JSON, and null where the value is absent or bad.
    """

    slot: Slot
    cell: pl.Expr
    parsed: pl.Expr
    text: pl.Expr
    checks: tuple[Check, ...]
    absent: pl.Expr


def value_of(
    slot: Slot,
    source: pl.Expr,
    dtype: pl.DataType,
    variable: Variable,
    *,
    decimal_comma: bool = False,
) -> Value:
    """Read a column of a type as the variable asks for; raises `Unfit` where that cannot be."""
    family = family_of(dtype)
    kind = variable.type or _FAMILIES[family][0]
    if kind not in _FAMILIES[family]:
        raise Unfit(f"a column of type {dtype} cannot be sent as {kind}: {_choices(family)}")
    if family == "date" and kind == "datetime":
        source, dtype, family = source.cast(pl.Datetime("ms")), pl.Datetime("ms"), "datetime"
    elif family == "datetime" and kind == "date":
        source, dtype, family = source.dt.date(), pl.Date(), "date"
    if kind in _AS_IT_IS.get(family, ()):
        cell, reading = source, nested.typed(slot, dtype, moments.zone_of(variable.timezone))
    else:
        if family in ("whole", "float") and kind == "datetime":
            _require_epoch(variable, dtype)
        cell = _cell_of_text(as_text(source, dtype), kind)
        reading = _reading(slot, kind, variable, decimal_comma=decimal_comma)
    return _value(slot, cell, reading, variable)


def family_of(dtype: pl.DataType) -> str:
    """Name what a column's type has in common with others; raises `Unfit` for what is no JSON."""
    for family, belongs in _BELONGS.items():
        if belongs(dtype):
            return family
    raise Unfit(f"a column of type {dtype} cannot be sent: JSON has no such value")


def as_text(source: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Give a column's values as the text that a CSV file would hold."""
    if isinstance(dtype, pl.String):
        return source
    return source.cast(pl.String)


def _value(slot: Slot, cell: pl.Expr, reading: Reading, variable: Variable) -> Value:
    own = pl.col(slot.cell)
    absent = own.is_null() if reading.absent is None else reading.absent
    checks: Sequence[Check] = reading.checks
    if variable.empty == "reject":
        message = pl.lit("is empty, and the mapping says `empty: reject`")
        checks = (*checks, check("empty_value", slot.field, absent, message))
    return Value(slot, cell, reading.parsed, reading.text, tuple(checks), absent)


def _reading(slot: Slot, kind: str, variable: Variable, *, decimal_comma: bool) -> Reading:
    levels = DEEPEST_LEVEL - (1 if variable.persistent else 2)
    makers: dict[str, Callable[[], Reading]] = {
        "string": lambda: texts.string(slot),
        "number": lambda: texts.number(slot, decimal_comma=decimal_comma),
        "integer": lambda: texts.integer(slot, decimal_comma=decimal_comma),
        "boolean": lambda: texts.boolean(slot, variable.true_values, variable.false_values),
        "date": lambda: moments.date(slot, variable.format),
        "datetime": lambda: moments.moment(slot, variable.format, variable.timezone),
        "json": lambda: texts.json_text(slot, levels=levels),
    }
    return makers[kind]()


def _cell_of_text(text: pl.Expr, kind: str) -> pl.Expr:
    """Give the text to read, null where it is absent; only a string keeps its white space."""
    kept = text if kind == "string" else text.str.strip_chars()
    return pl.when(kept != "").then(kept)


def _require_epoch(variable: Variable, dtype: pl.DataType) -> None:
    if variable.format not in moments.EPOCHS:
        raise Unfit(
            f"a column of type {dtype} is a date and time only by its `format`: "
            f"declare {' or '.join(moments.EPOCHS)}"
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
