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


def carry_out(
    world: World,
    work: Callable[[], Awaitable[int]],
    home: Path,
    *,
    kill: Kill,
    on_death: Callable[[], None],
    own_errors: type[BaseException],
) -> End:
    """Run a command's `work` to its end or its death; then `home` is as the dead one left it.

    `work` gives an exit code or raises. `own_errors` are those that are messages to the user.
    """
    loop = VirtualLoop(world, dies_at_step=kill.step, dies_at=kill.moment)
    asyncio.set_event_loop(loop)
    try:
        return End(loop.run_until_complete(_awaited(work)), has_report=True)
    except Death:
        return _buried(loop, home, on_death)
    except EndlessError as endless:
        _buried(loop, home, on_death)
        return End(None, bug=f"it never ends: {endless}")
    except own_errors as error:
        code = getattr(error, "exit_code", None)
        return End(int(code) if code is not None else None, str(error))
    except Exception as error:  # noqa: BLE001 - a bug of the importer's, which is what is looked for
        return End(None, bug=f"{type(error).__name__}: {error}")
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _awaited(work: Callable[[], Awaitable[int]]) -> int:
    return await work()


def _buried(loop: VirtualLoop, home: Path, on_death: Callable[[], None]) -> End:
    """Keep the files as they are now; whatever the dead process still tidies up is undone."""
    on_death()
    loop.is_dead = True
    image = home.with_name(f"{home.name}.image")
    shutil.copytree(home, image, ignore=shutil.ignore_patterns("*-shm"))
    for task in asyncio.all_tasks(loop):
        task.cancel()
    with contextlib.suppress(BaseException):
        rest = asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True)
        loop.run_until_complete(rest)
    shutil.rmtree(home)
    image.rename(home)
    return End(None, was_killed=True)
