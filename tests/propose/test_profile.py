"""What is known of a source's columns is found by their names."""

import polars as pl

from plunk_import.propose import ColumnProfile, Profile


class CountedName(str):
    """A name that counts how often it is compared."""

    __slots__ = ()
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        CountedName.compared += 1
        return str.__eq__(self, other)


def test_a_column_is_looked_up_without_looking_at_the_others() -> None:
    names = [f"c{n}" for n in range(500)]
    columns = [ColumnProfile(name, pl.String(), 1, 0, 1, is_exact=True) for name in names]
    profile = Profile(tuple(columns), rows=1, is_whole=True)
    CountedName.compared = 0
    assert profile[CountedName("c499")] is columns[-1]
    assert CountedName("c498") in profile
    assert CountedName.compared <= 4
