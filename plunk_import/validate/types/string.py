"""Variables of text, sent as it is."""

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.validate.checks import Check, Quoted, Reading, Slot, check, escaped
from plunk_import.validate.rejects import NUL_CHARACTER
from plunk_import.validate.types.kind import Family, Kind

NUL = "\0"
TO_ESCAPE = r'["\\\x00-\x1f]'


def read_string(
    slot: Slot,
    variable: Variable,  # noqa: ARG001 - every kind is read alike
    *,
    decimal_comma: bool,  # noqa: ARG001
) -> Reading:
    """Read a text as it is."""
    cell = slot.cell
    is_plain = ~cell.str.contains(TO_ESCAPE)
    attempts = (
        pl.when(is_plain).then(cell),
        pl.when(~has_nul(cell)).then(escaped(cell)),
    )
    return Reading(
        attempts, (nul_check(slot),), is_quoted=True, sure=cell.is_not_null(), is_text=True
    )


def has_nul(text: pl.Expr) -> pl.Expr:
    """Tell whether a text contains what Plunk's database refuses."""
    return text.str.contains(NUL, literal=True)


def nul_check(slot: Slot) -> Check:
    """Check a text for NUL."""
    return check(NUL_CHARACTER, slot.field, has_nul(slot.cell), Quoted(slot.cell))


KIND = Kind(
    "string",
    read_string,
    as_they_are=frozenset({Family.DATE, Family.DATETIME, Family.TIME}),
    by_text=frozenset(
        {Family.TEXT, Family.NULL, Family.WHOLE, Family.FLOAT, Family.DECIMAL, Family.BOOLEAN}
        | {Family.BINARY}
    ),
)
