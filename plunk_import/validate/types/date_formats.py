"""The time zones and formats of a mapping, proven before a row is read."""

import datetime
import difflib
import zoneinfo
from dataclasses import dataclass

import polars as pl

from plunk_import.validate.checks import UnfitError

UTC = "UTC"
EPOCHS = {"epoch": 1_000, "epoch_ms": 1}
"""Formats that count from 1970 on, and the milliseconds of one step."""

_FIRST_PLAIN_YEAR = 1_000
_SAMPLE = datetime.datetime(2024, 10, 23, 21, 45, 56, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Format:
    """A pattern that polars reads, and whether what it reads carries its offset."""

    pattern: str
    has_offset: bool


def lacks_century(cell: pl.Expr, moment: pl.Expr, written: str) -> pl.Expr:
    """Tell where `%Y` took a year of fewer than four digits: 26 would be the year 26."""
    if "%Y" not in written:
        return pl.lit(value=False)
    year = moment.dt.year()
    is_early = (year < _FIRST_PLAIN_YEAR).fill_null(value=False)
    return is_early & ~cell.str.contains(year.cast(pl.String).str.zfill(4), literal=True)


def two_digit_year(cell: pl.Expr, written: str) -> pl.Expr:
    """Say what a cell should have been, where it is not of a format."""
    plain = pl.lit(f"expected one of the format {written}")
    if "%Y" not in written:
        return plain
    short = proven_format(written.replace("%Y", "%y")).pattern
    of_century = cell.str.to_date(short, strict=False, exact=True).is_not_null()
    remedy = f"its year has two digits; declare `format: {written.replace('%Y', '%y')}`"
    return pl.when(of_century).then(pl.lit(remedy)).otherwise(plain)


def proven_zone(name: str | None) -> str:
    """Prove a time zone's name, UTC for none; raises `UnfitError` where there is no such zone."""
    zone = name or UTC
    try:
        # Reading odd files may have told polars to take any name; to compute by it proves it.
        pl.Series([_SAMPLE]).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    except pl.exceptions.PolarsError as error:
        near = difflib.get_close_matches(zone, zoneinfo.available_timezones(), n=1)
        example = near[0] if near else "Europe/Brussels"
        message = f'"{zone}" is not a time zone: expected a name such as {example}'
        raise UnfitError(message) from error
    return zone


def proven_format(written: str) -> Format:
    """Prove a format by writing a moment with it and reading that back.

    Raises `UnfitError`: polars itself takes many a format that then reads nothing, or something
    else than was meant.
    """
    if "%Z" in written:
        raise UnfitError("`%Z` would be ignored: write `%z` for offsets, or declare `timezone`")
    pattern = written.replace(".%f", "%.f")
    if "%f" in pattern:
        raise UnfitError("`%f` would count nanoseconds: write `%.f` for a fraction, or `%3f`")
    try:
        text = pl.Series([_SAMPLE]).dt.strftime(pattern.replace("%#z", "%z"))
        read = text.str.to_datetime(pattern, strict=False)
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n", 1)[0]
        raise UnfitError(f'"{written}" is not a format of a date: {reason}') from error
    if read.dt.year().item() != _SAMPLE.year:
        raise UnfitError(
            f'"{written}" does not tell a date: expected a format such as %d/%m/%Y or '
            "%Y-%m-%d %H:%M:%S"
        )
    return Format(pattern, isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is not None)
