from plunk_import.send.breaker import Outage


def opened(failures: int = 5) -> Outage:
    outage = Outage(threshold=5)
    for _ in range(failures):
        outage.failed(10.0, "refused")
    return outage


def test_a_few_failures_are_no_outage() -> None:
    assert not opened(failures=4).is_open()


def test_several_failures_in_a_row_are_one() -> None:
    assert opened().is_open()


def test_a_success_between_failures_starts_the_count_anew() -> None:
    outage = opened(failures=4)
    outage.succeeded()
    outage.failed(20.0, "refused")
    assert not outage.is_open()


def test_one_success_ends_it() -> None:
    outage = opened()
    outage.succeeded()
    assert not outage.is_open()
    assert outage.seconds_since_first_failure(99.0) == 0.0


def test_it_lasts_from_the_first_failure() -> None:
    outage = opened()
    outage.failed(40.0, "timed out")
    assert outage.seconds_since_first_failure(70.0) == 60.0
    assert outage.reason == "timed out"


def test_trials_come_at_growing_intervals_up_to_the_longest() -> None:
    outage = opened()
    assert [outage.next_interval_seconds() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_after_a_success_the_intervals_grow_from_the_start_again() -> None:
    outage = opened()
    outage.next_interval_seconds()
    outage.next_interval_seconds()
    outage.succeeded()
    assert outage.next_interval_seconds() == 1.0
