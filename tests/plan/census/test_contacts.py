"""Contacts are counted exactly while they are few, and estimated in bounded memory beyond."""

from collections import Counter

import polars as pl
from hypothesis import given, strategies as st

from plunk_import.plan.census import ContactTally

NAMES = st.integers(0, 60).map("c{}@example.com".format)
BATCHES = st.lists(st.lists(NAMES, max_size=40), max_size=12)


def tally_of(batches: list[list[str]], **options: int) -> ContactTally:
    tally = ContactTally(**options)
    for batch in batches:
        tally.add(pl.Series(batch, dtype=pl.String))
    return tally


@given(BATCHES, st.integers(1, 50))
def test_few_contacts_are_counted_exactly_whatever_the_window(
    batches: list[list[str]], window_rows: int
) -> None:
    true = Counter(name for batch in batches for name in batch)
    tally = tally_of(batches, window_rows=window_rows)

    assert tally.is_exact
    assert tally.count() == len(true)
    busiest = tally.busiest()
    assert [one.count for one in busiest] == [n for _, n in true.most_common(10)]
    assert all(true[one.value] == one.count for one in busiest)


@given(BATCHES, st.integers(1, 50), st.integers(0, 12))
def test_tallies_of_parts_are_those_of_the_whole(
    batches: list[list[str]], window_rows: int, cut: int
) -> None:
    whole = tally_of(batches, window_rows=window_rows)
    first = tally_of(batches[:cut], window_rows=window_rows)
    first.absorb(tally_of(batches[cut:], window_rows=window_rows), part=1)

    assert first.count() == whole.count()
    known = {one.value: one.count for one in whole.busiest()}
    assert all(known[one.value] == one.count for one in first.busiest())


def test_very_many_contacts_are_estimated_and_the_busiest_found() -> None:
    batches = [
        [f"c{number}@example.com" for number in range(start, start + 5_000)]
        + ["hot@example.com"] * 500
        for start in range(0, 100_000, 5_000)
    ]
    tally = tally_of(batches, exact_contacts=8_000, window_rows=10_000)

    assert not tally.is_exact
    assert abs(tally.count() - 100_001) < 10_000
    (hot, *_) = tally.busiest()
    assert hot.value == "hot@example.com"
    assert hot.count <= 10_000
