"""Digits: how numbers are told and written, whatever kind of number they are."""

import sys

import polars as pl

from plunk_import.plunk import LARGEST_INTEGER

WHOLE = r"^[+-]?[0-9]+$"
_WITH_COMMA = (
    r"^[+-]?(?:(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?$"
    r"|^[+-]?(?i:nan|inf|infinity)$"
)


def shortest(number: pl.Expr) -> pl.Expr:
    """Write a number as JSON in its shortest form: 12.5, 12, 1e+16."""
    return number.cast(pl.String).str.strip_suffix(".0")


def is_kept(number: pl.Expr) -> pl.Expr:
    """Tell whether Plunk keeps a double: it stores NaN, infinity and the very largest as null."""
    return number.is_finite() & (number.abs() < sys.float_info.max)


def if_like(pattern: str, cell: pl.Expr) -> pl.Expr:
    """Keep the cells that are JSON already: telling costs less than reading and writing them."""
    return pl.when(cell.str.contains(pattern)).then(cell)


def is_safe(number: pl.Expr) -> pl.Expr:
    """Tell which numbers need no closer look; from 2^53 on whole ones may have lost digits."""
    return number.is_between(-LARGEST_INTEGER, LARGEST_INTEGER, closed="none")


def if_safe(number: pl.Expr) -> pl.Expr:
    """Write the numbers that need no closer look."""
    return pl.when(is_safe(number)).then(shortest(number))


def is_beyond_double(digits: pl.Expr) -> pl.Expr:
    """Tell whether a text of digits is a whole number that a double may round."""
    size = digits.cast(pl.Int128, strict=False).abs()
    return ~(size <= LARGEST_INTEGER).fill_null(value=False)


def with_point(text: pl.Expr) -> pl.Expr:
    """Rewrite 1.234,5 as 1234.5; null where the text is not of that form."""
    return pl.when(text.str.contains(_WITH_COMMA)).then(
        text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    )
