"""Variables that are numbers: doubles, as Plunk keeps them."""

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.validate.checks import Quoted, Reading, Slot, check
from plunk_import.validate.rejects import INTEGER_TOO_LARGE, INVALID_NUMBER, NUMBER_NOT_FINITE
from plunk_import.validate.types.cells import filled
from plunk_import.validate.types.kind import Family, Kind
from plunk_import.validate.types.numerals import (
    WHOLE,
    if_like,
    if_safe,
    is_beyond_double,
    is_kept,
    is_safe,
    shortest,
    with_point,
)

# Up to 15 digits a double gives back just as they were written.
_SHORTEST = r"^(?:0|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,5}[1-9]|-?[1-9][0-9]{0,14})$"


def read_number(
    slot: Slot,
    variable: Variable,  # noqa: ARG001 - every kind is read alike
    *,
    decimal_comma: bool,
) -> Reading:
    """Read a number, as a double."""
    trimmed = filled(slot.cell)
    plain = with_point(trimmed) if decimal_comma else trimmed
    value = _double(plain)
    is_too_large = plain.str.contains(WHOLE) & is_beyond_double(plain)
    form = "a decimal comma, such as 1.234,5" if decimal_comma else "a decimal point, as 1234.5"
    shown = Quoted(trimmed)
    is_missing = trimmed.is_not_null() & value.is_null()
    return Reading(
        (
            *(
                ()
                if decimal_comma
                else (if_like(_SHORTEST, slot.cell), if_safe(_double(slot.cell)))
            ),
            pl.when(is_kept(value) & ~is_too_large).then(shortest(value)),
        ),
        (
            check(INVALID_NUMBER, slot.field, is_missing, shown, f"digits with {form}"),
            check(NUMBER_NOT_FINITE, slot.field, ~is_kept(value), shown),
            check(INTEGER_TOO_LARGE, slot.field, is_too_large, shown),
        ),
        sure=None if decimal_comma else is_safe(_double(slot.cell)),
    )


def _double(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Float64, strict=False)


KIND = Kind(
    "number",
    read_number,
    as_they_are=frozenset({Family.WHOLE, Family.FLOAT, Family.DECIMAL, Family.DURATION}),
)
