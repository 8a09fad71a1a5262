"""What a server has under way, so that it can die in the middle of it."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

Result = TypeVar("Result")


class Work:
    """Tasks that go on whether or not anybody waits for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def start(self, coroutine: Coroutine[object, object, Result]) -> asyncio.Task[Result]:
        """Begin something; it goes on until it is done or the server dies."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def abandon(self) -> None:
        """Leave everything as it is at this moment, as a killed process does."""
        for task in list(self._tasks):
            task.cancel()
