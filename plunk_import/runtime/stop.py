"""Takes the wish to stop; breaks off whatever only waits, once and for all."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator

import anyio

from plunk_import.errors import ExitCode, StoppedError
from plunk_import.runtime.clock import Clock


@dataclasses.dataclass(frozen=True, slots=True)
class StopRequest:
    """Why a run ends before its last row, and with which exit code."""

    exit_code: ExitCode
    reason: str


class Control:
    """Stops a run from outside; `request` is the first one to do so, which counts."""

    def __init__(self) -> None:
        self.request: StopRequest | None = None
        self._stop: Callable[[StopRequest], None] | None = None

    def stop(self, request: StopRequest) -> None:
        """Send nothing more, finish what is in flight, write the files."""
        self.request = self.request or request
        if self._stop is not None:
            self._stop(self.request)

    def check(self) -> None:
        """Raise StoppedError if a stop was asked for before anything was sent."""
        if self.request is not None:
            raise StoppedError(f"{self.request.reason}: nothing was sent.", self.request.exit_code)

    def govern(self, stop: Callable[[StopRequest], None]) -> None:
        """Hand requests to stop, an earlier one too, to what sends now."""
        self._stop = stop
        if self.request is not None:
            stop(self.request)


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
