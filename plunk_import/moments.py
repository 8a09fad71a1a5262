"""Dates and times: takes text cells and columns of dates, gives them in Plunk's forms, in UTC."""

import datetime
import difflib
import zoneinfo
from typing import Literal

import polars as pl

from plunk_import.checks import Check, check, quoted
from plunk_import.readings import Reading, Slot, Unfit

EPOCHS = {"epoch": 1_000, "epoch_ms": 1}
"""Formats that count from 1970 on, and the milliseconds of one step."""

UTC = "UTC"
MOMENT_FORMAT = "%Y-%m-%dT%H:%M:%S%.3fZ"
DATE_FORMAT = "%Y-%m-%d"

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
_OFFSET = r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})"
_ISO = rf"^{_DATE}(?:[Tt ]{_CLOCK}(?: ?{_OFFSET})?)?$"
_FIRST_MS = -62_135_596_800_000  # the year 1 begins
_END_MS = 253_402_300_800_000  # the year 9999 ends
_ZONE_EXAMPLE = "Europe/Brussels"
_SAMPLE = datetime.datetime(2024, 10, 23, 21, 45, 56, tzinfo=datetime.UTC)


def zone_of(name: str | None) -> str:
    """Check the name of a time zone; raises `Unfit` where there is none such."""
    zone = name or UTC
    try:
        pl.Series([_SAMPLE]).dt.convert_time_zone(zone)
    except pl.exceptions.PolarsError as error:
        near = difflib.get_close_matches(zone, zoneinfo.available_timezones(), n=1)
        raise Unfit(
            f"{zone!r} is no time zone: expected a name such as {(near or [_ZONE_EXAMPLE])[0]}"
        ) from error
    return zone


def date(slot: Slot, format: str | None) -> Reading:  # noqa: A002 - the mapping's word
    """Read a date: ISO 8601, or of the declared format."""
    cell, parsed = pl.col(slot.cell), pl.col(slot.parsed)
    if format is None:
        shaped = pl.when(cell.str.contains(rf"^{_DATE}$")).then(cell)
        day = shaped.str.to_date(DATE_FORMAT, strict=False)
    else:
        day = cell.str.to_date(_usable(format)[0], strict=False)
    wrong = check(
        "invalid_date",
        slot.field,
        cell.is_not_null() & parsed.is_null(),
        pl.format("{} is no date: expected {}", quoted(cell), pl.lit(format or "2026-12-31")),
    )
    return Reading(in_years(day), date_text(parsed), (wrong,))


def moment(slot: Slot, format: str | None, timezone: str | None) -> Reading:  # noqa: A002
    """Read a date and time; one without offset is of the declared time zone."""
    zone = zone_of(timezone)
    cell, parsed = pl.col(slot.cell), pl.col(slot.parsed)
    if format is None:
        local, is_settled = _iso(cell)
    elif format in EPOCHS:
        local, is_settled = _epoch(cell, EPOCHS[format]), pl.lit(value=True)
    else:
        local, is_settled = _formatted(cell, format)
    settled = (
        local if zone == UTC else pl.when(is_settled).then(local).otherwise(localised(local, zone))
    )
    wanted = format or "2026-12-31T23:59:59Z"
    return Reading(
        in_range(settled),
        moment_text(parsed),
        moment_checks(slot, cell, parsed, twice(local, zone) & ~is_settled, wanted),
    )


def moment_checks(
    slot: Slot, cell: pl.Expr, parsed: pl.Expr, is_twice: pl.Expr, wanted: str
) -> tuple[Check, ...]:
    """Check cells that should have given a moment."""
    failed = cell.is_not_null() & parsed.is_null()
    is_twice = is_twice.fill_null(value=False)
    return (
        check(
            "invalid_datetime",
            slot.field,
            failed & ~is_twice,
            pl.format(
                "{} is no date and time, or none that its time zone has: expected {}",
                quoted(cell),
                pl.lit(wanted),
            ),
            hint=failed,
        ),
        check(
            "ambiguous_datetime",
            slot.field,
            failed & is_twice,
            pl.format("{} happens twice in its time zone: write its offset", quoted(cell)),
            hint=failed,
        ),
    )


def date_text(day: pl.Expr) -> pl.Expr:
    """Give a date as a JSON string."""
    return day.dt.strftime(f'"{DATE_FORMAT}"')


def moment_text(instant: pl.Expr) -> pl.Expr:
    """Give a moment of UTC as a JSON string."""
    return instant.dt.strftime(f'"{MOMENT_FORMAT}"')


def localised(local: pl.Expr, zone: str) -> pl.Expr:
    """Take a clock's time in a zone to UTC; null where it does not occur, or occurs twice."""
    return _in_zone(local, zone, "null")


def twice(local: pl.Expr, zone: str) -> pl.Expr:
    """Say whether a clock in a zone shows a time twice."""
    if zone == UTC:
        return pl.lit(value=False)
    return localised(local, zone).is_null() & _in_zone(local, zone, "earliest").is_not_null()


