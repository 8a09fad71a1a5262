"""Tells at a glance which rows are surely good, so that only the others are read with care.

A glance costs a fraction of reading, since it writes no body. It never says that a row is bad.
"""

import itertools
import math
from collections.abc import Container, Iterator, Sequence

import polars as pl

from plunk_import.plunk import LARGEST_BODY_BYTES
from plunk_import.read import ORDINAL
from plunk_import.validate.bodies import Member
from plunk_import.validate.checks import Check
from plunk_import.validate.types import TO_ESCAPE, Value

_LONGEST_SHORT_BYTES = 64
"""What is no text, is written in no more bytes than that: numbers, dates, true and false."""
_LONGEST_FRAME_BYTES = 1_000
"""What stands around the members of a body, the marker included."""
_MOST_GROUPS = 16
"""The texts of neighbouring columns are joined to so many: each of these costs, however short."""
_ESCAPED_BYTES = b'"\\' + bytes(range(32))
"""What `TO_ESCAPE` looks for."""


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
        # Most texts need no cells, nor an expression: in a wide file, to plan those costs the most.
        def is_selected(one: Value) -> bool:
            return one.slot.name in required or not one.reading.is_text

        selected = list(filter(is_selected, values))
        texts = [one.text for one in itertools.filterfalse(is_selected, values)]
        names = [text.meta.output_name() for text in texts if text.meta.is_column()]
        self._text_names = names if len(set(names)) == len(texts) else None
        self._texts = [text.alias(str(number)) for number, text in enumerate(texts)]
        self._selected_texts = [one.slot.name for one in selected if one.reading.is_text]
        self.cells = tuple(one.cell.alias(one.slot.name) for one in selected)
        """What to select from the source, beside its numbers and the texts of the id."""
        signs = (*_signs(selected, required), *(~one.bad for one in of_row))
        self._sign = pl.all_horizontal(pl.lit(value=True), *signs)
        self._around_bytes = _LONGEST_FRAME_BYTES + sum(
            len(one.head.encode()) + len(one.tail.encode()) + _LONGEST_SHORT_BYTES
            for one in members
        )

    def find_sure(
        self, rows: pl.DataFrame, cells: pl.DataFrame, *, duplicates: pl.Series
    ) -> pl.Series:
        """Find the rows that are surely good.

        Args:
            rows: As the source has them.
            cells: What is to be selected of them.
            duplicates: Ordinals of the rows whose `id` an earlier row has.

        """
        named = self._text_names
        of_rows = rows.select(self._texts) if named is None else rows[named]
        texts = _Texts(of_rows), _Texts(cells[self._selected_texts])
        has_nested = any(dtype.is_nested() for dtype in cells.dtypes)
        if cells.is_empty() or has_nested or not self._are_bounded(cells, *texts):
            return pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True)
        is_sure = cells.select(self._sign).to_series()
        for some in texts:
            is_sure = some.without_escapes(is_sure)
        if duplicates.is_empty():
            return is_sure
        return is_sure & ~cells[ORDINAL].is_in(duplicates.implode())

    def _are_bounded(self, cells: pl.DataFrame, *texts: "_Texts") -> bool:
        """Tell whether no body of rows that are surely good can be too large.

        Where a text is sure, it is written as it is.
        """
        most = LARGEST_BODY_BYTES - self._around_bytes - cells.estimated_size()
        if sum(some.all_bytes for some in texts) <= most:
            return True
        of_cells = cells.select(pl.col(pl.String).str.len_bytes().max())
        longest = sum(size or 0 for size in (of_cells.row(0) if of_cells.width else ()))
        longest += sum(some.longest_bytes() for some in texts)
        return longest + self._around_bytes <= LARGEST_BODY_BYTES


class _Texts:
    """The texts of a batch that are sent as they are, with escapes.

    All rows' at once are looked through much faster than one by one, and most batches have nothing
    to escape. Only a batch of unusual size is not joined.
    """

    def __init__(self, texts: pl.DataFrame) -> None:
        self._texts = texts
        columns = texts.get_columns()
        size = math.ceil(len(columns) / _MOST_GROUPS) or 1
        self._groups = [columns[at : at + size] for at in range(0, len(columns), size)]
        self._joined: list[bytes] | None = None
        if texts.estimated_size() <= LARGEST_BODY_BYTES:
            self._joined = list(map(_joined, self._groups))

    @property
    def all_bytes(self) -> float:
        """How long all of them are together; infinite where nobody knows."""
        return math.inf if self._joined is None else sum(map(len, self._joined))

    def longest_bytes(self) -> int:
        """Measure the row with the longest texts."""
        if not self._groups:
            return 0
        sizes = self._texts.select(pl.sum_horizontal(pl.all().str.len_bytes()).max())
        return sizes.item() or 0

    def without_escapes(self, are_good: pl.Series) -> pl.Series:
        """Tell of which rows that are good no text has to be escaped."""
        columns = list(itertools.chain.from_iterable(self._groups_with_escapes()))
        if not columns:
            return are_good
        texts = pl.concat_str(pl.all(), ignore_nulls=True)
        return are_good & ~pl.DataFrame(columns).select(texts.str.contains(TO_ESCAPE)).to_series()

    def _groups_with_escapes(self) -> Sequence[Sequence[pl.Series]]:
        if self._joined is None:
            return self._groups
        return [
            columns
            for columns, joined in zip(self._groups, self._joined, strict=True)
            if len(joined.translate(None, _ESCAPED_BYTES)) < len(joined)
        ]


def _joined(columns: Sequence[pl.Series]) -> bytes:
    """Join all texts of some columns."""
    joined: bytes = pl.concat(columns, rechunk=False).str.join("").cast(pl.Binary).item()
    return joined


def _signs(values: Sequence[Value], required: Container[str]) -> Iterator[pl.Expr]:
    for value in values:
        sign = value.reading.surely_has_text
        if value.slot.name not in required:
            sign |= value.slot.cell.is_null()
        yield sign.fill_null(value=False)
