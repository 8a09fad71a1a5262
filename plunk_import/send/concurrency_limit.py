"""A concurrency limit that may change while others wait, in their order, to be let in."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ConcurrencyLimit:
    """Places for requests in flight.

    Unlike anyio's CapacityLimiter it costs no turn of the event loop where there is room. asyncio
    only.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """How many may be inside; a lower one holds for those who come, and as others leave."""
        self.on_free: Callable[[], None] = _nobody_asks
        """Called when somebody has left and a place is free that nobody waits for."""
        self._inside = 0
        self._line: deque[asyncio.Future[None]] = deque()

    def try_enter(self) -> bool:
        """Occupy a place until `leave`, if one is free and nobody waits for it."""
        if self._inside >= self.limit or self._line:
            return False
        self._inside += 1
        return True

    async def enter(self) -> None:
        """Wait for a free place and occupy it until `leave`."""
        if self.try_enter():
            return
        place = asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Free a place: it goes to the next in line."""
        self._inside -= 1
        while self._line and self._inside < self.limit:
            place = self._line.popleft()
            if not place.cancelled():
                self._inside += 1
                place.set_result(None)
        if self._inside < self.limit:
            self.on_free()


def _nobody_asks() -> None:
    """Let a place stay free."""
