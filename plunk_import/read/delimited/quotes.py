"""Whether every quote of a block of records has its place.

It opens a cell, closes one, or is doubled within one.
"""

import polars as pl

from plunk_import.read.delimited.cells import Dialect, clean_quotes

_BYTES_OF_A_FEW = 24
"""Where there is one quote in so many bytes or more, looking at each is quicker than a regex."""


class Quotes:
    """The quotes of a dialect that has some."""

    def __init__(self, dialect: Dialect) -> None:
        delimiter, end = dialect.delimiter.encode("ascii"), dialect.line_end.encode("ascii")
        self._quote = (dialect.quote or "").encode("ascii")
        self._before = frozenset({b"", delimiter, end})
        self._after = (delimiter, end, b"\r" + end)
        self._pattern = clean_quotes(dialect)

    def are_few(self, block: bytes) -> bool:
        """Tell whether they can be looked at one by one in little time."""
        return block.count(self._quote) * _BYTES_OF_A_FEW <= len(block)

    def are_clean(self, block: bytes) -> bool:
        """Look at what stands around each quote."""
        first, *rest = block.split(self._quote)
        if not rest or len(rest) % 2:
            return not rest
        *between, last = rest[1::2]
        # Nothing stands between two quotes that are one, doubled.
        return (
            all(
                not start or start.startswith(self._after) for start in {one[:2] for one in between}
            )
            and (last in (b"", b"\r") or last.startswith(self._after))
            and {first[-1:], *(one[-1:] for one in between)} <= self._before
        )

    def are_clean_in(self, text: pl.Expr) -> pl.Expr:
        """Tell of blocks in a column of bytes."""
        return text.cast(pl.String).str.contains(self._pattern)
