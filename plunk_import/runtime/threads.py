"""Takes work that waits, or that blocks; runs it where it belongs."""

import functools
import importlib.util
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

P = ParamSpec("P")
T = TypeVar("T")


def run_async(work: Callable[[], Awaitable[T]]) -> T:
    """Run async work to its end, on uvloop where that is installed."""
    quick = importlib.util.find_spec("uvloop") is not None
    return anyio.run(work, backend_options={"use_uvloop": quick})


async def in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run blocking work in a thread."""
    return await anyio.to_thread.run_sync(functools.partial(work, *args, **options))
