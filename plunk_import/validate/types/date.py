"""Variables that are dates, written as text."""

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.validate.checks import Check, Quoted, Reading, Slot, check
from plunk_import.validate.rejects import DATETIME_OUT_OF_RANGE, INVALID_DATE
from plunk_import.validate.types import iso
from plunk_import.validate.types.cells import filled
from plunk_import.validate.types.clock_text import date_text, in_years
from plunk_import.validate.types.date_formats import lacks_century, proven_format, two_digit_year
from plunk_import.validate.types.kind import Family, Kind


def read_date(
    slot: Slot,
    variable: Variable,
    *,
    decimal_comma: bool,  # noqa: ARG001 - every kind is read alike
) -> Reading:
    """Read a date: ISO 8601, or of the declared format; raises `UnfitError`."""
    if variable.format is None:
        return _iso(slot)
    trimmed = filled(slot.cell)
    day = trimmed.str.to_date(proven_format(variable.format).pattern, strict=False)
    day = pl.when(~lacks_century(trimmed, day, variable.format)).then(day)
    wanted = two_digit_year(trimmed, variable.format)
    return Reading((date_text(day),), (_check(slot, day, wanted),), is_quoted=True)


def _iso(slot: Slot) -> Reading:
    trimmed = filled(slot.cell)
    day = iso.read_date(trimmed)
    is_out = trimmed.str.contains(iso.OUT_OF_RANGE).fill_null(value=False)
    wanted = iso.refusal(trimmed, "expected one such as 2026-12-31, or of a declared `format`")
    checks = (
        _check(slot, pl.when(is_out).then(pl.date(1, 1, 1)).otherwise(day), wanted),
        check(DATETIME_OUT_OF_RANGE, slot.field, is_out, Quoted(trimmed)),
    )
    sure = slot.cell.str.contains(f"^{iso.SURE_DATE}$")
    attempts = (pl.when(sure).then(slot.cell), date_text(day))
    return Reading(attempts, checks, is_quoted=True, sure=sure)


def _check(slot: Slot, day: pl.Expr, wanted: pl.Expr) -> Check:
    trimmed = filled(slot.cell)
    is_bad = trimmed.is_not_null() & in_years(day).is_null()
    return check(INVALID_DATE, slot.field, is_bad, Quoted(trimmed), wanted)


KIND = Kind("date", read_date, as_they_are=frozenset({Family.DATE}))
