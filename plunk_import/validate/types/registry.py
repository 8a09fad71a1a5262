"""The registry of the kinds of variables, and how a column becomes a value of each event."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.read import text_of
from plunk_import.validate.checks import Reading, Slot, UnfitError
from plunk_import.validate.types import boolean, date, datetime, integer, json, number, string
from plunk_import.validate.types.cells import filled_text
from plunk_import.validate.types.date_formats import EPOCHS, proven_zone
from plunk_import.validate.types.kind import Family, Kind, family_of
from plunk_import.validate.types.nesting import levels_of
from plunk_import.validate.types.typed import typed

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            string.KIND,
            number.KIND,
            integer.KIND,
            boolean.KIND,
            date.KIND,
            datetime.KIND,
            json.KIND,
        )
    }
)
"""Every kind by its word in the mapping."""

_OWN_KIND = {
    # What a column of each family is where the mapping declares nothing.
    Family.TEXT: string.KIND,
    Family.WHOLE: number.KIND,
    Family.FLOAT: number.KIND,
    Family.DECIMAL: number.KIND,
    Family.BOOLEAN: boolean.KIND,
    Family.DATE: date.KIND,
    Family.DATETIME: datetime.KIND,
    Family.TIME: string.KIND,
    Family.DURATION: number.KIND,
    Family.NESTED: json.KIND,
    Family.BINARY: string.KIND,
    Family.NULL: string.KIND,
}

_BYTES = (
    "a column of type Binary cannot be sent as it is: JSON has no bytes. Declare `type: string`,"
    " which sends 16 bytes as a UUID and others as hexadecimal digits, or, where they are text, "
    '`sql: "CAST(column AS VARCHAR)"`'
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of each event.

    Attributes:
        slot: Where its cells stand, and what it is called.
        cell: The cell, over the source's columns.
        reading: What the cell is read as.
        text: The same as `cell`, but "" or null where that is empty, which costs less.

    """

    slot: Slot
    cell: pl.Expr
    reading: Reading
    text: pl.Expr


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
    if family is Family.BINARY and variable.type is None:
        raise UnfitError(_BYTES)
    kind = _OWN_KIND[family] if variable.type is None else KINDS[variable.type]
    if family is Family.DATE and kind is datetime.KIND:
        source, dtype, family = source.cast(pl.Datetime("ms")), pl.Datetime("ms"), Family.DATETIME
    elif family is Family.DATETIME and kind is date.KIND:
        source, dtype, family = source.dt.date(), pl.Date(), Family.DATE
    if family in kind.as_they_are:
        zone = proven_zone(variable.timezone)
        return Value(slot, source, typed(slot, dtype, zone, levels=levels_of(variable)), source)
    if family not in kind.by_text:
        raise UnfitError(
            f"a column of type {dtype} cannot be sent as {kind.name}: use {_choices(family)}, "
            "or leave `type` out"
        )
    if family in (Family.WHOLE, Family.FLOAT) and kind is datetime.KIND:
        _require_epoch(variable, dtype)
    text = text_of(source, dtype)
    reading = kind.read(slot, variable, decimal_comma=decimal_comma)
    return Value(slot, filled_text(text), reading, text)


def _require_epoch(variable: Variable, dtype: pl.DataType) -> None:
    if variable.format not in EPOCHS:
        raise UnfitError(
            f"a column of type {dtype} is a date and time only by its `format`: "
            f"declare {' or '.join(EPOCHS)}"
        )


def _choices(family: Family) -> str:
    """List what a column of a family can be sent as, its own kind first."""
    own = _OWN_KIND[family]
    others = (kind for kind in KINDS.values() if kind is not own and _takes(kind, family))
    return ", ".join(kind.name for kind in (own, *others))


def _takes(kind: Kind, family: Family) -> bool:
    is_near = {family, kind.name} == {Family.DATE, Family.DATETIME}
    return is_near or family in kind.as_they_are | kind.by_text
