"""Runs work that waits on the event loop, and work that blocks in a thread."""

import functools
import importlib.util
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def run_async(work: Callable[[], Awaitable[T]]) -> T:
    """Run async work to its end, on uvloop where that is installed."""
    import anyio

    quick = importlib.util.find_spec("uvloop") is not None
    return anyio.run(work, backend_options={"use_uvloop": quick})


async def in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run blocking work to its end, whatever is cancelled meanwhile, in the event loop's threads.

    The loop decides what those are: that of the simulation does the work in its turn. asyncio only.
    """
    import asyncio

    import anyio

    call = functools.partial(work, *args, **options)
    with anyio.CancelScope(shield=True):
        result = await asyncio.get_running_loop().run_in_executor(None, call)
    return result  # noqa: RET504 - within the scope, which may swallow, mypy misses it
