import pytest

from plunk_import.send.http import ServerClock, Span

NOON = "Thu, 01 Jan 2026 12:00:00 GMT"
NOON_SECONDS = 1767268800.0


def test_before_any_reply_nothing_is_known() -> None:
    assert ServerClock().at(5.0) is None


def test_a_date_tells_the_time_but_for_its_second_and_the_way() -> None:
    clock = ServerClock()
    clock.observe(NOON, asked=10.0, answered=12.0)
    assert clock.at(12.0) == Span(NOON_SECONDS, NOON_SECONDS + 3.0)


def test_more_dates_make_it_more_exact() -> None:
    clock = ServerClock()
    clock.observe(NOON, asked=10.0, answered=12.0)
    clock.observe("Thu, 01 Jan 2026 12:00:05 GMT", asked=16.0, answered=16.5)
    assert clock.at(16.0) == Span(NOON_SECONDS + 4.5, NOON_SECONDS + 6.0)


def test_after_a_step_of_the_server_every_offset_that_it_had_is_possible() -> None:
    clock = ServerClock()
    clock.observe(NOON, asked=10.0, answered=10.0)
    clock.observe("Thu, 01 Jan 2026 11:00:00 GMT", asked=20.0, answered=20.0)
    assert clock.at(20.0) == Span(NOON_SECONDS - 3600.0, NOON_SECONDS + 11.0)


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 01 Jan 99999 12:00:00 GMT"])
def test_a_date_that_cannot_be_read_teaches_nothing(date: str) -> None:
    clock = ServerClock()
    clock.observe(date, asked=10.0, answered=12.0)
    assert clock.at(12.0) is None
