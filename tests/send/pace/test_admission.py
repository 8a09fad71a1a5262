from dataclasses import dataclass, field

import anyio
import pytest

from plunk_import.errors import ExitCode, StoppedError
from plunk_import.runtime import Stop, StopRequest
from plunk_import.send import Answer, SendStatistics
from plunk_import.send.pace import Admission, RateLimiter
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio


@dataclass
class Bench:
    """A gate before a server that is well from `well_at` on, in seconds."""

    well_at: float = 0.0
    bars: str | None = None
    rate: float | str = "unlimited"
    trials: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.stop = Stop()
        self.statistics = SendStatistics()
        self.rate_limiter = RateLimiter(self.rate)  # type: ignore[arg-type]
        self.admission = Admission(
            answers=self.answers,
            clock=self.clock,
            rate_limiter=self.rate_limiter,
            stop=self.stop,
            statistics=self.statistics,
            patience_seconds=100.0,
        )

    async def answers(self) -> bool:
        self.trials.append(self.clock.now())
        if self.bars:
            raise StoppedError(self.bars)
        return self.clock.now() >= self.well_at

    def begin_outage(self) -> None:
        while not self.admission.breaker.is_open():
            self.admission.breaker.failed(self.clock.now(), "could not connect")

    async def go(self) -> None:
        async with self.admission.way_is_clear():
            await self.admission.leave_at(await self.admission.turn())
            await self.admission.wait_out_pause()
            if not self.stop:
                self.admission.breaker.succeeded()


async def test_while_all_is_well_only_the_pace_holds_requests_back() -> None:
    bench = Bench(rate=1.0)
    for _ in range(3):
        await bench.go()
    assert bench.trials == []
    assert bench.clock.now() == pytest.approx(2.0, abs=1.0)


async def test_of_many_requests_those_have_a_turn_together_that_leave_soon() -> None:
    bench = Bench(rate=100.0)
    moments: list[float] = []
    while len(moments) < 60:
        turns = await bench.admission.turns(40)
        assert turns[-1] - bench.clock.now() <= 0.1
        moments += turns
        await bench.admission.leave_at(turns[-1])
    first, later = moments[:10], moments[10:]
    assert first == [0.0] * 10
    assert later == pytest.approx([0.01 * number for number in range(1, len(later) + 1)])


async def test_no_more_have_a_turn_than_ask_for_one_and_none_is_lost() -> None:
    bench = Bench(rate=10.0)
    moments = [moment for most in (1, 3, 1, 2) for moment in await bench.admission.turns(most)]
    assert moments == pytest.approx([0.1 * number for number in range(len(moments))])
    assert 4 <= len(moments) <= 7


async def test_a_turn_that_is_far_off_ends_with_a_stop() -> None:
    bench = Bench(rate=0.001)
    await bench.admission.turns(1)

    async def stop() -> None:
        await bench.clock.sleep(5.0)
        bench.stop.ask(StopRequest(ExitCode.INTERRUPTED, "asked to"))

    async with anyio.create_task_group() as group:
        group.start_soon(stop)
        await bench.admission.turns(1)
    assert bench.clock.now() == 5.0


async def test_in_an_outage_one_tries_at_growing_intervals_while_the_others_wait() -> None:
    bench = Bench(well_at=20.0)
    bench.begin_outage()
    assert bench.admission.waiting(3.0) == "for the server, 3 s now: could not connect"
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(bench.go)
    assert bench.trials == [1.0, 3.0, 7.0, 15.0, 31.0]
    assert bench.admission.waiting(bench.clock.now()) is None
    ((began, ended, reason),) = bench.statistics.pauses
    assert ended - began == pytest.approx(31.0)
    assert reason == "could not connect"


async def test_an_outage_ends_the_run_when_the_patience_ends() -> None:
    bench = Bench(well_at=1e9)
    bench.begin_outage()
    await bench.go()
    assert bench.stop.request is not None
    assert bench.stop.request.reason.startswith("no success for 1")
    assert max(bench.trials) <= 100.0


async def test_a_server_that_refuses_us_ends_the_run() -> None:
    bench = Bench(bars="the project is disabled")
    bench.begin_outage()
    await bench.go()
    assert bench.stop.request == StopRequest(ExitCode.STOPPED, "the project is disabled")


async def test_a_429_holds_everyone_back_and_is_said() -> None:
    bench = Bench()
    bench.rate_limiter.feedback(0.0, Answer(429, retry_after_seconds=9.0))
    assert bench.admission.waiting(0.0) == "9 s, as the server asked (429)"
    await bench.go()
    assert bench.clock.now() >= 9.0
