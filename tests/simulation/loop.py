"""An event loop whose time is the world's: it jumps to the next timer, and can die at any step."""

import asyncio
import asyncio.base_events
import math
import threading
from collections.abc import Callable
from typing import Any

from tests.simulation.world import World

LONGEST_COMMAND_SECONDS = 20 * 24 * 3600.0
MOST_STEPS = 400_000


class Death(BaseException):
    """The process is gone: nothing of it runs any more."""


class EndlessError(Exception):
    """A command went on for longer than anybody would wait, or waits for nothing."""


class VirtualLoop(asyncio.base_events.BaseEventLoop):
    """asyncio's own scheduling with the world's clock in place of a selector.

    Blocking work handed to `run_in_executor` is done in its turn, on the loop's own thread.
    `dies_at_step` and `dies_at` (a moment of the world) kill the process.
    """

    def __init__(
        self,
        world: World,
        *,
        dies_at_step: int | None = None,
        dies_at: float = math.inf,
        most_steps: int = MOST_STEPS,
    ) -> None:
        super().__init__()
        self._clock_resolution = 1e-6
        self._selector = self
        self._world = world
        self._began = world.now
        self._steps = 0
        self._dies_at_step = dies_at_step
        self._most_steps = most_steps
        self._dies_at = dies_at
        self.is_dead = False
        self.is_driven = False
        """Whether somebody else lets time pass, as where several processes live at once."""
        self.set_task_factory(_NumberedTask)  # type: ignore[arg-type]  # asyncio's own is looser
        self.set_exception_handler(lambda *_: None)

    def time(self) -> float:
        """See asyncio."""
        return self._world.now

    def select(self, timeout: float | None) -> tuple[()]:
        """Let the world go on until the next moment at which this process has something to do."""
        if self.is_dead:
            if timeout is None:
                raise EndlessError("what was killed waits for ever")
            return ()
        self._count_step()
        if self.is_driven:
            return ()
        if threading.active_count() > 1 and self._has_waited_for_threads():
            return ()
        if timeout != 0:
            self._jump(math.inf if timeout is None else self._world.now + timeout)
        return ()

    def next_moment(self) -> float:
        """Say when there is something to do next: now, at a timer, at its death, or never."""
        if self._ready:  # type: ignore[attr-defined]  # asyncio's own
            return self._world.now
        timers = self._scheduled  # type: ignore[attr-defined]
        timer = timers[0].when() if timers else math.inf
        return float(min(timer, self._dies_at))

    def turn(self) -> None:
        """Do what is to do now, where the loop is driven."""
        if self._world.now >= self._dies_at:
            raise Death
        asyncio.events._set_running_loop(self)  # noqa: SLF001 - as `run_forever` does
        try:
            self._run_once()  # type: ignore[attr-defined]
        finally:
            asyncio.events._set_running_loop(None)  # noqa: SLF001

    def _has_waited_for_threads(self) -> bool:
        """Let a thread of anyio's, which asks somebody something, come to its end: no time passes.

        What it answers is then among what the loop has to do.
        """
        mine = [one for one in threading.enumerate() if getattr(one, "loop", None) is self]
        queues = [one.queue for one in mine]  # type: ignore[attr-defined]
        busy = [one for one in queues if one.unfinished_tasks]
        for one in busy:
            one.join()
        return bool(busy)

    def _count_step(self) -> None:
        self._steps += 1
        if self._steps == self._dies_at_step:
            raise Death
        if self._steps > self._most_steps:
            raise EndlessError(f"{self._most_steps:,} steps, and still at work")

    def _jump(self, timer: float) -> None:
        moment = min(timer, self._world.next_moment())
        if moment >= self._dies_at < math.inf:
            self._world.advance(self._dies_at)
            raise Death
        if moment - self._began > LONGEST_COMMAND_SECONDS:
            raise EndlessError("it waits for ever")
        self._world.advance(moment)

    def run_in_executor(  # type: ignore[override]
        self,
        executor: object,
        func: Callable[..., Any],
        *args: Any,  # noqa: ANN401 - asyncio's own
    ) -> asyncio.Future[Any]:
        """Do the work at the loop's next turn: there is one thread only."""
        del executor
        future = self.create_future()
        self.call_soon(_carry_out, future, func, args)
        return future

    def _process_events(self, event_list: object) -> None:
        """There are none but the world's, and those set futures."""

    def _write_to_self(self) -> None:
        """Nobody else runs, so nobody sleeps."""


class _NumberedTask(asyncio.Task[Any]):
    """A task with a hash that is the same in every replay.

    Sets of tasks, as cancelling goes through them, are in the order of their hashes.
    """

    def __init__(self, loop: VirtualLoop, coro: Any, **options: Any) -> None:  # noqa: ANN401
        self._number = loop._world.number()  # noqa: SLF001
        super().__init__(coro, loop=loop, **options)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


def _carry_out(
    future: asyncio.Future[Any], func: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    if future.cancelled():
        return
    try:
        result = func(*args)
    except Exception as error:  # noqa: BLE001 - handed to whoever waits
        future.set_exception(error)
    else:
        future.set_result(result)
