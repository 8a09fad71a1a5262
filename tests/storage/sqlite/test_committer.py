"""Behaviour of plunk_import.committer: many callers, few commits, no write out of order."""

import threading
from collections.abc import Sequence

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from plunk_import.storage.sqlite import Committer


class Disk:
    """Keeps what is committed, once it is `free`; fails when it is full."""

    def __init__(self) -> None:
        self.commits: list[list[int]] = []
        self.free = threading.Event()
        self.free.set()
        self.began = threading.Event()
        self.is_full = False

    def commit(self, writes: Sequence[int]) -> None:
        self.began.set()
        self.free.wait(timeout=10)
        if self.is_full:
            raise OSError("full")
        self.commits.append(list(writes))


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_those_who_wait_together_share_a_commit_in_the_order_they_came(disk: Disk) -> None:
    committer = Committer(disk.commit)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(100):
                tasks.start_soon(committer.write, [number])

    anyio.run(main)
    assert committer.close() == []
    assert [number for commit in disk.commits for number in commit] == list(range(100))
    assert len(disk.commits) < 20


def test_it_returns_only_when_the_write_is_committed(disk: Disk) -> None:
    committer = Committer(disk.commit)
    disk.free.clear()
    returned: list[int] = []

    async def write() -> None:
        await committer.write([1])
        returned.append(1)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write)
            for _ in range(50):
                await anyio.lowlevel.checkpoint()
            assert returned == []
            disk.free.set()

    anyio.run(main)
    assert returned == [1]
    committer.close()


def test_what_nobody_waits_for_is_committed_by_the_end(disk: Disk) -> None:
    committer = Committer(disk.commit)
    for number in range(10):
        committer.enqueue(number)
    assert committer.close() == []
    assert [number for commit in disk.commits for number in commit] == list(range(10))


def test_what_nobody_waits_for_rides_along_with_what_somebody_does(disk: Disk) -> None:
    committer = Committer(disk.commit, linger_seconds=60.0)
    for number in range(3):
        committer.enqueue(number)
    anyio.run(committer.write, [3])
    assert disk.commits == [[0, 1, 2, 3]]
    committer.enqueue(4)
    assert committer.close() == []
    assert disk.commits[1:] == [[4]]


def test_what_nobody_waits_for_is_committed_before_long_also_after_a_rest(disk: Disk) -> None:
    committer = Committer(disk.commit, linger_seconds=0.001)
    for number in range(3):
        disk.began.clear()
        committer.enqueue(number)
        assert disk.began.wait(timeout=10)
        threading.Event().wait(0.01)  # the thread has gone to rest
    assert committer.close() == []
    assert disk.commits == [[0], [1], [2]]


def test_a_waiter_that_is_cancelled_takes_nobody_with_it(disk: Disk) -> None:
    committer = Committer(disk.commit)
    disk.free.clear()

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(committer.write, [1])
            with anyio.move_on_after(0):
                await committer.write([2])
            disk.free.set()

    anyio.run(main)
    committer.close()
    assert sorted(number for commit in disk.commits for number in commit) == [1, 2]


def test_after_a_failure_everyone_is_told_and_nothing_is_lost(disk: Disk) -> None:
    committer = Committer(disk.commit)
    disk.is_full = True

    async def main() -> None:
        for number in (1, 2):
            with pytest.raises(OSError, match="full"):
                await committer.write([number])

    anyio.run(main)
    committer.enqueue(3)
    assert committer.close() == [1, 3]
    assert disk.commits == []


def test_those_who_came_while_it_failed_are_told_too(disk: Disk) -> None:
    committer = Committer(disk.commit)
    disk.free.clear()
    disk.is_full = True
    told: list[int] = []

    async def write(number: int) -> None:
        with pytest.raises(OSError, match="full"):
            await committer.write([number])
        told.append(number)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write, 1)
            await anyio.to_thread.run_sync(disk.began.wait)
            tasks.start_soon(write, 2)
            await anyio.lowlevel.checkpoint()
            disk.free.set()

    anyio.run(main)
    assert sorted(told) == [1, 2]
    assert committer.close() == [1, 2]


def test_a_closed_event_loop_does_not_stop_the_commits(disk: Disk) -> None:
    committer = Committer(disk.commit)
    disk.free.clear()

    async def main() -> None:
        with anyio.move_on_after(0):
            await committer.write([1])

    anyio.run(main)
    disk.free.set()
    assert committer.close() == []
    assert disk.commits == [[1]]
