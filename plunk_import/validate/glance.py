"""Tells at a glance which rows are surely good, so that only the others are read with care.

A glance costs a fraction of reading, since it writes no body. It never says that a row is bad.
"""

from collections.abc import Container, Iterator, Sequence

import polars as pl

from plunk_import.plunk import LARGEST_BODY_BYTES
from plunk_import.read import ORDINAL
from plunk_import.validate.bodies import Member
from plunk_import.validate.checks import Check
from plunk_import.validate.types import TO_ESCAPE, Value

_TEXTS = "texts"
_LONGEST_SHORT_BYTES = 64
"""What is no text, is written in no more bytes than that: numbers, dates, true and false."""
_LONGEST_FRAME_BYTES = 1_000
"""What stands around the members of a body, the marker included."""


class Glance:
    """What tells at a glance which rows are surely good.

    Args:
        values: How each cell is read.
        required: The columns whose cells must not be empty.
        members: What is written of them.
        of_row: What else may be wrong with a row, or be said of it.

    """

    def __init__(
        self,
        values: Sequence[Value],
        *,
        required: Container[str],
        members: Sequence[Member],
        of_row: Sequence[Check],
    ) -> None:
        texts = [one.text for one in values if one.text is not None]
        read = [one for one in values if one.text is None or one.slot.name in required]
        # Texts that are sent as they are, all in one: in a wide file, to plan an expression for
        # each column costs more than to look through its cells.
        joined = [pl.concat_str(texts, ignore_nulls=True).alias(_TEXTS)] if texts else []
        self.cells = (*(one.cell.alias(one.slot.name) for one in read), *joined)
        """What to select from the source, beside its numbers and the texts of the id."""
        signs = [*_signs(read, required), *(~one.bad for one in of_row)]
        signs += [~pl.col(_TEXTS).str.contains(TO_ESCAPE)] if texts else []
        self._sign = pl.all_horizontal(pl.lit(value=True), *signs)
        self._around_bytes = _LONGEST_FRAME_BYTES + sum(
            len(one.head.encode()) + len(one.tail.encode()) + _LONGEST_SHORT_BYTES
            for one in members
        )

    def find_sure(self, cells: pl.DataFrame, *, duplicates: pl.Series) -> pl.Series:
        """Find the rows that are surely good.

        Args:
            cells: What is to be selected.
            duplicates: Ordinals of the rows whose `id` an earlier row has.

        """
        if cells.is_empty() or not self._is_bounded(cells):
            return pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True)
        is_sure = cells.select(self._sign).to_series()
        if duplicates.is_empty():
            return is_sure
        return is_sure & ~cells[ORDINAL].is_in(duplicates.implode())

    def _is_bounded(self, cells: pl.DataFrame) -> bool:
        """Tell whether no body of rows that are surely good can be too large.

        Where a text is sure, it is written as it is.
        """
        if any(dtype.is_nested() for dtype in cells.dtypes):
            return False
        texts = cells.select(pl.col(pl.String).str.len_bytes().max())
        longest = sum(size or 0 for size in (texts.row(0) if texts.width else ()))
        return longest + self._around_bytes <= LARGEST_BODY_BYTES


def _signs(values: Sequence[Value], required: Container[str]) -> Iterator[pl.Expr]:
    for value in values:
        sign = value.reading.surely_has_text
        if value.slot.name not in required:
            sign |= value.slot.cell.is_null()
        yield sign.fill_null(value=False)
