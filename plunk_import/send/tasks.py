"""The tasks of a run that sends: one that fails stops the run, and the others go to their end."""

from collections.abc import Awaitable, Callable
from typing import TypeVarTuple

from anyio.abc import TaskGroup

from plunk_import.errors import ExitCode, PlunkImportError
from plunk_import.runtime import Stop, StopRequest

Arguments = TypeVarTuple("Arguments")


class SendTasks:
    """Tasks in a group, which outlives the failure of one of them.

    Args:
        group: Runs the tasks.
        stop: Asked for once a task has failed.

    """

    def __init__(self, group: TaskGroup, stop: Stop) -> None:
        self._group = group
        self._stop = stop
        self._failure: PlunkImportError | None = None

    def start(
        self, function: Callable[[*Arguments], Awaitable[None]], *arguments: *Arguments
    ) -> None:
        """Start a task."""
        self._group.start_soon(self._run, function, arguments)

    def raise_failure(self) -> None:
        """Raise what the first task that failed has raised, if any did."""
        if self._failure is not None:
            raise self._failure

    async def _run(
        self,
        function: Callable[[*Arguments], Awaitable[None]],
        arguments: tuple[*Arguments],
    ) -> None:
        try:
            await function(*arguments)
        except PlunkImportError as failure:
            self._failure = self._failure or failure
            self._stop.ask(StopRequest(ExitCode.STOPPED, str(failure)))
