"""Values as text, whatever their type and depth."""

from collections.abc import Callable

import polars as pl

from plunk_import.read.columns import column

_UUID_BYTES = 16


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
