import polars as pl
import pytest

from plunk_import.plan.census.tallies import EXAMPLES_A_CODE, EventTally, RejectTally, explained
from plunk_import.validate import REGISTRY


def rejects(*rows: tuple[int, str, str]) -> pl.DataFrame:
    schema = {"_row": pl.UInt64, "_code": pl.String, "_message": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(_field=pl.lit("email"))


def test_events_are_counted_over_all_batches_most_frequent_first() -> None:
    tally = EventTally()
    tally.add(pl.Series(["b", "a", "b"]))
    tally.add(pl.Series(["b", "a", "c"]))

    assert list(tally.shown()[0].items()) == [("b", 3), ("a", 2), ("c", 1)]
    assert tally.shown(most=1) == ({"b": 3}, 3)


def test_very_many_event_names_are_bounded_and_no_row_is_forgotten() -> None:
    tally = EventTally(tracked=100)
    for start in range(0, 5_000, 50):
        tally.add(pl.Series(["often"] * 50 + [f"once {n}" for n in range(start, start + 50)]))

    names, others = tally.shown(most=10)

    assert names["often"] == 5_000
    assert sum(names.values()) + others == 10_000
    assert len(tally.tracked()) <= 100


def test_no_event_is_no_name() -> None:
    assert EventTally().shown() == ({}, 0)


def test_a_reject_counts_once_for_each_of_its_codes() -> None:
    tally = RejectTally()
    tally.add("a.csv", rejects((1, "missing_email; missing_event", "m"), (2, "missing_email", "n")))
    tally.add("b.csv", rejects((1, "missing_email", "o")))

    found = tally.explained()

    assert tally.rows == 3
    assert {code: one.count for code, one in found.items()} == {
        "missing_email": 3,
        "missing_event": 1,
    }


def test_the_first_two_rejects_of_a_code_are_its_examples_in_file_order() -> None:
    tally = RejectTally()
    tally.add("a.csv", rejects((4, "missing_event", "x"), (9, "missing_event; duplicate_id", "y")))
    tally.add("b.csv", rejects((1, "missing_event", "z"), (2, "duplicate_id", "z")))

    found = tally.explained()

    assert [(one.file, one.row) for one in found["missing_event"].examples] == [
        ("a.csv", 4),
        ("a.csv", 9),
    ]
    assert [(one.file, one.row) for one in found["duplicate_id"].examples] == [
        ("a.csv", 9),
        ("b.csv", 2),
    ]
    assert all(len(one.examples) <= EXAMPLES_A_CODE for one in found.values())


def test_an_example_of_a_huge_row_stays_small() -> None:
    tally = RejectTally()
    tally.add("a.csv", rejects((1, "stray_quote", "x" * 1_000_000)))

    assert len(tally.explained()["stray_quote"].examples[0].message) <= 500


@pytest.mark.parametrize("code", ["missing_email", "SOME_CODE_OF_PLUNK"])
def test_each_code_is_explained(code: str) -> None:
    found = explained(code, 3)

    assert found.count == 3
    assert found.remedy
    assert (
        (found.meaning == REGISTRY[code].meaning) == (code in REGISTRY)
        if code in REGISTRY
        else True
    )
