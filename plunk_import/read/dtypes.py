"""Types that files have and later stages lack, as the nearest type that holds the same values."""

import functools
import os
import re
import zoneinfo
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import polars as pl

from plunk_import.read.batch import MARK
from plunk_import.read.columns import column
from plunk_import.read.schema import type_instance

_BOOLEAN = "arrow.bool8"
_UNREAD = f"{MARK}unread "
_MOST_DIGITS = 38
_NOTHING: Mapping[str, str] = MappingProxyType({})
_INTERVAL_PARTS = {"months", "days", "nanoseconds"}
_OFFSET = re.compile(r"[+-]\d\d:?\d\d")


def readable(
    schema: pl.Schema,
    *,
    int96: frozenset[str] = frozenset(),
    lacking_types: Mapping[str, str] = _NOTHING,
) -> Iterator[pl.Expr]:
    """Select the columns of a schema, each in a type that every later stage understands.

    Times with an offset, or in a zone that nobody knows, become UTC, and the keys of maps text;
    types that a library has made of others are those others. What polars cannot read is null,
    whatever it holds, and nothing may ask for it.

    Args:
        schema: The columns as polars sees them.
        int96: The names of columns of times in 96 bits. What 64 bits of nanoseconds cannot hold
            becomes a time that no calendar has, so that it can be refused.
        lacking_types: Columns of types that polars lacks, and what these are called.

    """
    for name, dtype in schema.items():
        lacking = lacking_types.get(name) or unread_type(dtype)
        if lacking is not None:
            marked = dtype if is_interval(dtype) else unread(lacking)
            yield pl.lit(None, dtype=marked).alias(name)
            continue
        value = column(name)
        if name in int96 and dtype == pl.Datetime("ns"):
            value = _microseconds(value)
        yield _as_readable(value, dtype).alias(name)


def _microseconds(value: pl.Expr) -> pl.Expr:
    """Turn nanoseconds into microseconds; polars reads all beyond 2262 as the last of them."""
    number = value.to_physical()
    last = 2**63 - 1
    is_beyond = (number == last) | (number <= -last)
    beyond = pl.when(number > 0).then(last).otherwise(-last)
    return pl.when(is_beyond).then(beyond).otherwise(number // 1000).cast(pl.Datetime("us"))


def _as_readable(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    match dtype:
        case pl.Datetime(time_unit=unit, time_zone=str(zone)) if not _is_known(zone):
            return value.cast(pl.Datetime(unit, "UTC"))
        case pl.BaseExtension():
            storage = _as_readable(value.ext.storage(), type_instance(dtype.ext_storage()))
            return storage.cast(pl.Boolean) if dtype.ext_name() == _BOOLEAN else storage
        case pl.List(inner=pl.DataType() as inner) if _is_odd(inner):
            return value.list.eval(_as_readable(pl.element(), inner))
        case pl.Array(inner=pl.DataType() as inner) if _is_odd(inner):
            return value.arr.to_list().list.eval(_as_readable(pl.element(), inner))
        case pl.Struct(fields=fields) if any(_is_odd(part.dtype) for part in fields):
            return value.struct.with_fields(
                _as_readable(pl.field(part.name), type_instance(part.dtype)).alias(part.name)
                for part in fields
            )
        case pl.Map(key=key, value=inner) if key != pl.String:
            entries = pl.List(pl.Struct({"key": pl.String, "value": inner}))
            return value.map.entries().cast(entries).cast(pl.Map(pl.String, inner))
    return value


def _is_odd(dtype: object) -> bool:
    """Tell whether a type, or one within it, is read as another one."""
    match dtype:
        case pl.Datetime(time_zone=str(zone)):
            return not _is_known(zone)
        case pl.List(inner=inner) | pl.Array(inner=inner):
            return _is_odd(inner)
        case pl.Struct(fields=fields):
            return any(_is_odd(part.dtype) for part in fields)
        case pl.Map(key=key, value=inner):
            return key != pl.String or _is_odd(inner)
    return isinstance(dtype, pl.BaseExtension)


@functools.cache
def _is_known(zone: str) -> bool:
    """Tell whether polars can compute with a time zone."""
    try:
        zoneinfo.ZoneInfo(zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return not _OFFSET.fullmatch(zone)


def unread(kind: str) -> pl.DataType:
    """Return the type of a column of nulls that stands for one that cannot be read."""
    return pl.Struct({f"{_UNREAD}{kind}": pl.Null})


def unread_type(dtype: object) -> str | None:
    """Name what a column holds that polars cannot read; None for every other type."""
    match dtype:
        case pl.DataType() if is_interval(dtype):
            return "calendar intervals"
        case pl.Struct(fields=[part]) if part.name.startswith(_UNREAD):
            return part.name.removeprefix(_UNREAD)
        case pl.Struct(fields=fields):
            return next(filter(None, (unread_type(part.dtype) for part in fields)), None)
        case pl.List(inner=inner) | pl.Array(inner=inner):
            return unread_type(inner)
        case pl.Map(key=key, value=inner):
            return unread_type(key) or unread_type(inner)
        case pl.BaseExtension():
            return unread_type(dtype.ext_storage())
        case pl.Decimal(precision=int(digits), scale=scale) if digits > _MOST_DIGITS:
            return f"DECIMAL({digits}, {scale})"
    return None


def is_interval(dtype: pl.DataType) -> bool:
    """Tell a calendar interval, which polars shows as a struct and cannot read."""
    return isinstance(dtype, pl.Struct) and set(dtype.to_schema()) == _INTERVAL_PARTS


def accept_odd_types() -> None:
    """Let polars open files that have columns of types it lacks, for the sake of the others.

    Without this it panics at a time with a plain offset, or at an interval.
    """
    os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")
    os.environ.setdefault("POLARS_IMPORT_INTERVAL_AS_STRUCT", "1")
    pl.Config.reload_env_vars()
