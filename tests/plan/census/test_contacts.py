import polars as pl
import pytest

from plunk_import.plan.census.contacts import BUSIEST, ContactTally


def tally_of(addresses: list[str], *, batch: int = 7, **bounds: int) -> ContactTally:
    tally = ContactTally(**bounds)
    for start in range(0, len(addresses), batch):
        tally.add(pl.Series(addresses[start : start + batch], dtype=pl.String))
    return tally


def counts(tally: ContactTally) -> dict[str, int]:
    return {one.value: one.count for one in tally.busiest()}


@pytest.mark.parametrize("window_rows", [1, 10, 1_000])
def test_few_contacts_are_counted_exactly_whatever_the_windows(window_rows: int) -> None:
    addresses = [f"p{n % 40}@example.com" for n in range(200)] + ["p3@example.com"] * 5

    tally = tally_of(addresses, window_rows=window_rows)

    assert tally.is_exact
    assert tally.count() == 40
    assert tally.busiest()[0].value == "p3@example.com"
    assert tally.busiest()[0].count == 10
    assert len(tally.busiest()) == BUSIEST


def test_nobody_is_nobody() -> None:
    tally = ContactTally()

    assert (tally.count(), tally.busiest(), tally.is_exact) == (0, (), True)


def test_the_busiest_are_named_highest_first() -> None:
    addresses = ["a@x.co"] * 3 + ["b@x.co"] * 9 + ["c@x.co"]

    assert counts(tally_of(addresses)) == {"b@x.co": 9, "a@x.co": 3, "c@x.co": 1}
    assert list(counts(tally_of(addresses))) == ["b@x.co", "a@x.co", "c@x.co"]


def test_many_contacts_are_estimated_and_said_to_be() -> None:
    addresses = [f"p{n}@example.com" for n in range(40_000)]

    tally = tally_of(addresses, batch=5_000, exact_contacts=4_000, window_rows=8_000)

    assert not tally.is_exact
    assert tally.count() == pytest.approx(40_000, rel=0.1)


def test_a_busy_contact_is_found_among_many_with_a_lower_bound_of_its_rows() -> None:
    addresses = [f"p{n}@example.com" for n in range(40_000)]
    addresses[::4] = ["busy@example.com"] * 10_000

    tally = tally_of(addresses, batch=5_000, exact_contacts=1_000, window_rows=15_000)

    top = tally.busiest()[0]
    assert top.value == "busy@example.com"
    assert 9_900 <= top.count <= 10_000


def test_a_contact_that_comes_up_late_is_named() -> None:
    addresses = [f"p{n % 100}@example.com" for n in range(2_000)] + ["late@example.com"] * 50

    tally = tally_of(addresses, window_rows=64)

    assert counts(tally)["late@example.com"] == 50
