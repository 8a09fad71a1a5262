"""Takes how many may be inside, which may change; lets that many in, the others in their order."""

from collections import deque

import anyio


class Slots:
    """Places for requests in flight.

    Unlike anyio's CapacityLimiter it costs no turn of the event loop where there is room.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """How many may be inside; a lower one holds for those who come, and as others leave."""
        self._inside = 0
        self._line: deque[anyio.Event] = deque()

    async def enter(self) -> None:
        """Take a place, once there is one; give it back by `leave`."""
        if self._inside < self.limit and not self._line:
            self._inside += 1
            return
        place = anyio.Event()
        self._line.append(place)
        try:
            await place.wait()
        except anyio.get_cancelled_exc_class():
            if place.is_set():
                self.leave()
            else:
                self._line.remove(place)
            raise

    def leave(self) -> None:
        """Give a place back: it goes to the next in line."""
        self._inside -= 1
        while self._line and self._inside < self.limit:
            self._inside += 1
            self._line.popleft().set()
