"""How many contacts the rows belong to, and which of them have the most rows.

Addresses are counted by hash, in sorted columns: exactly up to `EXACT_CONTACTS`. Beyond that only
every second, fourth, … hash is kept, which estimates how many there are (to about 0.4 %), and the
busiest are found among the most frequent of each window (Misra and Gries' summary), so that their
counts are lower bounds.
"""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from plunk_import.plan.model import Counted

EXACT_CONTACTS = 500_000
WINDOW_ROWS = 1 << 18
BUSIEST = 10
_CANDIDATES = 10_000
_FEWER_ESTIMATED = 4
"""For an estimate so many times fewer are kept: to add up with many takes memory and time."""
_RANGE_BITS = 3
_RANGES = 1 << _RANGE_BITS

_CONTACT, _ROWS, _PART = "contact", "rows", "part"
_SCHEMA = {_CONTACT: pl.UInt64, _ROWS: pl.UInt64}
_PLACES = {_CONTACT: pl.UInt64, _PART: pl.UInt32}


class ContactTally:
    """Counts contacts and their rows."""

    def __init__(
        self, exact_contacts: int = EXACT_CONTACTS, window_rows: int = WINDOW_ROWS
    ) -> None:
        self._exact_contacts = exact_contacts
        self._window_rows = window_rows
        self._window: list[tuple[pl.Series, pl.Series]] = []
        self._waiting = 0
        self._stride = 1
        self._kept = pl.DataFrame(schema=_SCHEMA)
        self._candidates = pl.DataFrame(schema=_SCHEMA)
        self._places = pl.DataFrame(schema=_PLACES)
        self._addresses: dict[int, str] = {}

    def add(self, addresses: pl.Series, hashes: pl.Series | None = None) -> None:
        """Count the rows of a batch by their addresses, whose hashes may be known (`hash_of`)."""
        self._window.append((addresses, hash_of(addresses) if hashes is None else hashes))
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
        found = [
            Counted(value=self._addresses[contact], count=rows)
            for contact, rows in _top(self._ranked).iter_rows()
            if contact in self._addresses
        ]
        return tuple(sorted(found, key=lambda one: (-one.count, one.value)))

    def absorb(self, later: "ContactTally", *, part: int) -> None:
        """Count what another tally has counted of later rows.

        Args:
            later: The tally of another part of the source.
            part: That part's number, by which `unnamed` refers to it.

        """
        self._close_window()
        later._close_window()
        self._stride = max(self._stride, later._stride)
        self._kept = _merged([self._kept, later._kept]).filter(self._is_kept())
        self._shrink()
        self._candidates = _most_frequent(_merged([self._candidates, later._candidates]))
        self._addresses |= later._addresses
        self._places = self._placed(later, part)

    def _placed(self, later: "ContactTally", part: int) -> pl.DataFrame:
        """Keep of every contact that is still counted in which part it occurs first."""
        news = pl.concat([later._kept[_CONTACT], later._candidates[_CONTACT]]).unique().to_frame()
        places = [self._places, news.with_columns(pl.lit(part, pl.UInt32).alias(_PART))]
        counted = pl.concat([self._kept[_CONTACT], self._candidates[_CONTACT]]).unique().to_frame()
        first = pl.concat(places).unique(_CONTACT, keep="first", maintain_order=True)
        return first.join(counted, on=_CONTACT, how="semi")

    def unnamed(self) -> dict[int, list[int]]:
        """List the busiest contacts whose address no part has told, by the part to ask."""
        top = _top(self._ranked).filter(~pl.col(_CONTACT).is_in(list(self._addresses)))
        found: dict[int, list[int]] = {}
        placed = top.join(self._places, on=_CONTACT).select(_CONTACT, _PART)
        for contact, part in placed.iter_rows():
            found.setdefault(part, []).append(contact)
        return found

    def name(self, addresses: Mapping[int, str]) -> None:
        """Take the addresses of contacts that were `unnamed`."""
        self._addresses |= addresses

    @property
    def _ranked(self) -> pl.DataFrame:
        self._close_window()
        return self._candidates if self._stride > 1 else self._kept

    def _close_window(self) -> None:
        if not self._waiting:
            return
        window, self._window, self._waiting = self._window, [], 0
        counted = _counted(pl.concat(hashes for _, hashes in window))
        candidates = [self._candidates, _most_frequent(counted)]
        self._candidates = _most_frequent(_merged(candidates))
        self._kept = _merged([self._kept, counted.filter(self._is_kept())])
        self._shrink()
        self._name_the_busiest(window)

    def _shrink(self) -> None:
        most = self._exact_contacts
        while self._kept.height > most // (1 if self._stride == 1 else _FEWER_ESTIMATED):
            self._stride *= 2
            self._kept = self._kept.filter(self._is_kept())

    def _is_kept(self) -> pl.Expr:
        return pl.col(_CONTACT) % self._stride == 0

    def _name_the_busiest(self, window: Iterable[tuple[pl.Series, pl.Series]]) -> None:
        """Remember whoever is at the top: only a row of this window can have brought them there."""
        # The candidates, too, while all are counted: later they are what is ranked.
        top = pl.concat([_top(self._ranked), _top(self._candidates)])
        wanted = top[_CONTACT].unique().implode()
        for addresses, hashes in window if top.height else ():
            is_top = hashes.is_in(wanted)
            seen = zip(hashes.filter(is_top), addresses.filter(is_top), strict=True)
            self._addresses.update(seen)


def hash_of(addresses: pl.Series) -> pl.Series:
    """Hash addresses as tallies know them; the same on every machine with this version."""
    return addresses.hash()


def _counted(hashes: pl.Series) -> pl.DataFrame:
    """Count equal hashes, in order; by sorting, which is several times as fast as grouping.

    In one thread: two take half of the time, and twice the work from whoever maps meanwhile.
    """
    runs = hashes.sort(multithreaded=False).rle().struct
    return pl.DataFrame({_CONTACT: runs.field("value"), _ROWS: runs.field("len")}, schema=_SCHEMA)


def _merged(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add the counts of several tables up, in the order of hashes.

    A range of hashes at a time, since what is made on the way takes several times their memory.
    """
    cuts = [_cuts(table) for table in tables]
    return pl.concat(
        _added_up(
            table.slice(cut[at], cut[at + 1] - cut[at])
            for table, cut in zip(tables, cuts, strict=True)
        )
        for at in range(_RANGES)
    )


def _cuts(table: pl.DataFrame) -> list[int]:
    """Find where the hashes of each range begin, and where those of the last one end."""
    starts = [at << (64 - _RANGE_BITS) for at in range(1, _RANGES)]
    inner = table[_CONTACT].search_sorted(pl.Series(starts, dtype=pl.UInt64))
    return [0, *inner, table.height]


def _added_up(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
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
    """Rank by rows, and by hash where they are equal, so that it is the same however it comes.

    The table is in the order of hashes, so that of equal ones the first few will do.
    """
    rows = pl.col(_ROWS)
    least = rows.top_k(BUSIEST).min()
    foremost = [table.filter(rows > least), table.filter(rows == least).head(BUSIEST)]
    return pl.concat(foremost).sort(-rows.cast(pl.Int64), _CONTACT).head(BUSIEST)
