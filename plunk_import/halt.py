"""Takes the wish to stop; breaks off whatever only waits, once and for all."""

import contextlib
from collections.abc import Iterator

import anyio

from plunk_import.clock import Clock
from plunk_import.edges import StopRequest


class Halt:
    """Whether to go on. The first wish to stop counts; `request` is None until then."""

    def __init__(self, clock: Clock) -> None:
        self.request: StopRequest | None = None
        self._clock = clock
        self._asked = anyio.Event()
        self._breakable: set[anyio.CancelScope] = set()

    def __bool__(self) -> bool:
        """Whether a stop was asked for."""
        return self.request is not None

    def ask(self, request: StopRequest) -> bool:
        """Break off what waits; False where a stop was asked for before."""
        if self.request is not None:
            return False
        self.request = request
        self._asked.set()
        for scope in self._breakable:
            scope.cancel()
        return True

    async def wait(self) -> None:
        """Return when a stop is asked for."""
        await self._asked.wait()

    async def nap(self, seconds: float) -> None:
        """Sleep, but not beyond a stop."""
        if seconds > 0 and not self:
            with self.breakable():
                await self._clock.sleep(seconds)

    @contextlib.contextmanager
    def breakable(self) -> Iterator[None]:
        """Break the block off when a stop is asked for."""
        with anyio.CancelScope() as scope:
            if self:
                scope.cancel()
            self._breakable.add(scope)
            try:
                yield
            finally:
                self._breakable.discard(scope)
