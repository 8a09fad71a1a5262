import heapq
import math
import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from plunk_import.plunk import DOCUMENTED_PER_SECOND
from plunk_import.send import Answer, NotSent, RateLimit, Unanswered
from plunk_import.send.pace import ConcurrencyTuner, RateLimiter
from plunk_import.settings import Rate, parse_rate

OK = Answer(status=200, event_id="e")


@dataclass
class Limiter:
    """The real server's token bucket, rounding as it does."""

    rate: float = 100.0
    burst: int = 200
    others_per_second: float = 0.0
    tells: bool = True
    tokens: float = field(init=False)
    as_of: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def answer(self, now: float) -> Answer:
        gained = (now - self.as_of) * (self.rate - self.others_per_second)
        self.tokens = max(0.0, min(self.burst, self.tokens + gained))
        self.as_of = now
        allowed = self.tokens >= 1
        wait = math.ceil((1 - self.tokens) / self.rate)
        if allowed:
            self.tokens -= 1
        remaining = math.floor(self.tokens)
        reset = math.ceil((self.burst - remaining) / self.rate)
        told = RateLimit(self.burst, remaining, reset) if self.tells else None
        if allowed:
            return Answer(status=200, event_id="e", rate_limit=told)
        return Answer(status=429, retry_after_seconds=max(1, wait), rate_limit=told)


@dataclass(frozen=True)
class Drive:
    """What a simulated run came to."""

    delivered: int
    refused: int
    seconds: float
    moments: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return self.delivered / self.seconds


def drive(
    rate_limiter: RateLimiter,
    limiter: Limiter,
    rows: int,
    *,
    in_flight: int = 10,
    gated: bool = False,
    began: float = 0.0,
) -> Drive:
    """Send `rows` through `in_flight` slots against `limiter`, in virtual time.

    Gated: the next slot takes its place only when the last request has left.
    """
    chance = random.Random(7)  # noqa: S311 - a fixed seed is the point
    events: list[tuple[float, int, Answer | None]] = []
    moments: list[float] = []
    free, refused, sent, now, admission = in_flight, 0, 0, began, began
    while True:
        if free and (admission <= now or not gated) and sent < rows + refused:
            free, sent = free - 1, sent + 1
            admission = now + rate_limiter.reserve(now) + chance.uniform(0.0, 0.0005)  # timers lag
            heapq.heappush(events, (admission, -sent, None))
            heapq.heappush(events, (admission + 0.005, sent, None))
            continue
        if not events:
            return Drive(rows, refused, now - began, tuple(moments))
        now, number, reply = heapq.heappop(events)
        if reply is not None:
            free += 1
            refused += reply.status == 429
            rate_limiter.feedback(now, reply)
        elif number > 0:
            moments.append(now)
            back = now + chance.uniform(0.03, 0.09)
            heapq.heappush(events, (back, number, limiter.answer(now)))


@pytest.mark.parametrize(
    ("text", "per_second"),
    [
        ("1000/min", 1000 / 60),
        ("100/s", 100.0),
        ("5000/h", 5000 / 3600),
        (" 1,000 / Minute ", 1000 / 60),
        ("0.5/s", 0.5),
        ("auto", "auto"),
        ("UNLIMITED", "unlimited"),
    ],
)
def test_a_rate_is_read_as_people_write_it(text: str, per_second: Rate) -> None:
    assert parse_rate(text) == per_second


@pytest.mark.parametrize(
    "text", ["", "100", "fast", "100/day", "0/s", "-5/s", "nan/s", "inf/s", "/s", "1/0"]
)
def test_what_is_no_rate_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="1000/min, 100/s or 5000/h"):
        parse_rate(text)


@pytest.mark.parametrize("gated", [True, False], ids=["gated", "all at once"])
@pytest.mark.parametrize("in_flight", [10, 50], ids=lambda n: f"{n} in flight")
@pytest.mark.parametrize(
    ("rate", "burst"), [(100, 200), (100, 150), (16.7, 40), (333, 500), (100, 1000)]
)
def test_a_run_uses_nearly_all_of_what_the_server_allows(
    rate: float, burst: int, in_flight: int, gated: bool
) -> None:
    rate_limiter = RateLimiter("auto", headroom=0)
    run = drive(
        rate_limiter,
        Limiter(rate, burst),
        max(3000, int(rate * 30)),
        in_flight=in_flight,
        gated=gated,
    )
    allowed = burst + rate * run.seconds
    # Latency bounds what few in flight can do, whatever the pace.
    possible = min(allowed, in_flight * run.seconds / 0.068)
    assert run.delivered >= 0.97 * possible
    assert run.refused < 0.005 * run.delivered


def test_headroom_leaves_its_share_of_the_rate_to_live_traffic() -> None:
    limiter = Limiter()
    run = drive(RateLimiter("auto", headroom=0.1), limiter, 3000)
    assert run.delivered <= 180 + 91 * run.seconds
    assert run.delivered >= 0.97 * (180 + 90 * run.seconds)
    assert run.refused == 0
    assert limiter.tokens >= 20


