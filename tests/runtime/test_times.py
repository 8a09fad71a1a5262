import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from plunk_import.runtime import next_moment, seconds_of

DURATIONS = {
    "90": 90,
    "90s": 90,
    "250ms": 0.25,
    "10m": 600,
    "10min": 600,
    "5h": 18_000,
    "1h30m": 5_400,
    "1H 30M": 5_400,
    " 2 d ": 172_800,
    "90d": 7_776_000,
    "1.5h": 5_400,
    "0": 0,
    "0.5": 0.5,
}
NO_DURATIONS = ["", " ", "soon", "-5s", "-1", "5x", "5s later", "nan", "inf", "1h-30m", "s", "1,5h"]
TOO_LONG = ["36501d", "1e300", "9" * 400, "9" * 400 + "d"]


@pytest.mark.parametrize(("text", "seconds"), DURATIONS.items(), ids=DURATIONS)
def test_a_time_is_taken_as_people_write_it(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", NO_DURATIONS, ids=repr)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration: write 90s, 10m, 5h or 1h30m"):
        seconds_of(text)


@pytest.mark.parametrize("text", TOO_LONG, ids=lambda text: text[:8])
def test_a_time_longer_than_a_century_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than 100 years"):
        seconds_of(text)


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_a_plain_refusal(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert 0 <= seconds_of(text) < float("inf")


@pytest.fixture
def in_brussels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clocks go forward there on 29 March 2026 at 02:00, and back on 25 October at 03:00."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Brussels")
        time.tzset()
        yield
    time.tzset()


MOMENTS = {
    "later today": ("2026-03-01T04:00", "06:00", "2026-03-01T05:00"),
    "tomorrow, past midnight": ("2026-03-01T22:30", "06:00", "2026-03-02T05:00"),
    "this very moment is tomorrow's": ("2026-03-01T05:00", "06:00", "2026-03-02T05:00"),
    "with seconds": ("2026-03-01T04:00", "06:00:30", "2026-03-01T05:00:30"),
    "the clocks go forward in between": ("2026-03-28T21:00", "06:00", "2026-03-29T04:00"),
    "the clocks go back in between": ("2026-10-24T21:00", "06:00", "2026-10-25T05:00"),
    "a clock of another place": ("2026-03-01T04:00", "06:00+03:00", "2026-03-02T03:00"),
    "a clock of UTC": ("2026-03-01T04:00", "06:00Z", "2026-03-01T06:00"),
    "the last day of a year": ("2026-12-31T23:30", "00:15", "2027-01-01T23:15"),
    "a local date and time": ("2026-03-01T04:00", "2026-07-01T06:00", "2026-07-01T04:00"),
    "a space for the T": ("2026-03-01T04:00", "2026-07-01 06:00", "2026-07-01T04:00"),
    "an offset of its own": ("2026-03-01T04:00", "2026-07-01T06:00Z", "2026-07-01T06:00"),
}


@pytest.mark.usefixtures("in_brussels")
@pytest.mark.parametrize(("now", "text", "expected"), MOMENTS.values(), ids=MOMENTS)
def test_a_moment_is_the_next_one_of_the_local_clock(now: str, text: str, expected: str) -> None:
    found = next_moment(text, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert found.tzinfo is UTC


NO_MOMENTS = [
    "",
    "soon",
    "25:00",
    "6 o'clock",
    "2026-13-01",
    "0001-01-01T00:00",
    "9999-12-31T23:59-12:00",
]


@pytest.mark.parametrize("text", NO_MOMENTS, ids=repr)
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time: write 06:00 or 2026-03-01T06:00"):
        next_moment(text, datetime(2026, 3, 1, tzinfo=UTC))


def test_what_is_past_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-02-01T06:00Z is past"):
        next_moment("2026-02-01T06:00Z", datetime(2026, 3, 1, tzinfo=UTC))
