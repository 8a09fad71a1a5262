import anyio
import pytest

from plunk_import.errors import ExitCode
from plunk_import.runtime.stop import Halt, StopRequest
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

FIRST = StopRequest(ExitCode.INTERRUPTED, "interrupted")
SECOND = StopRequest(ExitCode.TIME_IS_UP, "the time is up")


async def test_the_first_wish_to_stop_counts() -> None:
    halt = Halt(FakeClock())
    assert not halt
    assert halt.ask(FIRST) is True
    assert halt.ask(SECOND) is False
    assert halt
    assert halt.request == FIRST
    await halt.wait()


async def test_a_nap_ends_with_the_run_and_none_begins_after_it() -> None:
    clock = FakeClock()
    halt = Halt(clock)
    async with anyio.create_task_group() as group:
        group.start_soon(halt.nap, 3600.0)
        await clock.sleep(5.0)
        halt.ask(FIRST)
    await halt.nap(3600.0)
    assert clock.now() == 5.0


async def test_a_breakable_block_after_the_stop_is_not_entered_further_than_its_first_wait() -> (
    None
):
    halt = Halt(FakeClock())
    halt.ask(FIRST)
    reached = False
    with halt.breakable():
        await anyio.lowlevel.checkpoint()
        reached = True
    assert not reached