def in_range(instant: pl.Expr) -> pl.Expr:
    """Keep the moments of the years 1 to 9999, which are the ones that have a text."""
    ms = instant.dt.timestamp("ms")
    return pl.when((ms >= _FIRST_MS) & (ms < _END_MS)).then(instant)


def in_years(day: pl.Expr) -> pl.Expr:
    """Keep the days of the years 1 to 9999."""
    return pl.when(day.dt.year().is_between(1, 9999)).then(day)


def _in_zone(local: pl.Expr, zone: str, ambiguous: Literal["null", "earliest"]) -> pl.Expr:
    return (
        local.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")
        .dt.convert_time_zone(UTC)
        .dt.replace_time_zone(None)
    )


def _iso(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Read ISO 8601: the clock's time, and whether it is UTC already by its offset.

    The shape is fixed up to the minutes, so that positions tell the parts.
    """
    shaped = pl.when(cell.str.contains(_ISO)).then(cell)
    has_seconds = shaped.str.slice(16, 1) == ":"
    has_fraction = shaped.str.slice(19, 1).is_in([".", ","]) & has_seconds
    second = pl.when(has_seconds).then(_digits(shaped, 17)).otherwise(0)
    fraction = shaped.str.extract(r"[.,]([0-9]{1,3})", 1).str.pad_end(3, "0")
    ms = pl.when(has_fraction).then(fraction.cast(pl.Int64, strict=False)).otherwise(0)
    hour, minute = _digits(shaped, 11).fill_null(0), _digits(shaped, 14).fill_null(0)
    is_clock = (hour < 24) & (minute < 60) & (second < 60)
    sign, offset_minutes = _offset(shaped)
    is_settled = (sign != 0) | shaped.str.slice(-1).is_in(["Z", "z"])
    day_ms = shaped.str.head(10).str.to_date(DATE_FORMAT, strict=False).cast(pl.Int64)
    day_ms = day_ms * 86_400_000
    local_ms = day_ms + ((hour * 60 + minute - sign * offset_minutes) * 60 + second) * 1_000 + ms
    is_good = is_clock & offset_minutes.is_not_null()
    return pl.when(is_good).then(local_ms).cast(pl.Datetime("ms")), is_settled


def _offset(shaped: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Read the offset at the end: its sign (0 where there is none), and its minutes."""
    has_colon = shaped.str.slice(-3, 1) == ":"
    mark = pl.when(has_colon).then(shaped.str.slice(-6, 1)).otherwise(shaped.str.slice(-5, 1))
    is_clocked = shaped.str.len_bytes() > 10
    sign = (
        pl.when(is_clocked & (mark == "+")).then(1).when(is_clocked & (mark == "-")).then(-1)
    ).otherwise(0)
    hours = pl.when(has_colon).then(_digits(shaped, -5)).otherwise(_digits(shaped, -4))
    minutes = _digits(shaped, -2)
    is_offset = (hours < 24) & (minutes < 60)
    total = pl.when(sign == 0).then(0).when(is_offset).then(hours * 60 + minutes)
    return sign, total


def _digits(text: pl.Expr, position: int) -> pl.Expr:
    return text.str.slice(position, 2).cast(pl.Int64, strict=False)


def _epoch(cell: pl.Expr, step_ms: int) -> pl.Expr:
    ms = (cell.cast(pl.Float64, strict=False) * step_ms).floor()
    return (
        pl.when(ms.is_between(_FIRST_MS, _END_MS)).then(ms).cast(pl.Int64).cast(pl.Datetime("ms"))
    )


def _formatted(cell: pl.Expr, format: str) -> tuple[pl.Expr, pl.Expr]:  # noqa: A002
    usable, has_offset = _usable(format)
    read = cell.str.to_datetime(usable, strict=False, time_unit="ms")
    return (read.dt.replace_time_zone(None) if has_offset else read), pl.lit(has_offset)


def _usable(format: str) -> tuple[str, bool]:  # noqa: A002
    """Prove a format by writing a moment with it and reading that; say whether it has an offset.

    Raises `Unfit`: polars itself takes many a format that then reads nothing, or the wrong thing.
    """
    if "%Z" in format:
        raise Unfit("`%Z` would be ignored: write `%z` for offsets, or declare `timezone`")
    usable = format.replace(".%f", "%.f")
    if "%f" in usable:
        raise Unfit("`%f` counts nanoseconds: write `%.f` for a fraction of a second, or `%3f`")
    try:
        written = pl.Series([_SAMPLE]).dt.strftime(usable.replace("%#z", "%z"))
        read = written.str.to_datetime(usable, strict=False)
    except pl.exceptions.PolarsError as error:
        raise Unfit(f"{format!r} cannot be read: {str(error).splitlines()[0]}") from error
    if read.dt.year().item() != _SAMPLE.year:
        raise Unfit(
            f"{format!r} does not tell a date: expected one such as %d/%m/%Y or %Y-%m-%d %H:%M:%S"
        )
    return usable, read.dtype == pl.Datetime("us", UTC)
