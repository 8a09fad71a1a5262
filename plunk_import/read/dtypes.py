"""Types that files have and later stages lack, as the nearest type that holds the same values."""

import os
import re
from collections.abc import Iterator

import polars as pl

from plunk_import.read.columns import column

_INTERVAL_PARTS = {"months", "days", "nanoseconds"}
_OFFSET = re.compile(r"[+-]\d\d:?\d\d")


def readable(schema: pl.Schema, *, int96: frozenset[str] = frozenset()) -> Iterator[pl.Expr]:
    """Select the columns of a schema, each in a type that every later stage understands.

    Times with an offset become UTC, and the keys of maps text. Intervals are null, whatever they
    hold: nothing reads them, and nothing may ask for them. Of `int96`, the names of columns of
    times in 96 bits, what 64 bits of nanoseconds cannot hold becomes a time that no calendar has,
    so that it can be refused.
    """
    for name, dtype in schema.items():
        if is_interval(dtype):
            yield pl.lit(None, dtype=dtype).alias(name)
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
        case pl.Datetime(time_unit=unit, time_zone=str(zone)) if _OFFSET.fullmatch(zone):
            return value.cast(pl.Datetime(unit, "UTC"))
        case pl.Map(key=key, value=inner) if key != pl.String:
            entries = pl.List(pl.Struct({"key": pl.String, "value": inner}))
            return value.map.entries().cast(entries).cast(pl.Map(pl.String, inner))
    return value


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
