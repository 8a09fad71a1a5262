"""Columns by their names, whatever names a file may have.

polars reads `*`, and whatever stands between `^` and `$`, as a pattern of names. Only its written
form keeps such a name apart from a pattern.
"""

import io
import json
import os
from collections.abc import Callable
from typing import Any

import polars as pl

_UUID_BYTES = 16
_INTERVAL_PARTS = {"months", "days", "nanoseconds"}


def column(name: str) -> pl.Expr:
    """Refer to the one column of this name."""
    if not is_pattern(name):
        return pl.col(name)
    return pl.Expr.deserialize(io.StringIO(json.dumps({"Column": name})), format="json")


def field(struct: pl.Expr, position: int, fields: int) -> pl.Expr:
    """Refer to one of the `fields` of a struct by its position, from 0; its name may be any."""
    numbers = [str(number) for number in range(fields)]
    return struct.struct.rename_fields(numbers).struct.field(numbers[position])


def is_pattern(name: str) -> bool:
    """Tell whether polars takes the name for a pattern."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def as_named(node: Any) -> Any:  # noqa: ANN401 - any part of a JSON tree
    """Turn what SQL took for a pattern, in an expression's written form, into the name it was."""
    match node:
        case {"Selector": "Wildcard" | {"Matches": str()} as pattern}:
            return {"Column": _name(pattern)}
        case {
            "StructExpr": {"SelectFields": {"Union": [{"Union": ["Empty", pattern]}, _]}},
        } if pattern == "Wildcard" or "Matches" in pattern:
            return {"StructExpr": {"FieldByName": _name(pattern)}}
    return node


def _name(pattern: str | dict[str, str]) -> str:
    return "*" if isinstance(pattern, str) else pattern["Matches"]


def is_interval(dtype: pl.DataType) -> bool:
    """Tell a calendar interval, which polars shows as a struct and cannot read."""
    return isinstance(dtype, pl.Struct) and set(dtype.to_schema()) == _INTERVAL_PARTS


def copied(rows: pl.DataFrame) -> pl.DataFrame:
    """Copy the texts: filtered ones still hold on to all that they were filtered from."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    return rows.with_columns(pl.concat_str(pl.col(name), pl.lit("")) for name in texts)


def as_cells(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn every column into what CSV can hold, whatever its type.

    Lists, structs and maps become JSON, bytes base64, and dates that no calendar has their number.
    """
    return rows.select(_as_cell(rows[name]) for name in rows.columns)


def _as_cell(cells: pl.Series) -> pl.Series:
    dtype = cells.dtype
    if isinstance(dtype, pl.Binary | pl.Duration) or dtype.is_nested() or _is_out_of_range(cells):
        text = _printable(column(cells.name), dtype)
        if dtype.is_nested():
            text = as_json(text)
        return cells.to_frame().select(text.alias(cells.name)).to_series()
    return cells


def _is_out_of_range(cells: pl.Series) -> bool:
    if not isinstance(cells.dtype, pl.Date | pl.Datetime):
        return False
    lowest, highest = _bounds(cells.dtype)
    return not cells.to_physical().drop_nulls().is_between(lowest, highest).all()


def _printable(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Rebuild a value, to any depth, from types that can be written as text."""
    match dtype:
        case pl.List(inner=pl.DataType() as inner):
            return value.list.eval(_printable(pl.element(), inner))
        case pl.Array(inner=pl.DataType() as inner):
            return value.arr.to_list().list.eval(_printable(pl.element(), inner))
        case pl.Struct(fields=fields):
            return value.struct.with_fields(
                _printable(pl.field(part.name), _instance(part.dtype)).alias(part.name)
                for part in fields
            )
        case pl.Map(key=key, value=inner):
            entries = pl.Struct({"key": key, "value": inner})
            return value.map.entries().list.eval(_printable(pl.element(), entries))
        case pl.Binary():
            return value.bin.encode("base64")
        case pl.Duration():
            return value.dt.to_string("iso")
        case pl.Date() | pl.Datetime():
            return calendar_text(value, dtype)
    return value


def calendar_text(
    value: pl.Expr,
    dtype: pl.Date | pl.Datetime,
    write: Callable[[pl.Expr], pl.Expr] = lambda moment: moment.dt.to_string("iso"),
) -> pl.Expr:
    """Write dates and times as text, and those that no calendar has as their number."""
    number = value.to_physical()
    lowest, highest = _bounds(dtype)
    within = number.clip(lowest, highest).cast(dtype)
    is_within = number.is_between(lowest, highest)
    return pl.when(is_within).then(write(within)).otherwise(number.cast(pl.String))


def text_of(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Write values as text, whatever their type: 16 bytes as a UUID, others in hexadecimal."""
    match dtype:
        case pl.String():
            return value
        case pl.Date() | pl.Datetime():
            return calendar_text(value, dtype, lambda moment: moment.cast(pl.String))
        case pl.Binary():
            return _hexadecimal(value)
    return value.cast(pl.String)


def _hexadecimal(value: pl.Expr) -> pl.Expr:
    digits = value.bin.encode("hex")
    uuid = digits.str.replace(r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", "$1-$2-$3-$4-$5")
    return pl.when(value.bin.size() == _UUID_BYTES).then(uuid).otherwise(digits)


def _bounds(dtype: pl.Date | pl.Datetime) -> tuple[int, int]:
    """Return the first and last number of a date or time of the years 1 to 9999."""
    days = (-719_162, 2_932_896)
    if isinstance(dtype, pl.Date):
        return days
    per_day = 86_400 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[dtype.time_unit]
    # 64 bits of nanoseconds end in 2262, and what lies beyond is read as their last number.
    limit = 2**63 - 2
    return max(days[0] * per_day, -limit), min((days[1] + 1) * per_day - 1, limit)


def _instance(dtype: object) -> pl.DataType:
    made = dtype() if isinstance(dtype, type) else dtype
    if not isinstance(made, pl.DataType):
        raise TypeError(f"not a type of polars: {dtype!r}")
    return made


def as_json(cell: pl.Expr) -> pl.Expr:
    """Write a column's values as JSON; null where there is none."""
    wrapped = pl.struct(cell.alias("_")).struct.json_encode()
    text = wrapped.str.strip_prefix('{"_":').str.strip_suffix("}")
    return pl.when(cell.is_not_null()).then(text)


def accept_odd_types() -> None:
    """Let polars open files that have columns of types it lacks, for the sake of the others.

    Without this it panics at a time with a plain offset, or at an interval.
    """
    os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")
    os.environ.setdefault("POLARS_IMPORT_INTERVAL_AS_STRUCT", "1")
    pl.Config.reload_env_vars()
