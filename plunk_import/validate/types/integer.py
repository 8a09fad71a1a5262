"""Variables that are whole numbers."""

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.validate.checks import Quoted, Reading, Slot, check
from plunk_import.validate.rejects import INTEGER_TOO_LARGE, INVALID_INTEGER
from plunk_import.validate.types.cells import filled
from plunk_import.validate.types.kind import Family, Kind
from plunk_import.validate.types.numerals import (
    if_like,
    if_safe,
    is_beyond_double,
    is_safe,
    with_point,
)

_WHOLE_WITH_ZEROS = r"^[+-]?[0-9]+(?:\.0*)?$"
# Up to 15 digits a double gives back just as they were written.
_CANONICAL = r"^(?:0|-?[1-9][0-9]{0,14})$"


def read_integer(
    slot: Slot,
    variable: Variable,  # noqa: ARG001 - every kind is read alike
    *,
    decimal_comma: bool,
) -> Reading:
    """Read a whole number; 12.0 is one, 1e3 is not: a spreadsheet wrote it and lost digits."""
    trimmed = filled(slot.cell)
    plain = with_point(trimmed) if decimal_comma else trimmed
    is_whole = plain.str.contains(_WHOLE_WITH_ZEROS).fill_null(value=False)
    digits = plain.str.replace(r"\.0*$", "")
    is_too_large = is_whole & is_beyond_double(digits)
    shown = Quoted(trimmed)
    return Reading(
        (
            *(() if decimal_comma else (if_like(_CANONICAL, slot.cell), if_safe(_int(slot.cell)))),
            pl.when(is_whole & ~is_too_large).then(_int(digits).cast(pl.String)),
        ),
        (
            check(INVALID_INTEGER, slot.field, trimmed.is_not_null() & ~is_whole, shown),
            check(INTEGER_TOO_LARGE, slot.field, is_too_large, shown),
        ),
        sure=None if decimal_comma else is_safe(_int(slot.cell)),
    )


def _int(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Int64, strict=False)


KIND = Kind(
    "integer",
    read_integer,
    as_they_are=frozenset({Family.WHOLE}),
    by_text=frozenset({Family.TEXT, Family.NULL, Family.FLOAT, Family.DECIMAL}),
)
