from plunk_import.send.pace import CircuitBreaker


def opened(failures: int = 5) -> CircuitBreaker:
    breaker = CircuitBreaker(threshold=5)
    for _ in range(failures):
        breaker.failed(10.0, "refused")
    return breaker


def test_a_few_failures_are_no_outage() -> None:
    assert not opened(failures=4).is_open()


def test_several_failures_in_a_row_are_one() -> None:
    assert opened().is_open()


def test_a_success_between_failures_starts_the_count_anew() -> None:
    breaker = opened(failures=4)
    breaker.succeeded()
    breaker.failed(20.0, "refused")
    assert not breaker.is_open()


def test_one_success_ends_it() -> None:
    breaker = opened()
    breaker.succeeded()
    assert not breaker.is_open()
    assert breaker.seconds_since_first_failure(99.0) == 0.0


def test_it_lasts_from_the_first_failure() -> None:
    breaker = opened()
    breaker.failed(40.0, "timed out")
    assert breaker.seconds_since_first_failure(70.0) == 60.0
    assert breaker.reason == "timed out"


def test_trials_come_at_growing_intervals_up_to_the_longest() -> None:
    breaker = opened()
    assert [breaker.next_interval_seconds() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_after_a_success_the_intervals_grow_from_the_start_again() -> None:
    breaker = opened()
    breaker.next_interval_seconds()
    breaker.next_interval_seconds()
    breaker.succeeded()
    assert breaker.next_interval_seconds() == 1.0
