from collections.abc import AsyncIterator

import anyio
import pytest

from plunk_import.errors import ExitCode
from plunk_import.runtime import Stop, StopRequest
from plunk_import.send import Event
from plunk_import.send.queues import EventQueue

pytestmark = pytest.mark.anyio


def event(number: int, contact: str) -> Event:
    return Event(number, contact, f"k{number}", "{}", "hi")


async def one_by_one(*events: Event, taken: list[int] | None = None) -> AsyncIterator[list[Event]]:
    for one in events:
        if taken is not None:
            taken.append(one.ordinal)
        yield [one]


async def test_a_contact_s_next_event_is_given_once_the_first_is_released() -> None:
    feed = EventQueue(Stop(), window_rows=10)
    ada, again, bob = event(1, "ada"), event(2, "ada"), event(3, "bob")
    await feed.fill(one_by_one(ada, again, bob))
    assert [await feed.next(), await feed.next()] == [ada, bob]
    feed.release(bob)
    feed.release(ada)
    assert await feed.next() == again
    feed.release(again)
    assert await feed.next() is None


async def test_no_more_is_taken_from_the_source_than_there_is_room_for() -> None:
    stop = Stop()
    feed = EventQueue(stop, window_rows=2)
    taken: list[int] = []
    events = [event(number, f"c{number}") for number in range(1, 6)]
    async with anyio.create_task_group() as group:
        group.start_soon(feed.wake_at_stop)
        group.start_soon(feed.fill, one_by_one(*events, taken=taken))
        await anyio.wait_all_tasks_blocked()
        assert taken == [1, 2]
        first = await feed.next()
        assert first is not None
        feed.release(first)
        await anyio.wait_all_tasks_blocked()
        assert taken == [1, 2, 3]
        stop.ask(StopRequest(ExitCode.INTERRUPTED, "interrupted"))


async def test_who_waits_for_an_event_goes_home_when_the_run_is_stopped() -> None:
    stop = Stop()
    feed = EventQueue(stop, window_rows=2)
    given: list[Event | None] = []

    async def work() -> None:
        given.append(await feed.next())

    async with anyio.create_task_group() as group:
        group.start_soon(feed.wake_at_stop)
        group.start_soon(work)
        await anyio.wait_all_tasks_blocked()
        stop.ask(StopRequest(ExitCode.INTERRUPTED, "interrupted"))
    assert given == [None]


async def test_a_contact_with_many_rows_does_not_hide_those_behind_it() -> None:
    feed = EventQueue(Stop(), window_rows=64)
    of_ada = [event(number, "ada") for number in range(1, 1_001)]
    async with anyio.create_task_group() as group:
        group.start_soon(feed.fill, one_by_one(*of_ada, event(1_001, "bob"), taken=[]))
        await anyio.wait_all_tasks_blocked()
        assert await feed.next() == of_ada[0]
        assert await feed.next() == event(1_001, "bob")
        feed.release(event(1_001, "bob"))
        left = [of_ada[0]]
        feed.release(of_ada[0])
        while (taken := await feed.next()) is not None:
            left.append(taken)
            feed.release(taken)
    assert left == of_ada
    feed.close()
