"""Cells of our own that a spreadsheet would run as a formula, and how they are kept from it."""

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


def defused_files(name: str) -> pl.Expr:
    """Put one before the names of files alike; `-` alone, standard input, is no formula."""
    return pl.when(column(name) == "-").then(column(name)).otherwise(defused(name)).alias(name)


def file_cell(name: str) -> pl.DataFrame:
    """Return the cell that names a file, as a frame of the column `file`."""
    return pl.DataFrame({"file": [printable(name)]}).select(defused_files("file"))
