"""Dates and times written as text: takes a slot, gives how its cells are read."""

from collections.abc import Callable
from typing import Literal

import polars as pl

from plunk_import.validate.checks import Reading, Slot, check, quoted
from plunk_import.validate.types.clock_text import (
    DATE_FORMAT,
    date_text,
    has_text,
    in_years,
    moment_text,
)
from plunk_import.validate.types.date_formats import EPOCHS, UTC, Format, proven_format, proven_zone
from plunk_import.validate.types.numbers import filled

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO = (
    rf"^(?<day>{_DATE})(?:[Tt ](?<hour>[0-9]{{2}}):(?<minute>[0-9]{{2}})"
    r"(?::(?<second>[0-9]{2})(?:[.,](?<fraction>[0-9]{1,9}))?)?"
    r"(?: ?(?<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2}))?)?$"
)
# Days that exist whatever the year; the rest needs a calendar.
_SURE_DATE = (
    r"[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_SURE_MOMENT = rf"^{_SURE_DATE}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"

Timeline = Callable[[pl.DataFrame], pl.DataFrame]
"""Takes a column `cell`; gives `local`, a datetime without zone, and whether it `is_utc`."""


def date(slot: Slot, format: str | None) -> Reading:  # noqa: A002 - the mapping's word
    """Read a date: ISO 8601, or of the declared format; raises `UnfitError`."""
    trimmed = filled(slot.cell)
    attempts: tuple[pl.Expr, ...] = ()
    if format is None:
        attempts = (pl.when(slot.cell.str.contains(f"^{_SURE_DATE}$")).then(slot.cell),)
        shaped = pl.when(trimmed.str.contains(f"^{_DATE}$")).then(trimmed)
        day = shaped.str.to_date(DATE_FORMAT, strict=False)
    else:
        day = trimmed.str.to_date(proven_format(format).pattern, strict=False)
    wanted = "one such as 2026-12-31" if format is None else f"one of the format {format}"
    wrong = check(
        "invalid_date",
        slot.field,
        trimmed.is_not_null() & in_years(day).is_null(),
        pl.format("{} is no date: expected {}", quoted(trimmed), pl.lit(wanted)),
    )
    return Reading((*attempts, date_text(day)), (wrong,), is_quoted=True)


def moment(slot: Slot, format: str | None, timezone: str | None) -> Reading:  # noqa: A002
    """Read a date and time; one without offset is of the time zone. Raises `UnfitError`."""
    zone = proven_zone(timezone)
    attempts: tuple[pl.Expr, ...] = ()
    timeline: Timeline = _iso
    wanted = "one such as 2026-12-31T23:59:59Z"
    if format is None:
        attempts = (_sure(slot.cell),)
    elif format in EPOCHS:
        timeline, wanted = _epoch(EPOCHS[format]), f"the number of `format: {format}`"
    else:
        timeline, wanted = _formatted(proven_format(format)), f"one of the format {format}"
    ms = _on(slot.cell, timeline, zone, "ms")
    is_bad = filled(slot.cell).is_not_null() & ~has_text(ms).fill_null(value=False)
    is_double = _on(slot.cell, timeline, zone, "is_twice")
    shown = quoted(slot.cell)
    expected = f"is no date and time, or none that its time zone has: expected {wanted}"
    checks = (
        check(
            "invalid_datetime",
            slot.field,
            is_bad & ~is_double,
            pl.concat_str(shown, pl.lit(f" {expected}")),
        ),
        check(
            "ambiguous_datetime",
            slot.field,
            is_bad & is_double,
            pl.concat_str(shown, pl.lit(" happens twice in its time zone: write its offset")),
        ),
    )
    attempts = (*attempts, moment_text(ms))
    return Reading(attempts, checks, is_quoted=True)


def settled(local: pl.Expr, zone: str) -> pl.Expr:
    """Take a clock's time in a zone to UTC; null where it does not occur, or occurs twice."""
    return local if zone == UTC else _in_zone(local, zone, "null")


def is_twice(local: pl.Expr, zone: str) -> pl.Expr:
    """Say whether a clock in a zone shows a time twice."""
    if zone == UTC:
        return pl.lit(value=False)
    return _in_zone(local, zone, "null").is_null() & _in_zone(local, zone, "earliest").is_not_null()


def _in_zone(local: pl.Expr, zone: str, ambiguous: Literal["null", "earliest"]) -> pl.Expr:
    there = local.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")
    return there.dt.convert_time_zone(UTC).dt.replace_time_zone(None)


def _on(cell: pl.Expr, timeline: Timeline, zone: str, part: Literal["ms", "is_twice"]) -> pl.Expr:
    """Read cells step by step, as no single expression could without repeating its parts."""

    def read(cells: pl.Series) -> pl.Series:
        read = timeline(cells.alias("cell").to_frame().select(filled(pl.col("cell"))))
        local, is_utc = pl.col("local"), pl.col("is_utc")
        if part == "is_twice":
            told = ~is_utc & is_twice(local, zone).fill_null(value=False)
        else:
            told = pl.when(is_utc).then(local).otherwise(settled(local, zone)).dt.timestamp("ms")
        return read.select(told.alias(cells.name)).to_series()

    dtype = pl.Int64() if part == "ms" else pl.Boolean()
    return cell.map_batches(read, return_dtype=dtype, is_elementwise=True)


def _sure(cell: pl.Expr) -> pl.Expr:
    """Rewrite what is in Plunk's form but for the fraction, without reading it."""
    return pl.when(cell.str.contains(_SURE_MOMENT)).then(
        pl.concat_str(cell.str.strip_suffix("Z"), pl.lit(".000Z"))
    )


def _iso(cells: pl.DataFrame) -> pl.DataFrame:
    """Read ISO 8601: a date, with or without a clock's time, with or without an offset."""
    offset = pl.col("offset")
    return (
        cells.select(pl.col("cell").str.extract_groups(_ISO))
        .unnest("cell")
        .select(
            "offset",
            day=pl.col("day").str.to_date(DATE_FORMAT, strict=False),
            hour=_number("hour"),
            minute=_number("minute"),
            second=_number("second"),
            ms=pl.col("fraction").str.head(3).str.pad_end(3, "0").cast(pl.Int64).fill_null(0),
            sign=pl.when(offset.str.starts_with("-")).then(-1).otherwise(1),
            ahead_hours=offset.str.slice(1, 2).cast(pl.Int64, strict=False).fill_null(0),
            ahead_minutes=offset.str.slice(3).str.tail(2).cast(pl.Int64, strict=False).fill_null(0),
        )
        .select(_moment_of_parts().alias("local"), is_utc=offset.is_not_null())
    )


def _moment_of_parts() -> pl.Expr:
    is_clock = (pl.col("hour") < 24) & (pl.col("minute") < 60) & (pl.col("second") < 60)
    is_offset = (pl.col("ahead_hours") < 24) & (pl.col("ahead_minutes") < 60)
    ahead = pl.col("sign") * (pl.col("ahead_hours") * 60 + pl.col("ahead_minutes"))
    minutes = pl.col("hour") * 60 + pl.col("minute") - ahead
    ms = (minutes * 60 + pl.col("second")) * 1_000 + pl.col("ms")
    midnight = pl.col("day").cast(pl.Datetime("ms")).dt.timestamp("ms")
    return pl.when(is_clock & is_offset).then(midnight + ms).cast(pl.Datetime("ms"))


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64).fill_null(0)


def _epoch(step_ms: int) -> Timeline:
    def read(cells: pl.DataFrame) -> pl.DataFrame:
        steps = pl.col("cell").cast(pl.Float64, strict=False)
        ms = cells.select((steps * step_ms).floor().alias("local"))
        known = pl.when(has_text(pl.col("local"))).then("local").cast(pl.Int64)
        return ms.select(known.cast(pl.Datetime("ms")), is_utc=pl.lit(value=True))

    return read


def _formatted(format: Format) -> Timeline:  # noqa: A002
    def read(cells: pl.DataFrame) -> pl.DataFrame:
        local = pl.col("cell").str.to_datetime(format.pattern, strict=False, time_unit="ms")
        if format.has_offset:
            local = local.dt.replace_time_zone(None)
        return cells.select(local=local, is_utc=pl.lit(format.has_offset))

    return read
