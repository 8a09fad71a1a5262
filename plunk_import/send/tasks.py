"""The tasks of sending, and what ends them: a failure, the time that is up, a stop."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVarTuple

import anyio
from anyio.abc import TaskGroup

from plunk_import.errors import ExitCode, PlunkImportError
from plunk_import.runtime import Clock, Stop, StopRequest
from plunk_import.settings import SendSettings

Arguments = TypeVarTuple("Arguments")


class DrainingTasks:
    """Starts tasks in a group; the first that fails stops the run, and the others end in peace.

    A request that is broken off leaves a doubt that its reply would have settled. Errors that are
    not the product's own break everything off, as in any group.
    """

    def __init__(self, group: TaskGroup, stop: Stop) -> None:
        self._group = group
        self._stop = stop
        self.failure: PlunkImportError | None = None
        """What the first task that failed has raised."""

    def start(
        self, function: Callable[[*Arguments], Awaitable[None]], *arguments: *Arguments
    ) -> None:
        """Run a task beside the others."""
        self._group.start_soon(self._run, function, arguments)

    def fail(self, error: Exception) -> None:
        """End the run for what went wrong beside the tasks, as if one of them had raised it."""
        self.start(_raise, error)

    async def _run(
        self, function: Callable[[*Arguments], Awaitable[None]], arguments: tuple[*Arguments]
    ) -> None:
        try:
            await function(*arguments)
        except PlunkImportError as failure:
            self.failure = self.failure or failure
            self._stop.ask(StopRequest(ExitCode.STOPPED, str(failure), failure.way_on))


async def _raise(error: Exception) -> None:
    raise error


@contextlib.asynccontextmanager
async def bounded(
    wake_at_stop: Callable[[], Coroutine[Any, Any, None]],
    stop: Stop,
    clock: Clock,
    settings: SendSettings,
) -> AsyncIterator[None]:
    """Stop the block when its time is up, and break it off when a stop takes too long.

    `wake_at_stop` tells those in the block that wait for something else.
    """
    async with anyio.create_task_group() as watch:
        watch.start_soon(_watch_deadline, stop, clock, settings)
        watch.start_soon(wake_at_stop)
        with anyio.CancelScope() as sending:
            watch.start_soon(_bound_stopping, stop, clock, settings.grace_seconds, sending)
            yield
        watch.cancel_scope.cancel()


async def _bound_stopping(
    stop: Stop, clock: Clock, grace_seconds: float, sending: anyio.CancelScope
) -> None:
    await stop.wait()
    await clock.sleep(grace_seconds)
    sending.cancel()


async def _watch_deadline(stop: Stop, clock: Clock, settings: SendSettings) -> None:
    seconds = _seconds_left(clock, settings)
    if seconds is not None:
        await clock.sleep(max(seconds, 0.0))
        stop.ask(StopRequest(ExitCode.TIME_IS_UP, "the time given to this run is up"))


def _seconds_left(clock: Clock, settings: SendSettings) -> float | None:
    limits = []
    if settings.max_duration_seconds is not None:
        limits.append(settings.max_duration_seconds)
    if settings.until is not None:
        limits.append((settings.until - clock.wall()).total_seconds())
    return min(limits) if limits else None
