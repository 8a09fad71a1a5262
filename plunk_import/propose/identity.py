"""The column that identifies a row, proven over the rows themselves."""

from dataclasses import dataclass

import polars as pl

from plunk_import.propose.profile import Profile
from plunk_import.propose.roles import id_columns
from plunk_import.propose.structure import Structure
from plunk_import.read import Source, text_of

IDENTIFIED_ROWS = 5_000_000
"""Rows over which a column is proven unique, at eight bytes for each row and candidate."""

_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Identity:
    """A column that may identify rows; `flaw` says why it does not, None where it does."""

    column: str
    flaw: str | None = None


class _Candidate:
    """Counts what a column has twice, and where it is empty."""

    def __init__(self, column: str, null_words: tuple[str, ...]) -> None:
        self.column = column
        self._null_words = null_words
        self._hashes: list[pl.Series] = []
        self._rows = self._empty = 0

    def add(self, frame: pl.DataFrame) -> None:
        # Named anew: an operation on a column called `*` or `^x$` would look for its pattern.
        named = frame[self.column].alias("cell")
        cells = named.to_frame().select(text_of(pl.col("cell"), named.dtype)).to_series()
        filled = cells.filter((cells.str.strip_chars() != "") & ~cells.is_in(self._null_words))
        self._rows += len(cells)
        self._empty += len(cells) - len(filled)
        self._hashes.append(filled.hash())

    def identity(self, *, is_whole: bool) -> Identity:
        hashes = pl.concat(self._hashes) if self._hashes else pl.Series(dtype=pl.UInt64)
        repeated = len(hashes) - hashes.n_unique()
        if repeated:
            return Identity(self.column, f"{repeated:,} rows repeat an earlier one's")
        if self._empty or not self._rows:
            return Identity(self.column, f"it is empty in {self._empty:,} rows")
        if not is_whole:
            return Identity(self.column, f"proven only for the first {self._rows:,} rows")
        return Identity(self.column)


def identity_of(source: Source, profile: Profile, structure: Structure) -> Identity | None:
    """Find the column that identifies each row sent, else the likeliest one with its flaw.

    None where no column looks like an id. Reads the source again. Raises SourceError.
    """
    but = [structure.address.name, structure.event.column or ""]
    names = id_columns(profile, structure.export, but=but)[:_CANDIDATES]
    if not names:
        return None
    candidates = [_Candidate(name, structure.habits.null_words) for name in names]
    condition = None if structure.where is None else pl.sql_expr(structure.where.sql)
    rows, is_whole = 0, True
    for batch in source.batches():
        rows += batch.frame.height
        if rows > IDENTIFIED_ROWS:
            is_whole = False
            break
        kept = batch.frame if condition is None else batch.frame.filter(condition)
        for candidate in candidates:
            candidate.add(kept)
    found = [candidate.identity(is_whole=is_whole) for candidate in candidates]
    return next((one for one in found if one.flaw is None), found[0])
