"""Columns that have a type already, lists and structs too, and how they become JSON.

Whole numbers, floats and decimals become numbers; dates and datetimes Plunk's forms in UTC; times
the text HH:MM:SS; durations seconds; categories text. A null inside a list or a struct stays one.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.plunk import DEEPEST_LEVEL, DROPPED_KEY, LARGEST_INTEGER
from plunk_import.read import calendar_text, field
from plunk_import.validate.checks import Quoted, Reading, Slot, UnfitError, check, escaped
from plunk_import.validate.rejects import (
    AMBIGUOUS_DATETIME,
    DATETIME_OUT_OF_RANGE,
    INTEGER_TOO_LARGE,
    INVALID_DATETIME,
    NUL_CHARACTER,
    NUMBER_NOT_FINITE,
    RESERVED_KEY,
    TOO_DEEP,
    RejectCode,
)
from plunk_import.validate.types.clock_text import date_text, has_text, in_years, moment_text
from plunk_import.validate.types.date_formats import UTC
from plunk_import.validate.types.nesting import depth_of
from plunk_import.validate.types.numerals import is_kept, shortest
from plunk_import.validate.types.string import has_nul
from plunk_import.validate.types.zones import is_twice, settled

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

_LONG_INTEGERS = (pl.Int64, pl.UInt64, pl.Int128, pl.UInt128)
_HINTS = {INVALID_DATETIME: ("its time zone skips that hour",)}


def typed(slot: Slot, dtype: pl.DataType, zone: str, *, levels: int = DEEPEST_LEVEL) -> Reading:
    """Read a column of a type as that type, whose values may be nested `levels` deep.

    Raises `UnfitError` where JSON has no such value.
    """
    ready = json_ready(slot.cell, dtype, zone)
    text, is_quoted = _json_text(ready, dtype)
    faults = _faults_by_code(slot.cell, dtype, zone)
    if _depth_of_type(dtype) > levels:
        faults[TOO_DEEP] = _is_deeper(text, levels)
    if not faults:
        return Reading((text,), is_quoted=is_quoted, sure=slot.cell.is_not_null())
    shown = Quoted(_plain_text(slot.cell, ready, dtype))
    checks = tuple(
        check(code, slot.field, fault, shown, *_HINTS.get(code, ()))
        for code, fault in faults.items()
    )
    is_bad = pl.any_horizontal([one.bad for one in checks])
    attempts = (pl.when(~is_bad).then(text),)
    return Reading(attempts, checks, is_quoted=is_quoted, sure=slot.cell.is_not_null() & ~is_bad)


def _depth_of_type(dtype: pl.DataType) -> int:
    match dtype:
        case pl.List(inner=inner) | pl.Array(inner=inner):
            return 1 + _depth_of_type(_made(inner))
        case pl.Struct(fields=fields):
            return 1 + max((_depth_of_type(_made(named.dtype)) for named in fields), default=0)
    return 0


def _is_deeper(text: pl.Expr, levels: int) -> pl.Expr:
    """Say where a JSON text is nested deeper than that: a value need not go as deep as its type."""

    def are_deeper(texts: pl.Series) -> pl.Series:
        seen = (text is not None and depth_of(text) > levels for text in texts)
        return pl.Series(texts.name, seen, dtype=pl.Boolean)

    return text.map_batches(are_deeper, return_dtype=pl.Boolean, is_elementwise=True)


def json_ready(value: pl.Expr, dtype: pl.DataType, zone: str) -> pl.Expr:
    """Turn a value into one that `json_encode` writes as we want it, to any depth."""
    if _is_ready(dtype):
        return value
    match dtype:
        case pl.List(inner=inner):
            element = json_ready(pl.element(), _made(inner), zone)
            return value.list.eval(element)
        case pl.Array(inner=inner):
            return json_ready(value.arr.to_list(), pl.List(inner), zone)
        case pl.Struct(fields=fields):
            return value.struct.with_fields(
                json_ready(pl.field(named.name), _made(named.dtype), zone).alias(named.name)
                for named in fields
            )
    return _leaf(value, dtype, zone)


def _is_ready(dtype: pl.DataType) -> bool:
    """Say whether JSON has all values of a type as they are: to rebuild them is costly."""
    match dtype:
        case pl.List(inner=inner):
            return _is_ready(_made(inner))
        case pl.Struct(fields=fields):
            return all(_is_ready(_made(named.dtype)) for named in fields)
    is_plain = dtype.is_integer() or dtype.is_float()
    return is_plain or isinstance(dtype, pl.Boolean | pl.String | pl.Null)


def _leaf(value: pl.Expr, dtype: pl.DataType, zone: str) -> pl.Expr:
    match dtype:
        case pl.Date():
            return date_text(value)
        case pl.Datetime():
            return moment_text(_instant_ms(value, dtype, zone))
        case pl.Time():
            return value.dt.to_string("iso")
        case pl.Duration():
            return value.dt.total_microseconds() / 1_000_000
        case pl.Decimal():
            return value.cast(pl.Float64)
        case pl.Categorical() | pl.Enum():
            return value.cast(pl.String)
        case pl.Binary() | pl.Object():
            raise UnfitError(f"a value of type {dtype} cannot be sent: JSON has no such value")
    return value


def _faults_by_code(value: pl.Expr, dtype: pl.DataType, zone: str) -> dict[RejectCode, pl.Expr]:
    by_code: dict[RejectCode, pl.Expr] = {}
    for code, fault in _faults(value, dtype, zone):
        found = fault.fill_null(value=False)
        by_code[code] = by_code[code] | found if code in by_code else found
    return by_code


def _faults(value: pl.Expr, dtype: pl.DataType, zone: str) -> Iterator[tuple[RejectCode, pl.Expr]]:
    """Find each code that a type can fail with, and where it does."""
    match dtype:
        case pl.List(inner=inner):
            for code, fault in _faults(pl.element(), _made(inner), zone):
                yield code, value.list.eval(fault.fill_null(value=False)).list.any()
        case pl.Array(inner=inner):
            yield from _faults(value.arr.to_list(), pl.List(inner), zone)
        case pl.Struct(fields=fields):
            if any(named.name == DROPPED_KEY for named in fields):
                yield RESERVED_KEY, value.is_not_null()
            for position, named in enumerate(fields):
                part = field(value, position, len(fields))
                yield from _faults(part, _made(named.dtype), zone)
        case _:
            yield from _leaf_faults(value, dtype, zone)


def _leaf_faults(
    value: pl.Expr, dtype: pl.DataType, zone: str
) -> Iterator[tuple[RejectCode, pl.Expr]]:
    if isinstance(dtype, _LONG_INTEGERS):
        # No literal below zero meets a type without a sign but by way of 128 bits.
        whole = value if isinstance(dtype, pl.Int64) else value.cast(pl.Int128)
        yield INTEGER_TOO_LARGE, (whole > LARGEST_INTEGER) | (whole < -LARGEST_INTEGER)
    elif dtype.is_decimal():
        # A double would call the first whole number beyond 2^53 just that.
        yield INTEGER_TOO_LARGE, value.abs() > LARGEST_INTEGER
    elif dtype.is_float():
        yield NUMBER_NOT_FINITE, ~is_kept(value)
    elif isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        yield NUL_CHARACTER, has_nul(value.cast(pl.String))
    elif isinstance(dtype, pl.Date):
        yield DATETIME_OUT_OF_RANGE, value.is_not_null() & in_years(value).is_null()
    elif isinstance(dtype, pl.Datetime):
        yield from _datetime_faults(value, dtype, zone)


def _datetime_faults(
    value: pl.Expr, dtype: pl.Datetime, zone: str
) -> Iterator[tuple[RejectCode, pl.Expr]]:
    instant = _instant_ms(value, dtype, zone)
    yield DATETIME_OUT_OF_RANGE, instant.is_not_null() & ~has_text(instant)
    if dtype.time_zone is None and zone != UTC:
        is_double = is_twice(value.dt.cast_time_unit("ms"), zone).fill_null(value=False)
        yield AMBIGUOUS_DATETIME, is_double
        yield INVALID_DATETIME, value.is_not_null() & instant.is_null() & ~is_double


def _instant_ms(value: pl.Expr, dtype: pl.Datetime, zone: str) -> pl.Expr:
    ms = value.dt.cast_time_unit("ms")
    if dtype.time_zone is not None:
        utc = ms.dt.convert_time_zone(UTC).dt.replace_time_zone(None)
    else:
        utc = settled(ms, zone)
    return utc.dt.timestamp("ms")


def _json_text(ready: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, bool]:
    """Write a value that is ready for JSON, and say whether it wants quotes."""
    if dtype.is_integer() or isinstance(dtype, pl.Boolean | pl.Null):
        return ready.cast(pl.String), False
    if dtype.is_numeric() or isinstance(dtype, pl.Duration):
        return shortest(ready), False
    if dtype.is_nested():
        document = pl.struct(ready.alias("")).struct.json_encode()
        text = document.str.strip_prefix('{"":').str.strip_suffix("}")
        return pl.when(ready.is_not_null()).then(text), False
    return escaped(ready), True


def _plain_text(value: pl.Expr, ready: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Show a value in a message."""
    if isinstance(dtype, pl.Date | pl.Datetime):
        return calendar_text(value, dtype)
    return _json_text(ready, dtype)[0] if dtype.is_nested() else value.cast(pl.String)


def _made(dtype: "PolarsDataType") -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()
