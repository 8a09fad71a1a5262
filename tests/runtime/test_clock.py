import datetime

import anyio
import pytest

from plunk_import.runtime import Clock, SystemClock
from tests.fakes import EPOCH, FakeClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_system_clock_goes_forward_and_knows_its_zone() -> None:
    clock: Clock = SystemClock()
    assert clock.now() <= clock.now()
    assert clock.wall().utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.001])
async def test_the_system_clock_sleeps_even_for_less_than_nothing(seconds: float) -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(seconds)
    assert clock.now() - before >= seconds


async def test_the_fake_clock_jumps_and_wakes_in_order() -> None:
    clock = FakeClock()
    woken: list[tuple[str, float]] = []

    async def nap(name: str, *seconds: float) -> None:
        for each in seconds:
            await clock.sleep(each)
            woken.append((name, clock.now()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(nap, "a", 5, 3600)
        tasks.start_soon(nap, "b", 2, 2, 2)
        tasks.start_soon(nap, "c", 5)
    assert woken == [("b", 2), ("b", 4), ("a", 5), ("c", 5), ("b", 6), ("a", 3605)]
    assert clock.wall() == EPOCH + datetime.timedelta(seconds=3605)


async def test_the_fake_clock_stands_still_while_anyone_works() -> None:
    clock = FakeClock()
    seen: list[float] = []

    async def work() -> None:
        send, receive = anyio.create_memory_object_stream[int](0)
        async with anyio.create_task_group() as tasks, send, receive:
            tasks.start_soon(receive.receive)
            await send.send(1)
        seen.append(clock.now())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(clock.sleep, 100)
        tasks.start_soon(work)
    assert seen == [0.0]


async def test_a_cancelled_sleeper_of_the_fake_clock_is_forgotten() -> None:
    clock = FakeClock()
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(clock.sleep, 10_000)
            await clock.sleep(1)
            scope.cancel()
    await clock.sleep(1)
    assert clock.now() == 2
