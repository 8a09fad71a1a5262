"""How dates are written: takes the mapping's time zones and formats, gives them proven."""

import datetime
import difflib
import zoneinfo
from dataclasses import dataclass

import polars as pl

from plunk_import.validate.checks import UnfitError

UTC = "UTC"
EPOCHS = {"epoch": 1_000, "epoch_ms": 1}
"""Formats that count from 1970 on, and the milliseconds of one step."""

_SAMPLE = datetime.datetime(2024, 10, 23, 21, 45, 56, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Format:
    """A pattern that polars reads, and whether what it reads carries its offset."""

    pattern: str
    has_offset: bool


def proven_zone(name: str | None) -> str:
    """Give the name of a time zone, UTC for none; raises `UnfitError` where there is none such."""
    zone = name or UTC
    try:
        pl.Series([_SAMPLE]).dt.convert_time_zone(zone)
    except pl.exceptions.PolarsError as error:
        near = difflib.get_close_matches(zone, zoneinfo.available_timezones(), n=1)
        example = near[0] if near else "Europe/Brussels"
        raise UnfitError(f'"{zone}" is no time zone: expected a name such as {example}') from error
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
        raise UnfitError(f'"{written}" is no format of a date: {reason}') from error
    if read.dt.year().item() != _SAMPLE.year:
        raise UnfitError(
            f'"{written}" does not tell a date: expected a format such as %d/%m/%Y or '
            "%Y-%m-%d %H:%M:%S"
        )
    return Format(pattern, isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is not None)
