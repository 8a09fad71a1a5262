"""Finds the rows whose `id` an earlier row has, while the source is read once."""

import secrets

import polars as pl

from plunk_import.read import ORDINAL

_MOST_KEYS_IN_RUN = 1 << 21
"""Longer runs are not joined: sorting one takes its size again for a moment."""


class DuplicateFinder:
    """Remembers the ids of all rows up to here: 16 bytes for each, in sorted runs.

    `seeds` are for whoever makes the 128 bits of an id. They are drawn anew for each pass, so that
    nobody can write two ids that are taken for one.
    """

    def __init__(self) -> None:
        self.seeds = (secrets.randbits(64), secrets.randbits(64))
        self._runs: list[pl.Series] = []
        self._found = [pl.Series(ORDINAL, [], pl.UInt64)]

    def add(self, identities: pl.DataFrame) -> pl.Series:
        """Take the next rows, in file order, and tell which of them repeat an id.

        Args:
            identities: `ORDINAL`, and `identity`, 128 bits.

        Returns:
            The ordinals of those whose id an earlier row has, ascending.

        """
        rows = identities.with_columns(is_first=pl.col("identity").is_first_distinct())
        rows = rows.sort("identity")
        is_known = ~rows["is_first"]
        for run in self._runs:
            is_known |= _are_in(run, rows["identity"])
        self._keep(rows["identity"].filter(~is_known))
        repeated = rows[ORDINAL].filter(is_known).sort()
        self._found.append(repeated)
        return repeated

    def found(self) -> pl.Series:
        """List the ordinals of all rows up to here that repeat an id, ascending."""
        return pl.concat(self._found)

    def _keep(self, run: pl.Series) -> None:
        """Put one more sorted run in, joined with those that are not much longer.

        So few runs are asked, and an id is moved only a few times.
        """
        runs = self._runs
        while runs and len(runs[-1]) <= min(2 * len(run), _MOST_KEYS_IN_RUN):
            run = pl.concat([runs.pop(), run]).sort()
        if len(run):
            runs.append(run)


def _are_in(run: pl.Series, numbers: pl.Series) -> pl.Series:
    """Look up which numbers, ascending, are in a sorted run that is not empty."""
    places = run.search_sorted(numbers).clip(upper_bound=len(run) - 1)
    return run.gather(places) == numbers
