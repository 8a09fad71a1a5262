import pytest

from plunk_import.report import size_in_words, time_in_words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0.04, "0.0 s", id="instant"),
        pytest.param(9.94, "9.9 s", id="tenths-below-ten"),
        pytest.param(42.4, "42 s", id="seconds"),
        pytest.param(59.9, "1 min", id="rounded-up-to-the-next-unit"),
        pytest.param(200, "3 min 20 s", id="minutes"),
        pytest.param(7_500, "2 h 5 min", id="hours"),
        pytest.param(2 * 86_400 + 60, "2 d", id="days"),
    ],
)
def test_duration_has_at_most_two_units(seconds: float, text: str) -> None:
    assert time_in_words(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        pytest.param(0, "0 B", id="nothing"),
        pytest.param(999, "999 B", id="bytes"),
        pytest.param(1_400, "1.4 kB", id="tenths-below-ten"),
        pytest.param(230e9, "230 GB", id="whole-from-ten"),
        pytest.param(4_000e15, "4,000,000 TB", id="no-unit-is-larger"),
    ],
)
def test_size_is_in_the_unit_that_leaves_few_digits(count: float, text: str) -> None:
    assert size_in_words(count) == text