@pytest.mark.parametrize("headroom", [0.0, 0.1])
def test_live_traffic_that_takes_more_than_its_share_is_given_way(headroom: float) -> None:
    limiter = Limiter(others_per_second=30)
    run = drive(RateLimiter("auto", headroom=headroom), limiter, 3000)
    assert run.refused < 0.005 * run.delivered
    assert run.delivered >= 0.95 * (200 * (1 - headroom) + 70 * run.seconds)
    assert limiter.tokens >= 0.5 * headroom * limiter.burst


@pytest.mark.parametrize("headroom", [0.0, 0.1])
def test_a_bucket_too_small_for_its_headers_is_felt_out(headroom: float) -> None:
    run = drive(RateLimiter("auto", headroom=headroom), Limiter(rate=100, burst=50), 4000)
    assert run.per_second > 85
    assert run.refused < 0.005 * run.delivered


def test_a_server_slower_than_its_own_limit_is_not_held_back() -> None:
    run = drive(RateLimiter("auto"), Limiter(), 3000, in_flight=3)
    assert run.per_second > 0.95 * 3 / 0.068


def test_the_pace_and_its_reason_are_told() -> None:
    rate_limiter = RateLimiter("auto")
    drive(rate_limiter, Limiter(), 1000)
    assert rate_limiter.rate_per_second == pytest.approx(90, rel=0.02)
    assert rate_limiter.why in {
        "90% of what the server allows, 100/s",
        "90% of what the server allows, 101/s",
    }
    free = RateLimiter("auto", headroom=0)
    drive(free, Limiter(burst=50), 10)
    assert free.rate_per_second is None
    assert free.why == "100% of what the server allows"
    assert RateLimiter("unlimited").why == "unlimited, as asked"


def test_without_headers_the_documented_pace_is_kept_and_told() -> None:
    rate_limiter = RateLimiter("auto")
    run = drive(rate_limiter, Limiter(rate=1000, tells=False), 300)
    assert run.per_second == pytest.approx(DOCUMENTED_PER_SECOND, rel=0.02)
    assert "--rate" in rate_limiter.why


def test_without_headers_a_limit_below_the_pace_is_lived_with() -> None:
    run = drive(RateLimiter(50.0), Limiter(rate=30, burst=30, tells=False), 2000)
    assert run.per_second > 0.85 * 30
    assert run.refused < 0.1 * run.delivered


def test_a_fixed_rate_is_an_upper_bound_in_any_second() -> None:
    run = drive(RateLimiter(20.0), Limiter(), 300)
    for moment in run.moments:
        assert sum(moment <= other < moment + 1 for other in run.moments) <= 20 + 2 + 1
    assert run.per_second == pytest.approx(20, rel=0.02)


def test_unlimited_still_gives_way_to_a_bucket_that_is_told() -> None:
    run = drive(RateLimiter("unlimited"), Limiter(), 1000)
    assert run.delivered >= 0.97 * (200 + 100 * run.seconds)
    assert run.refused < 0.005 * run.delivered


@pytest.mark.parametrize("rate", ["auto", 500.0, "unlimited"], ids=str)
def test_a_429_holds_everyone_for_as_long_as_told(rate: Rate) -> None:
    rate_limiter = RateLimiter(rate)
    rate_limiter.reserve(0.0)
    rate_limiter.feedback(1.0, Answer(status=429, retry_after_seconds=7))
    assert rate_limiter.paused_until == 8.0
    assert rate_limiter.is_paused(7.9)
    assert not rate_limiter.is_paused(8.0)
    assert all(rate_limiter.reserve(1.0 + wait) >= 7 - wait for wait in (0, 1, 2.5))


def test_a_429_without_retry_after_pauses_a_second() -> None:
    rate_limiter = RateLimiter("unlimited")
    rate_limiter.feedback(1.0, Answer(status=429))
    assert rate_limiter.paused_until == 2.0


def test_a_429_lowers_the_pace_once_and_it_creeps_back() -> None:
    rate_limiter = RateLimiter(100.0)
    for _ in range(5):  # all that were in flight
        rate_limiter.feedback(0.0, Answer(status=429, retry_after_seconds=1))
    assert rate_limiter.rate_per_second == pytest.approx(80)
    assert "429" in rate_limiter.why
    paces = []
    for moment in (1.0, 3.0, 6.0, 11.0, 30.0):
        rate_limiter.reserve(moment)
        paces.append(rate_limiter.rate_per_second)
    assert paces == pytest.approx([80, 84, 90, 100, 100])
    assert rate_limiter.why == "fixed by --rate"


def test_the_queue_does_not_burst_when_a_pause_ends_without_headers() -> None:
    rate_limiter = RateLimiter(10.0)
    rate_limiter.feedback(0.0, Answer(status=429, retry_after_seconds=2))
    waits = [rate_limiter.reserve(0.0) for _ in range(4)]
    assert waits == pytest.approx([2, 2.125, 2.25, 2.375])


