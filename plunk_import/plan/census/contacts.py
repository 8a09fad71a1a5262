"""How many contacts the rows belong to, and which of them have the most rows.

Addresses are counted by hash, in sorted columns: exactly up to `EXACT_CONTACTS`. Beyond that only
every second, fourth, … hash is kept, which estimates how many there are (to about 0.2 %), and the
busiest are found among the most frequent of each window (Misra and Gries' summary), so that their
counts are lower bounds.
"""

from collections.abc import Iterable

import polars as pl

from plunk_import.plan.model import Counted

EXACT_CONTACTS = 500_000
WINDOW_ROWS = 1 << 19
BUSIEST = 10
_CANDIDATES = 10_000

_CONTACT, _ROWS = "contact", "rows"
_SCHEMA = {_CONTACT: pl.UInt64, _ROWS: pl.UInt64}


class ContactTally:
    """Counts contacts and their rows."""

    def __init__(
        self, exact_contacts: int = EXACT_CONTACTS, window_rows: int = WINDOW_ROWS
    ) -> None:
        self._exact_contacts = exact_contacts
        self._window_rows = window_rows
        self._window: list[pl.Series] = []
        self._waiting = 0
        self._stride = 1
        self._kept = pl.DataFrame(schema=_SCHEMA)
        self._candidates = pl.DataFrame(schema=_SCHEMA)
        self._addresses: dict[int, str] = {}

    def add(self, addresses: pl.Series) -> None:
        """Count the rows of a batch by their addresses."""
        self._window.append(addresses)
        self._waiting += len(addresses)
        if self._waiting >= self._window_rows:
            self._close_window()

    @property
    def is_exact(self) -> bool:
        """Whether every contact has been counted, so far."""
        self._close_window()
        return self._stride == 1

    def count(self) -> int:
        """How many contacts there are; an estimate where not `is_exact`."""
        self._close_window()
        return self._kept.height * self._stride

    def busiest(self) -> tuple[Counted, ...]:
        """Rank the contacts with the most rows; unless `is_exact`, the counts are lower bounds."""
        self._close_window()
        table = self._candidates if self._stride > 1 else self._kept
        named = table.filter(pl.col(_CONTACT).is_in(list(self._addresses)))
        found = [
            Counted(value=self._addresses[contact], count=rows)
            for contact, rows in named.iter_rows()
        ]
        return tuple(sorted(found, key=lambda one: (-one.count, one.value))[:BUSIEST])

    def _close_window(self) -> None:
        if not self._waiting:
            return
        addresses = pl.concat(self._window)
        self._window, self._waiting = [], 0
        hashes = addresses.hash()
        counted = _counted(hashes)
        candidates = [self._candidates, _most_frequent(counted)]
        self._candidates = _most_frequent(_merged(candidates))
        self._kept = _merged([self._kept, counted.filter(self._is_kept())])
        while self._kept.height > self._exact_contacts:
            self._stride *= 2
            self._kept = self._kept.filter(self._is_kept())
        self._name_the_busiest(addresses, hashes)

    def _is_kept(self) -> pl.Expr:
        return pl.col(_CONTACT) % self._stride == 0

    def _name_the_busiest(self, addresses: pl.Series, hashes: pl.Series) -> None:
        """Remember whoever is at the top: only a row of this window can have brought them there."""
        top = pl.concat([_top(self._kept), _top(self._candidates)])
        is_top = hashes.is_in(top[_CONTACT].unique().implode())
        seen = zip(hashes.filter(is_top), addresses.filter(is_top), strict=True)
        self._addresses.update(seen)


def _counted(hashes: pl.Series) -> pl.DataFrame:
    """Count equal hashes, in order; by sorting, which is several times as fast as grouping.

    In one thread: two take half of the time, and twice the work from whoever maps meanwhile.
    """
    runs = hashes.sort(multithreaded=False).rle().struct
    return pl.DataFrame({_CONTACT: runs.field("value"), _ROWS: runs.field("len")}, schema=_SCHEMA)


def _merged(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add the counts of several tables up, in the order of hashes."""
    rows = pl.concat(tables).sort(_CONTACT, multithreaded=False)
    is_last = (rows[_CONTACT] != rows[_CONTACT].shift(-1)).fill_null(value=True)
    totals = rows.select(_CONTACT, pl.col(_ROWS).cum_sum()).filter(is_last)
    return totals.with_columns(pl.col(_ROWS) - pl.col(_ROWS).shift(1, fill_value=0))


def _most_frequent(table: pl.DataFrame) -> pl.DataFrame:
    """Keep those with more rows than the first that would be too many; take that off them all."""
    if table.height <= _CANDIDATES:
        return table
    most = table[_ROWS].top_k(_CANDIDATES + 1).min()
    return table.filter(pl.col(_ROWS) > most).with_columns(pl.col(_ROWS) - most)


def _top(table: pl.DataFrame) -> pl.DataFrame:
    return table.top_k(BUSIEST, by=_ROWS)
