"""Local times in their time zones: which occur, which occur twice, and when they are in UTC."""

from typing import Literal

import polars as pl

from plunk_import.validate.types.date_formats import UTC


def settled(local: pl.Expr, zone: str) -> pl.Expr:
    """Convert a local time in a zone to UTC; null where it does not occur, or occurs twice."""
    return local if zone == UTC else _in_zone(local, zone, "null")


def is_twice(local: pl.Expr, zone: str) -> pl.Expr:
    """Tell whether clocks in a zone show a time twice."""
    if zone == UTC:
        return pl.lit(value=False)
    return _in_zone(local, zone, "null").is_null() & _in_zone(local, zone, "earliest").is_not_null()


def _in_zone(local: pl.Expr, zone: str, ambiguous: Literal["null", "earliest"]) -> pl.Expr:
    there = local.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")
    return there.dt.convert_time_zone(UTC).dt.replace_time_zone(None)
