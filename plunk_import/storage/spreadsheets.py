"""Cells of our own that a spreadsheet would run as a formula, and how they are kept from it."""

import re

import polars as pl

from plunk_import.read import column
from plunk_import.runtime import printable

FORMULA_STARTS = "^[=+@\t\r-]"


def defused(name: str) -> pl.Expr:
    """Put an apostrophe before the texts of a column that would be run."""
    text = column(name)
    return (
        pl.when(text.str.contains(FORMULA_STARTS))
        .then(pl.concat_str(pl.lit("'"), text))
        .otherwise(text)
        .alias(name)
    )


def shown_file(name: str) -> str:
    """Return the name of a file as a cell shows it."""
    shown = printable(name)
    # Standard input: alone it is no formula.
    return f"'{shown}" if name != "-" and re.match(FORMULA_STARTS, shown) else shown
