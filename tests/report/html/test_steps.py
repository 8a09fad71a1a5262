from datetime import timedelta

from hypothesis import given, strategies as st

from plunk_import.report.html.steps import pace_over_time_of, steps_of
from plunk_import.report.model import Interval, Pace
from tests.report.html.reports import BEGIN, a_pace

PLACES = st.lists(st.integers(0, 5_000), min_size=1, unique=True).map(sorted)


def pace_at(places: list[int], *, seconds: float = 5) -> Pace:
    return Pace(
        interval_seconds=seconds,
        intervals=tuple(
            Interval(
                start=BEGIN + timedelta(seconds=seconds * place),
                delivered=place,
                rate_limited=1,
                in_doubt=2,
            )
            for place in places
        ),
    )


@given(PLACES, st.integers(1, 200))
def test_steps_are_few_enough_and_lose_nothing(places: list[int], most: int) -> None:
    steps = steps_of(pace_at(places), most=most)

    assert len(steps.intervals) <= most
    assert sum(step.delivered for step in steps.intervals) == sum(places)
    assert sum(step.rate_limited for step in steps.intervals) == len(places)
    assert sum(step.in_doubt for step in steps.intervals) == 2 * len(places)


@given(PLACES)
def test_steps_leave_no_gap(places: list[int]) -> None:
    steps = steps_of(pace_at(places), most=50)

    gaps = {
        (later.start - earlier.start).total_seconds()
        for earlier, later in zip(steps.intervals, steps.intervals[1:], strict=False)
    }
    assert gaps <= {steps.seconds}
    assert steps.duration_seconds >= 5 * (places[-1] - places[0] + 1)


def test_an_interval_left_out_is_a_step_without_replies() -> None:
    steps = steps_of(pace_at([0, 2]), most=10)

    assert [step.rate_limited for step in steps.intervals] == [1, 0, 1]


def test_a_course_sums_up_the_run() -> None:
    pace_over_time = pace_over_time_of(a_pace())

    assert (
        pace_over_time.rate_limited,
        pace_over_time.in_doubt,
        pace_over_time.paused_seconds,
    ) == (12, 7, 76)
    assert pace_over_time.per_second == pace_over_time.delivered / 720


def test_a_run_without_replies_has_no_pace() -> None:
    pace_over_time = pace_over_time_of(Pace(interval_seconds=1, intervals=()))

    assert pace_over_time.per_second == 0
    assert pace_over_time.drawn.intervals == ()
