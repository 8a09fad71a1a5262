"""Tells at a glance which rows are surely good, so that only the others are read with care.

A glance costs a fraction of reading, since it writes no body. It never says that a row is bad.
"""

from collections.abc import Container, Iterator, Sequence

import polars as pl

from plunk_import.plunk import LARGEST_BODY_BYTES
from plunk_import.read import ORDINAL
from plunk_import.validate.bodies import Member
from plunk_import.validate.checks import Check
from plunk_import.validate.types import Value

_LONGEST_SHORT_BYTES = 64
"""What is no text, is written in no more bytes than that: numbers, dates, true and false."""
_LONGEST_FRAME_BYTES = 1_000
"""What stands around the members of a body, the marker included."""


def is_bounded(cells: pl.DataFrame, members: Sequence[Member]) -> bool:
    """Tell whether no body of rows that are surely good can be too large.

    Where a text is sure, it is written as it is.
    """
    if any(dtype.is_nested() for dtype in cells.dtypes):
        return False
    texts = cells.select(pl.col(pl.String).str.len_bytes().max())
    longest = sum(size or 0 for size in (texts.row(0) if texts.width else ()))
    around = sum(len(one.head.encode()) + len(one.tail.encode()) for one in members)
    short = _LONGEST_SHORT_BYTES * cells.width
    return longest + around + short + _LONGEST_FRAME_BYTES <= LARGEST_BODY_BYTES


def surely_good(
    values: Sequence[Value], *, required: Container[str], of_row: Sequence[Check]
) -> pl.Expr:
    """Tell of cells which rows are surely good; never null.

    Args:
        values: How each cell is read.
        required: The columns whose cells must not be empty.
        of_row: What else may be wrong with a row, or be said of it.

    """
    signs = (*_signs(values, required), *(~one.bad for one in of_row))
    return pl.all_horizontal(pl.lit(value=True), *signs)


def find_sure(cells: pl.DataFrame, sign: pl.Expr, *, duplicates: pl.Series) -> pl.Series:
    """Find the rows that are surely good.

    Args:
        cells: The cells that the mapping names, and the texts of the id.
        sign: What tells it, as `surely_good` makes it.
        duplicates: Ordinals of the rows whose `id` an earlier row has.

    """
    is_sure = cells.select(sign).to_series()
    if duplicates.is_empty():
        return is_sure
    return is_sure & ~cells[ORDINAL].is_in(duplicates.implode())


def _signs(values: Sequence[Value], required: Container[str]) -> Iterator[pl.Expr]:
    for value in values:
        sign = value.reading.surely_has_text
        if value.slot.name not in required:
            sign |= value.slot.cell.is_null()
        yield sign.fill_null(value=False)
