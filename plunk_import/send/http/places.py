"""Places for exchanges, of which there are only so many at once."""

import asyncio
from collections import deque


class Places:
    """So many may be taken; who waits for one gets it in the order of coming. asyncio only."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def are_taken(self) -> bool:
        """Whether none could be taken now."""
        return self._free <= 0

    def take(self) -> None:
        """Take a place until `leave`; ask first whether all are taken."""
        self._free -= 1

    async def wait(self) -> None:
        """Wait for a place that is taken until `leave`."""
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
        while self._line:
            place = self._line.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
