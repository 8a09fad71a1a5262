"""A lock on the table of events: writes stand still for a while, reads go on."""

import asyncio
import math

from plunk_import.sandbox.clock import ServerClock


class WriteLock:
    """Holds requests back while the table is locked, then lets them through as they came.

    So does PostgreSQL while it builds an index: who waits for the lock is served in order, even
    when its client has given up long ago.
    """

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        self._locked_until = -math.inf
        self._queue = asyncio.Lock()

    def freeze(self, seconds: float) -> None:
        """Lock the table from now on; a lock that lasts longer already stays."""
        self._locked_until = max(self._locked_until, self._clock.monotonic() + seconds)

    async def wait(self) -> None:
        """Wait for the lock to go, behind all that wait already."""
        async with self._queue:
            while (left := self._locked_until - self._clock.monotonic()) > 0:
                await self._clock.sleep(left)
