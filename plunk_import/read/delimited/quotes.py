"""Whether every quote of a block of records has its place.

It opens a cell, closes one, or is doubled within one.
"""

import functools
import operator
from collections.abc import Iterable

import polars as pl

from plunk_import.read.byte_columns import byte_column
from plunk_import.read.delimited.cells import Dialect

_RETURN = 0x0D


class Quotes:
    """The quotes of a dialect that has some."""

    def __init__(self, dialect: Dialect) -> None:
        self._quote, self._delimiter, self._end = (
            ord(mark) for mark in (dialect.quote or "\0", dialect.delimiter, dialect.line_end)
        )

    def are_clean(self, block: bytes) -> bool:
        """Look at what stands around each quote: every other one opens, the next one closes."""
        marks = byte_column(block)
        places = (marks == self._quote).arg_true()
        if len(places) % 2:
            return False
        openings, closings = places.gather_every(2), places.gather_every(2, 1)
        before = marks.gather(openings.filter(openings > 0) - 1)
        # Between two quotes that are one, doubled, nothing stands: each is beside the other.
        return _are_among(before, (self._delimiter, self._end, self._quote)) and self._close(
            marks, closings
        )

    def _close(self, marks: pl.Series, closings: pl.Series) -> bool:
        places = closings.filter(closings < len(marks) - 1) + 1
        after = marks.gather(places)
        if self._end != _RETURN:
            is_return = after == _RETURN
            if is_return.any():
                behind = places.filter(is_return) + 1
                if not (marks.gather(behind.filter(behind < len(marks))) == self._end).all():
                    return False
                after = after.filter(~is_return)
        return _are_among(after, (self._delimiter, self._end, self._quote))


def _are_among(marks: pl.Series, allowed: Iterable[int]) -> bool:
    return bool(functools.reduce(operator.or_, (marks == mark for mark in allowed)).all())
