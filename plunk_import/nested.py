"""Columns that have a type already: takes any type, lists and structs too, gives its JSON.

Whole numbers, floats and decimals become numbers; dates and datetimes Plunk's forms in UTC; times
the text HH:MM:SS; durations seconds; categories text. A null inside a list or a struct stays one.
"""

from collections.abc import Iterator

import polars as pl
from polars._typing import PolarsDataType

from plunk_import import moments, texts
from plunk_import.checks import check, quoted
from plunk_import.readings import Reading, Slot, Unfit
from plunk_import.rules import LARGEST_INTEGER, NUL

_SAID = {
    "integer_too_large": "{} is beyond 2^53 and would be rounded: "
    "declare `type: string` to send it whole",
    "number_not_finite": "{} is no finite number",
    "nul_character": "{} holds a NUL character: remove it",
    "invalid_datetime": "{} is no date and time that its time zone has, of the years 1 to 9999",
    "ambiguous_datetime": "{} happens twice in its time zone",
    "invalid_date": "{} is no date of the years 1 to 9999",
}


def typed(slot: Slot, dtype: pl.DataType, zone: str) -> Reading:
    """Read a column of a type as that type; raises `Unfit` where JSON has no such value."""
    cell, parsed = pl.col(slot.cell), pl.col(slot.parsed)
    shown = quoted(_plain_text(cell, dtype))
    checks = tuple(
        check(code, slot.field, fault, pl.format(_SAID[code], shown))
        for code, fault in _faults(cell, dtype, zone)
    )
    return Reading(json_ready(cell, dtype, zone), _json_text(parsed, dtype), checks)


def json_ready(value: pl.Expr, dtype: pl.DataType, zone: str) -> pl.Expr:
    """Turn a value into one that `json_encode` writes as we want it, to any depth."""
    match dtype:
        case pl.List(inner=inner):
            element = json_ready(pl.element(), _made(inner), zone)
            return value.list.eval(element)
        case pl.Array(inner=inner):
            return json_ready(value.arr.to_list(), pl.List(inner), zone)
        case pl.Struct(fields=fields):
            return value.struct.with_fields(
                json_ready(pl.field(field.name), _made(field.dtype), zone).alias(field.name)
                for field in fields
            )
    return _leaf(value, dtype, zone)


def _leaf(value: pl.Expr, dtype: pl.DataType, zone: str) -> pl.Expr:
    match dtype:
        case pl.Date():
            return moments.in_years(value).dt.strftime(moments.DATE_FORMAT)
        case pl.Datetime():
            return _instant(value, dtype, zone).dt.strftime(moments.MOMENT_FORMAT)
        case pl.Time():
            return value.dt.to_string("iso")
        case pl.Duration():
            return value.dt.total_microseconds() / 1_000_000
        case pl.Decimal():
            return value.cast(pl.Float64)
        case pl.Categorical() | pl.Enum():
            return value.cast(pl.String)
        case pl.Binary() | pl.Object():
            raise Unfit(f"a value of type {dtype} cannot be sent: JSON has no such value")
    return value


def _faults(value: pl.Expr, dtype: pl.DataType, zone: str) -> Iterator[tuple[str, pl.Expr]]:
    """Give each code that a type can fail with, and where it does."""
    match dtype:
        case pl.List(inner=inner):
            for code, fault in _faults(pl.element(), _made(inner), zone):
                yield code, value.list.eval(fault.fill_null(value=False)).list.any()
        case pl.Array(inner=inner):
            yield from _faults(value.arr.to_list(), pl.List(inner), zone)
        case pl.Struct(fields=fields):
            for field in fields:
                yield from _faults(value.struct.field(field.name), _made(field.dtype), zone)
        case _:
            yield from _leaf_faults(value, dtype, zone)


def _leaf_faults(value: pl.Expr, dtype: pl.DataType, zone: str) -> Iterator[tuple[str, pl.Expr]]:
    if dtype.is_integer():
        yield "integer_too_large", (value > LARGEST_INTEGER) | (value < -LARGEST_INTEGER)
    elif dtype.is_decimal():
        size = value.cast(pl.Float64).abs()
        yield "integer_too_large", size > LARGEST_INTEGER
    elif dtype.is_float():
        yield "number_not_finite", ~value.is_finite()
    elif isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        yield "nul_character", value.cast(pl.String).str.contains(NUL, literal=True)
    elif isinstance(dtype, pl.Date):
        yield "invalid_date", value.is_not_null() & moments.in_years(value).is_null()
    elif isinstance(dtype, pl.Datetime):
        is_twice = pl.lit(value=False)
        if dtype.time_zone is None:
            is_twice = moments.twice(value.dt.cast_time_unit("ms"), zone)
        failed = value.is_not_null() & _instant(value, dtype, zone).is_null()
        yield "ambiguous_datetime", is_twice
        yield "invalid_datetime", failed & ~is_twice.fill_null(value=False)


def _instant(value: pl.Expr, dtype: pl.Datetime, zone: str) -> pl.Expr:
    if dtype.time_zone is not None:
        utc = value.dt.convert_time_zone(moments.UTC).dt.replace_time_zone(None)
        return moments.in_range(utc.dt.cast_time_unit("ms"))
    local = value.dt.cast_time_unit("ms")
    return moments.in_range(local if zone == moments.UTC else moments.localised(local, zone))


def _json_text(ready: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_integer() or isinstance(dtype, pl.Boolean | pl.Null):
        return ready.cast(pl.String)
    if dtype.is_numeric() or isinstance(dtype, pl.Duration):
        return texts.shortest(ready)
    return texts.encoded(ready)


def _plain_text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Show a value in a message."""
    if dtype.is_nested():
        return texts.encoded(json_ready(value, dtype, moments.UTC))
    return value.cast(pl.String)


def _made(dtype: PolarsDataType) -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()
