import pytest

from plunk_import.sandbox import Limit, parse_limiter
from plunk_import.sandbox.track import TokenBucket


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("100/s:200", Limit(100, 200)),
        ("600/min:5", Limit(10, 5)),
        ("0.5/s", Limit(0.5, 1)),
        (" 100/s ", Limit(100, 200)),
    ],
)
def test_limits_are_read(text: str, limit: Limit) -> None:
    assert parse_limiter(text) == limit


@pytest.mark.parametrize("text", ["", "100", "0/s:5", "100/s:0", "100/h:5", "-1/s", "100/s:1.5"])
def test_what_is_no_limit_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match="not a limit"):
        parse_limiter(text)


def test_bucket_gives_its_burst_then_its_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(Limit(10, 5), clock)
    assert [bucket.take().allowed for _ in range(6)] == [True] * 5 + [False]
    clock.seconds += 0.1
    assert [bucket.take().allowed for _ in range(2)] == [True, False]
    clock.seconds += 60
    assert [bucket.take().allowed for _ in range(6)] == [True] * 5 + [False]


def test_headers_say_how_the_bucket_stands() -> None:
    bucket = TokenBucket(Limit(100, 200), Clock())
    assert bucket.take().headers == {
        "RateLimit-Limit": "200",
        "RateLimit-Remaining": "199",
        "RateLimit-Reset": "1",
    }


@pytest.mark.parametrize(("rate", "wait"), [(1000, "1"), (0.25, "4")])
def test_refusal_says_how_many_whole_seconds_to_wait(rate: float, wait: str) -> None:
    bucket = TokenBucket(Limit(rate, 1), Clock())
    bucket.take()
    assert bucket.take().headers["Retry-After"] == wait


def test_clock_that_goes_back_gives_no_tokens() -> None:
    clock = Clock()
    bucket = TokenBucket(Limit(10, 1), clock)
    bucket.take()
    clock.seconds -= 60
    assert not bucket.take().allowed
