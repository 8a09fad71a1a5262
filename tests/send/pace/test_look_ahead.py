import pytest

from plunk_import.send.pace import LookAhead
from tests.fakes import FakeClock


def measured(by_pace: int, left: int, seconds: float, *, is_paced: bool) -> int:
    clock = FakeClock()
    ahead = LookAhead(clock, by_pace=by_pace)
    for _ in range(left):
        ahead.count()
    clock.advance(seconds)
    ahead.measure(is_paced=is_paced)
    return ahead.rows


def test_before_anything_is_measured_the_pace_tells() -> None:
    assert measured(10, 3, 0.05, is_paced=True) == 10


@pytest.mark.parametrize(
    ("left", "seconds", "is_paced", "rows"),
    [
        pytest.param(100, 1.0, True, 10, id="a tenth of a second's at a pace"),
        pytest.param(20, 1.0, True, 2, id="few at a slow pace"),
        pytest.param(5_000, 1.0, False, 100, id="a fiftieth of a second's at full speed"),
        pytest.param(100, 1.0, False, 0, id="none where that would be too few"),
        pytest.param(100_000, 1.0, True, 400, id="never more than a bound"),
        pytest.param(0, 1.0, True, 0, id="none while none leave"),
    ],
)
def test_what_leaves_soon_is_claimed_ahead(
    left: int, seconds: float, is_paced: bool, rows: int
) -> None:
    assert measured(50, left, seconds, is_paced=is_paced) == rows


def test_it_is_measured_anew_each_time_over_the_last_two_times() -> None:
    clock = FakeClock()
    ahead = LookAhead(clock, by_pace=0)
    for left, rows in ((50, 40), (20, 28), (0, 8), (0, 0)):
        for _ in range(left):
            ahead.count()
        clock.advance(0.125)
        ahead.measure(is_paced=True)
        assert ahead.rows == rows
