"""Cells of text: what is in them, without what is around it."""

import polars as pl


def filled_text(text: pl.Expr) -> pl.Expr:
    """Read a text column as cells: null where it is empty."""
    return text.replace("", None)  # which works the text out once, unlike when and then


def filled(cell: pl.Expr) -> pl.Expr:
    """Trim the white space around a cell; null where nothing is left."""
    return filled_text(cell.str.strip_chars())
