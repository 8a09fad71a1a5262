"""Runs async work to its end for programs that are not async."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from plunk_import.errors import RunningLoopError
from plunk_import.runtime import run_async

T = TypeVar("T")


def run_blocking(work: Callable[[], Awaitable[T]], *, name: str) -> T:
    """Run the async form of the public function `name` to its end.

    Raises:
        RunningLoopError: an event loop runs in this thread already, as it does in a notebook.

    """
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run_async(work)
    raise RunningLoopError(
        f"{name} was called inside a running event loop, as in a notebook or an async function. "
        f"Call `await plunk_import.a{name}(...)` there, with the same arguments."
    )
