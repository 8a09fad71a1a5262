import datetime

import pytest

from plunk_import.plan import Counted, Plan, duration, warnings_of

STARTED = datetime.datetime(2026, 1, 31, 20, tzinfo=datetime.UTC)


def plan(rows: int, *, busiest: int = 1) -> Plan:
    return Plan(
        rows=rows + 30,
        filtered=20,
        rejected=10,
        rejects={},
        events={"e": rows},
        contacts=rows,
        busiest=(Counted(value="a@x.co", count=busiest),),
        first_bodies=(),
    )


@pytest.mark.parametrize(
    ("rows", "rate", "seconds"),
    [(6_000, 100.0, 60.0), (1_000, 1000 / 60, 60.0), (500, None, 5.0), (0, 10.0, 0.075)],
    ids=["fixed", "documented", "no pace", "nothing"],
)
def test_the_time_is_that_of_the_valid_rows(rows: int, rate: float | None, seconds: float) -> None:
    estimate = duration(plan(rows), rate, STARTED)

    assert estimate.duration_seconds == pytest.approx(seconds)
    assert estimate.ends == STARTED + datetime.timedelta(seconds=seconds)


def test_one_contact_can_bound_the_time() -> None:
    estimate = duration(plan(1_000, busiest=900), 100.0, STARTED)

    assert estimate.duration_seconds == pytest.approx(900 * 0.075)
    assert estimate.per_second == pytest.approx(1_000 / (900 * 0.075))
    assert "900 rows" in str(estimate.bound_by)
    assert list(warnings_of(estimate)) == ["one_contact_bounds"]


@pytest.mark.parametrize("rows", [1, 700], ids=["a single row", "less than a minute"])
def test_a_contact_that_bounds_a_short_time_is_not_worth_a_warning(rows: int) -> None:
    estimate = duration(plan(rows, busiest=rows), 100.0, STARTED)

    assert estimate.duration_seconds == pytest.approx(rows * 0.075)
    assert estimate.bound_by is None
    assert not warnings_of(estimate)


def test_a_run_of_more_than_a_day_outlives_the_keys() -> None:
    day = 24 * 60 * 60
    assert not duration(plan(day), 1.0, STARTED).outlives_keys
    assert list(warnings_of(duration(plan(day + 1), 1.0, STARTED))) == ["outlives_keys"]


def test_a_time_beyond_all_calendars_still_ends() -> None:
    assert duration(plan(10**9), 1e-6, STARTED).ends.year == 9999


def test_nobody_to_send_to_takes_no_time() -> None:
    nobody = plan(0).model_copy(update={"busiest": ()})

    assert duration(nobody, 5.0, STARTED).duration_seconds == 0
