"""Moments as text: milliseconds of UTC as YYYY-MM-DDTHH:MM:SS.mmmZ.

Days and times of day come from tables, at a third of the cost of formatting each moment.
"""

import functools

import polars as pl

DATE_FORMAT = "%Y-%m-%d"

_DAY_MS = 86_400_000
_FIRST_MS = -62_135_596_800_000  # the year 1 begins
_END_MS = 253_402_300_800_000  # the year 9999 ends
_LONGEST_TABLE_DAYS = 50_000


def in_years(day: pl.Expr) -> pl.Expr:
    """Keep the days that have a text: those of the years 1 to 9999."""
    return pl.when(day.dt.year().is_between(1, 9999)).then(day)


def date_text(day: pl.Expr) -> pl.Expr:
    """Write a date as YYYY-MM-DD, null outside the years 1 to 9999."""
    return in_years(day).dt.strftime(DATE_FORMAT)


def has_text(ms: pl.Expr) -> pl.Expr:
    """Say whether milliseconds since 1970 are of the years 1 to 9999."""
    return ms.is_between(_FIRST_MS, _END_MS, closed="left")


def moment_text(ms: pl.Expr) -> pl.Expr:
    """Write milliseconds since 1970 as a moment of UTC, null outside the years 1 to 9999."""
    return ms.map_batches(_texts, return_dtype=pl.String, is_elementwise=True)


def _texts(given: pl.Series) -> pl.Series:
    ms = given.to_frame("ms").select(pl.when(has_text(pl.col("ms"))).then("ms")).to_series()
    time = ms % _DAY_MS
    parts = pl.DataFrame(
        {
            "day": _day_texts((ms - time) // _DAY_MS),
            "clock": _clock().gather(time // 1_000),
            "fraction": _fraction().gather(time % 1_000),
        }
    )
    return parts.select(pl.concat_str("day", "clock", "fraction").alias(given.name)).to_series()


def _day_texts(days: pl.Series) -> pl.Series:
    first, last = days.min(), days.max()
    if not isinstance(first, int) or not isinstance(last, int):
        return pl.Series(days.name, [None] * len(days), dtype=pl.String)
    if last - first > _LONGEST_TABLE_DAYS:
        return days.cast(pl.Date).dt.strftime(DATE_FORMAT)
    table = pl.int_range(first, last + 1, eager=True).cast(pl.Date).dt.strftime(DATE_FORMAT)
    return table.gather(days - first)


@functools.cache
def _clock() -> pl.Series:
    seconds = pl.int_range(0, 86_400, eager=True) * 1_000_000_000
    return seconds.cast(pl.Time).dt.strftime("T%H:%M:%S")


@functools.cache
def _fraction() -> pl.Series:
    return pl.Series([f".{ms:03}Z" for ms in range(1_000)])
