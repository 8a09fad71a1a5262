"""One process of the importer in the world: a command from its start to its end, or its death.

With `product.py` all that knows the importer: the rest speaks of files, requests and exit codes.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import math
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from tests.simulation.loop import Death, EndlessError, VirtualLoop
from tests.simulation.world import World

GRAIN_SECONDS = 0.0005


class SimulatedClock:
    """A process's clocks: the monotonic one from a start of its own, the wall clock with steps."""

    def __init__(self, world: World, wall_offset: "WallOffset") -> None:
        self._world = world
        self._origin = world.chance.uniform(-1e6, world.now)
        self._wall_offset = wall_offset
        self.is_dead = False

    def now(self) -> float:
        """See the importer's `Clock`."""
        return self._world.now - self._origin

    def wall(self) -> datetime.datetime:
        """See the importer's `Clock`."""
        return self._world.wall(self._wall_offset.seconds)

    async def sleep(self, seconds: float) -> None:
        """See the importer's `Clock`."""
        # No timer is finer; and where time stands still, less than its grain would be no time.
        await asyncio.sleep(0.0 if self.is_dead or seconds <= 0 else max(seconds, GRAIN_SECONDS))


@dataclasses.dataclass(slots=True)
class WallOffset:
    """How far the importer's machine is off, in seconds; it may step at any moment."""

    seconds: float = 0.0


class Commits:
    """Groups the journal's writes as its thread does, on the loop, at a disk's mercy."""

    def __init__(
        self, commit: Callable[[Sequence[Any]], None], *, disk: Callable[[], float]
    ) -> None:
        self._commit = commit
        self._disk = disk
        self._writes: list[Any] = []
        self._done: asyncio.Future[None] | None = None
        self._failure: Exception | None = None

    def enqueue(self, write: Any) -> None:  # noqa: ANN401 - the journal's own
        """See the importer's `Committer`."""
        self._writes.append(write)
        if self._failure is None:
            self._next_group()

    async def write(self, writes: Sequence[Any]) -> None:
        """See the importer's `Committer`."""
        if self._failure is not None:
            raise self._failure
        self._writes.extend(writes)
        await asyncio.shield(self._next_group())

    def close(self) -> list[Any]:
        """See the importer's `Committer`."""
        if self._failure is None:
            self._flush()
        unwritten, self._writes = self._writes, []
        return unwritten

    def _next_group(self) -> "asyncio.Future[None]":
        if self._done is None:
            loop = asyncio.get_running_loop()
            self._done = loop.create_future()
            loop.call_later(self._disk(), self._flush)
        return self._done

    def _flush(self) -> None:
        done, self._done = self._done, None
        writes, self._writes = self._writes, []
        try:
            self._commit(writes)
        except Exception as error:  # noqa: BLE001 - handed to everyone who waits
            self._failure, self._writes = error, writes
            if done is not None and not done.done():
                done.set_exception(error)
            return
        if done is not None and not done.done():
            done.set_result(None)


@dataclasses.dataclass(frozen=True, slots=True)
class Kill:
    """When a process dies: at a step of its event loop, or at a moment of the world."""

    step: int | None = None
    moment: float = math.inf


@dataclasses.dataclass(frozen=True, slots=True)
class End:
    """How a command ended. `exit_code` is None where it was killed, or where it is a bug."""

    exit_code: int | None
    message: str = ""
    was_killed: bool = False
    bug: str | None = None
    has_report: bool = False
    """Whether it came to write its files."""


def carry_out(world: World, process: "Process") -> End:
    """Run a command to its end or its death; then its `home` is as the dead one left it."""
    loop = VirtualLoop(world, dies_at_step=process.kill.step, dies_at=process.kill.moment)
    asyncio.set_event_loop(loop)
    try:
        end = process.ended(loop, lambda: loop.run_until_complete(_awaited(process.work)))
        assert end is not None
        return end
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def carry_out_together(world: World, processes: Sequence["Process"]) -> list[End]:
    """Run several commands side by side; where more than one has something to do, one is drawn.

    Each begins at its own moment and dies its own death.
    """
    living = {}
    ends: dict[Process, End] = {}
    for process in processes:
        loop = VirtualLoop(world, dies_at_step=process.kill.step, dies_at=process.kill.moment)
        loop.is_driven = True
        task = loop.create_task(_awaited(process.work, after=process.begins - world.now))
        living[process] = (loop, task)
    while living:
        moments = {process: loop.next_moment() for process, (loop, _) in living.items()}
        moment = min(world.next_moment(), *moments.values())
        if ready := [one for one, when in moments.items() if when <= world.now]:
            process = world.chance.choice(ready)
            loop, task = living[process]
            end = process.ended(loop, lambda: _result_after_turn(loop, task))  # noqa: B023
            if end is not None:
                ends[process] = end
                del living[process]
                loop.close()
        elif math.isinf(moment):
            raise EndlessError(f"{len(living)} processes wait for ever")
        else:
            world.advance(moment)
    return [ends[process] for process in processes]


def _result_after_turn(loop: VirtualLoop, task: "asyncio.Task[int]") -> int | None:
    loop.turn()
    return task.result() if task.done() else None


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Process:
    """A command that is carried out.

    Attributes:
        work: Gives an exit code or raises.
        home: Where it may write.
        kill: When it dies.
        on_death: Takes it out of the world then.
        own_errors: Those that are messages to the user.
        begins: When, where others live at the same time.

    """

    work: Callable[[], Awaitable[int]]
    home: Path
    kill: Kill
    on_death: Callable[[], None]
    own_errors: type[BaseException]
    begins: float = 0.0

    def ended(self, loop: VirtualLoop, go: Callable[[], int | None]) -> End | None:
        """Let it go on and say how it ended, if it did."""
        try:
            code = go()
        except Death:
            return _buried(loop, self.home, self.on_death)
        except EndlessError as endless:
            _buried(loop, self.home, self.on_death)
            return End(None, bug=f"it never ends: {endless}")
        except self.own_errors as error:
            code = getattr(error, "exit_code", None)
            return End(int(code) if code is not None else None, str(error))
        except Exception as error:  # noqa: BLE001 - a bug of the importer's, which is looked for
            return End(None, bug=f"{type(error).__name__}: {error}")
        return None if code is None else End(code, has_report=True)


async def _awaited(work: Callable[[], Awaitable[int]], *, after: float = 0.0) -> int:
    if after > 0:
        await asyncio.sleep(after)
    return await work()


def _buried(loop: VirtualLoop, home: Path, on_death: Callable[[], None]) -> End:
    """Keep the files as they are now; whatever the dead process still tidies up is undone."""
    on_death()
    loop.is_dead = True
    image = home.with_name(f"{home.name}.image")
    home.mkdir(exist_ok=True)
    shutil.copytree(home, image, ignore=shutil.ignore_patterns("*-shm"))
    for task in asyncio.all_tasks(loop):
        task.cancel()
    with contextlib.suppress(BaseException):
        rest = asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True)
        loop.run_until_complete(rest)
    shutil.rmtree(home, ignore_errors=True)
    image.rename(home)
    return End(None, was_killed=True)
