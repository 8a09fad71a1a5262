"""Variables that are dates with a time of day, written as text or as a number since 1970."""

from collections.abc import Callable
from typing import Literal

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.validate.checks import Quoted, Reading, Slot, check
from plunk_import.validate.rejects import (
    AMBIGUOUS_DATETIME,
    DATETIME_OUT_OF_RANGE,
    INVALID_DATETIME,
)
from plunk_import.validate.types import iso
from plunk_import.validate.types.cells import filled
from plunk_import.validate.types.clock_text import has_text, moment_text
from plunk_import.validate.types.date_formats import (
    EPOCHS,
    Format,
    lacks_century,
    proven_format,
    proven_zone,
    two_digit_year,
)
from plunk_import.validate.types.kind import Family, Kind
from plunk_import.validate.types.zones import is_twice, settled

Timeline = Callable[[pl.DataFrame], pl.DataFrame]
"""Reads a column `cell` as `local`, a datetime without zone, and tells whether it `is_utc`."""


def read_datetime(
    slot: Slot,
    variable: Variable,
    *,
    decimal_comma: bool,  # noqa: ARG001 - every kind is read alike
) -> Reading:
    """Read a date and time; one without offset is of the time zone. Raises `UnfitError`."""
    zone = proven_zone(variable.timezone)
    timeline, wanted = _expectation(filled(slot.cell), variable.format)
    ms = _on(slot.cell, timeline, zone, "ms")
    is_bad = filled(slot.cell).is_not_null() & ~has_text(ms).fill_null(value=False)
    is_double = _on(slot.cell, timeline, zone, "is_twice")
    is_out = (ms.is_not_null() & ~has_text(ms)).fill_null(value=False)
    if variable.format is None:
        is_out |= filled(slot.cell).str.contains(iso.OUT_OF_RANGE).fill_null(value=False)
    shown = Quoted(slot.cell)
    checks = (
        check(INVALID_DATETIME, slot.field, is_bad & ~is_double & ~is_out, shown, wanted),
        check(AMBIGUOUS_DATETIME, slot.field, is_bad & is_double, shown),
        check(DATETIME_OUT_OF_RANGE, slot.field, is_bad & is_out, shown),
    )
    careful = moment_text(ms)
    if variable.format is not None:
        return Reading((careful,), checks, is_quoted=True)
    sure = slot.cell.str.contains(iso.SURE_MOMENT)
    return Reading((_rewritten(slot.cell, sure), careful), checks, is_quoted=True, sure=sure)


def _expectation(trimmed: pl.Expr, format: str | None) -> tuple[Timeline, pl.Expr]:  # noqa: A002
    """Choose how cells are read, and say what a cell that cannot be should have been."""
    if format is None:
        example = (
            "expected one such as 2026-12-31T23:59:59Z, at an hour that its time zone has, or "
            "of a declared `format`"
        )
        return iso.read_moments, iso.refusal(trimmed, example)
    if format in EPOCHS:
        expected = f"expected the number of `format: {format}`, of the years 1 to 9999"
        return _epoch(EPOCHS[format]), pl.lit(expected)
    return _formatted(proven_format(format), format), two_digit_year(trimmed, format)


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


def _rewritten(cell: pl.Expr, sure: pl.Expr) -> pl.Expr:
    """Rewrite what is in Plunk's form but for the fraction, without reading it."""
    return pl.when(sure).then(pl.concat_str(cell.str.strip_suffix("Z"), pl.lit(".000Z")))


def _epoch(step_ms: int) -> Timeline:
    def read(cells: pl.DataFrame) -> pl.DataFrame:
        steps = pl.col("cell").cast(pl.Float64, strict=False)
        ms = cells.select((steps * step_ms).floor().alias("local"))
        known = pl.when(has_text(pl.col("local"))).then("local").cast(pl.Int64)
        return ms.select(known.cast(pl.Datetime("ms")), is_utc=pl.lit(value=True))

    return read


def _formatted(format: Format, written: str) -> Timeline:  # noqa: A002
    def read(cells: pl.DataFrame) -> pl.DataFrame:
        local = pl.col("cell").str.to_datetime(format.pattern, strict=False, time_unit="ms")
        if format.has_offset:
            local = local.dt.replace_time_zone(None)
        local = pl.when(~lacks_century(pl.col("cell"), local, written)).then(local)
        return cells.select(local=local, is_utc=pl.lit(format.has_offset))

    return read


KIND = Kind(
    "datetime",
    read_datetime,
    as_they_are=frozenset({Family.DATETIME}),
    by_text=frozenset({Family.TEXT, Family.NULL, Family.WHOLE, Family.FLOAT}),
)
