"""Takes how many may be inside, which may change; lets that many in, the others in their order."""

import asyncio
from collections import deque


class Slots:
    """Places for requests in flight.

    Unlike anyio's CapacityLimiter it costs no turn of the event loop where there is room. asyncio
    only.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """How many may be inside; a lower one holds for those who come, and as others leave."""
        self._inside = 0
        self._line: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Take a place, once there is one; give it back by `leave`."""
        if self._inside < self.limit and not self._line:
            self._inside += 1
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
        """Give a place back: it goes to the next in line."""
        self._inside -= 1
        while self._line and self._inside < self.limit:
            place = self._line.popleft()
            if not place.cancelled():
                self._inside += 1
                place.set_result(None)
