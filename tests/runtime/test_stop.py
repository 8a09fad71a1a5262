import anyio
import pytest

from plunk_import.errors import ExitCode, StoppedError
from plunk_import.runtime import Runtime, Stop, StopRequest
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

FIRST = StopRequest(ExitCode.INTERRUPTED, "interrupted")
SECOND = StopRequest(ExitCode.TIME_IS_UP, "the time is up")


async def test_the_first_request_to_stop_counts() -> None:
    stop = Stop()
    assert not stop
    stop.ask(FIRST)
    stop.ask(SECOND)
    assert stop
    assert stop.request == FIRST
    await stop.wait()


async def test_whoever_waits_for_a_stop_goes_on_when_it_is_requested() -> None:
    stop, clock = Stop(), FakeClock()
    async with anyio.create_task_group() as group:
        group.start_soon(stop.wait)
        await clock.sleep(5.0)
        stop.ask(FIRST)
    assert clock.now() == 5.0


async def test_a_nap_ends_with_the_run_and_none_begins_after_it() -> None:
    stop, clock = Stop(), FakeClock()
    async with anyio.create_task_group() as group:
        group.start_soon(stop.nap, clock, 3600.0)
        await clock.sleep(5.0)
        stop.ask(FIRST)
    await stop.nap(clock, 3600.0)
    assert clock.now() == 5.0


async def test_what_only_waits_is_not_begun_after_a_stop() -> None:
    stop = Stop()
    stop.ask(FIRST)
    reached = False
    with stop.ends_waiting():
        await anyio.lowlevel.checkpoint()
        reached = True
    assert not reached


def test_a_stop_before_the_first_request_says_that_nothing_was_sent() -> None:
    stop = Stop()
    stop.check()
    stop.ask(FIRST)
    with pytest.raises(StoppedError, match="interrupted: nothing was sent") as raised:
        stop.check()
    assert raised.value.exit_code is ExitCode.INTERRUPTED


def test_an_error_that_ends_a_run_is_a_request_with_its_exit_code() -> None:
    error = StoppedError("the project is disabled", ExitCode.STOPPED)
    assert StopRequest.because(error) == StopRequest(ExitCode.STOPPED, "the project is disabled")


def test_every_run_has_a_stop_of_its_own() -> None:
    assert Runtime().stop is not Runtime().stop
