"""Sends a file by the library, and watches how late the event loop is.

``python -m benchmarks.lag orders.csv DIRECTORY 64`` prints the worst lag in seconds.
"""

import asyncio
import contextlib
import sys
import time
from pathlib import Path

import uvloop

from benchmarks.bench import MAPPING
from plunk_import import Consent, SendSettings, aimport_file

_TICK_SECONDS = 0.005


async def _watch(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_TICK_SECONDS)
        lags.append(time.perf_counter() - began - _TICK_SECONDS)


async def main(path: str, directory: str, at_once: int) -> float:
    """Send every row; return the worst lag in seconds."""
    lags: list[float] = []
    watching = asyncio.create_task(_watch(lags))
    await aimport_file(
        path,
        MAPPING,
        directory=Path(directory),
        settings=SendSettings(rate="unlimited", max_in_flight=at_once),
        consent=Consent(allow_workflows=True, allow_resubscribe=True),
    )
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    return max(lags)


if __name__ == "__main__":
    print(uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
