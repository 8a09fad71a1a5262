"""Tasks of which one may fail while others wait for replies that are worth having."""

from collections.abc import Awaitable, Callable
from typing import TypeVarTuple

from anyio.abc import TaskGroup

from plunk_import.errors import ExitCode, PlunkImportError
from plunk_import.runtime import Stop, StopRequest

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

    async def _run(
        self, function: Callable[[*Arguments], Awaitable[None]], arguments: tuple[*Arguments]
    ) -> None:
        try:
            await function(*arguments)
        except PlunkImportError as failure:
            self.failure = self.failure or failure
            self._stop.ask(StopRequest(ExitCode.STOPPED, str(failure)))
