import math

import pytest

from plunk_import.send import RateLimit
from plunk_import.send.pace import RefillEstimate, TokenBucket


def test_a_bucket_lets_the_burst_go_and_queues_the_rest_in_order() -> None:
    bucket = TokenBucket(10, 3)
    assert [bucket.take(0.0) for _ in range(6)] == pytest.approx([0, 0, 0, 0.1, 0.2, 0.3])


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = TokenBucket(10, 3)
    bucket.take(0.0)
    assert bucket.tokens(1000.0) == 3


def test_a_held_bucket_fills_but_gives_nothing_before_its_moment() -> None:
    bucket = TokenBucket(10, 5, tokens=0)
    bucket.hold(0.0, until=0.2)
    assert [bucket.take(0.1) for _ in range(4)] == pytest.approx([0.1, 0.1, 0.2, 0.3])


@pytest.mark.parametrize(("rate", "burst"), [(100, 200), (16, 40), (333, 1000)])
def test_the_estimate_meets_the_rate_from_both_sides_in_spite_of_whole_seconds(
    rate: int, burst: int
) -> None:
    estimate = RefillEstimate()
    for used in range(burst + 1):
        estimate.learn(RateLimit(burst, burst - used, math.ceil(used / rate)))
    assert estimate.low == pytest.approx(rate)
    assert rate < estimate.high <= rate + 1


def test_the_estimate_starts_afresh_when_the_operator_changes_the_limit() -> None:
    estimate = RefillEstimate()
    estimate.learn(RateLimit(200, 0, 2))
    estimate.learn(RateLimit(200, 0, 20))
    assert (estimate.low, estimate.high) == pytest.approx((10, 200 / 19))