@pytest.mark.parametrize(
    "reply", [Unanswered("reset"), NotSent("refused"), OK], ids=["unanswered", "not sent", "200"]
)
def test_what_came_of_a_request_frees_its_place_in_the_servers_bucket(
    reply: Answer | Unanswered | NotSent,
) -> None:
    rate_limiter = RateLimiter("unlimited")
    for _ in range(6):
        rate_limiter.reserve(0.0)
    for _ in range(5):
        rate_limiter.feedback(0.0, reply)
    rate_limiter.feedback(0.0, Answer(status=200, rate_limit=RateLimit(10, 3, 1)))
    assert [rate_limiter.reserve(0.0) for _ in range(3)] == [0, 0, 0]
    assert rate_limiter.reserve(0.0) > 0


def test_places_that_nothing_was_heard_of_are_forgotten() -> None:
    rate_limiter = RateLimiter("unlimited")
    for _ in range(300):
        rate_limiter.reserve(0.0)
    for moment in (1.0, 500.0, 501.0):
        rate_limiter.feedback(moment, Answer(status=200, rate_limit=RateLimit(200, 199, 2)))
    assert rate_limiter.reserve(502.0) == 0


def test_late_replies_during_a_pause_do_not_outlast_it() -> None:
    rate_limiter = RateLimiter("unlimited")
    for moment, status, remaining in [(0.0, 200, 100), (0.1, 429, 100), (0.2, 200, 0)]:
        told = RateLimit(200, remaining, 2)
        rate_limiter.reserve(moment)
        rate_limiter.feedback(moment, Answer(status, retry_after_seconds=5, rate_limit=told))
    assert rate_limiter.reserve(0.3) == pytest.approx(4.8)
    assert rate_limiter.reserve(5.2) == 0


def test_a_new_limit_is_learnt_in_the_middle_of_a_run() -> None:
    rate_limiter = RateLimiter("auto", headroom=0)
    before = drive(rate_limiter, Limiter(rate=100, burst=200), 500)
    run = drive(rate_limiter, Limiter(rate=50, burst=80), 1500, began=before.seconds)
    assert run.delivered >= 0.97 * (80 + 50 * run.seconds)
    assert run.refused < 0.005 * run.delivered


@pytest.mark.parametrize(
    "told",
    [
        RateLimit(0, 0, 0),
        RateLimit(200, 200, 0),
        RateLimit(200, 300, 0),
        RateLimit(200, -5, 3),
        RateLimit(5000, 0, 1_800_000_000),
    ],
    ids=["no bucket", "full", "more than full", "less than empty", "a date"],
)
def test_odd_headers_do_no_harm(told: RateLimit) -> None:
    rate_limiter = RateLimiter("auto")
    for moment in range(20):
        assert 0 <= rate_limiter.reserve(moment) < 10
        rate_limiter.feedback(moment, Answer(status=200, rate_limit=told))


def settle(
    governor: ConcurrencyTuner,
    latency_of: Callable[[int], float],
    *,
    seconds: float = 120.0,
    per_second: float = math.inf,
) -> list[int]:
    """Run requests at the governor's limit; give its limits over the last half of the time."""
    chance = random.Random(3)  # noqa: S311 - a fixed seed is the point
    flying: list[tuple[float, float]] = []
    now, admission, limits = 0.0, 0.0, []
    while now < seconds:
        while len(flying) < governor.limit and admission <= now:
            latency = latency_of(len(flying) + 1) * chance.uniform(0.9, 1.1)
            heapq.heappush(flying, (now + latency, latency))
            admission = max(now, admission + 1 / per_second)
        if flying and (len(flying) >= governor.limit or flying[0][0] <= admission):
            now, latency = heapq.heappop(flying)
            governor.completed(now, latency)
        else:
            now = admission
        limits.append(governor.limit)
    return limits[len(limits) // 2 :]


def queueing(n: int) -> float:
    """A server of 100/s that is never quicker than 95 ms: best near 10."""
    return max(0.095, n / 100)


@pytest.mark.parametrize("start", [1, 10, 50])
def test_in_flight_settles_where_the_server_is_best(start: int) -> None:
    limits = settle(ConcurrencyTuner(50, start=start), queueing)
    assert 8 <= statistics.median(limits) <= 14
    assert max(limits) <= 20


def test_in_flight_goes_up_to_the_maximum_for_a_fast_server() -> None:
    limits = settle(ConcurrencyTuner(50), lambda _: 0.02, seconds=40)
    assert statistics.median(limits) == 50


def test_in_flight_goes_down_when_the_server_stops_serving_in_parallel() -> None:
    limits = settle(ConcurrencyTuner(50, start=40), lambda n: n / 100, seconds=600)
    assert statistics.median(limits) <= 10


def test_in_flight_stays_when_it_is_the_pace_that_limits() -> None:
    limits = settle(ConcurrencyTuner(50), lambda _: 0.075, per_second=17)
    assert set(limits) == {10}


@pytest.mark.parametrize("maximum", [1, 2, 3])
def test_in_flight_never_leaves_its_bounds(maximum: int) -> None:
    limits = settle(ConcurrencyTuner(maximum), queueing)
    assert 1 <= min(limits) <= max(limits) <= maximum
