"""Stopping in good order: one object that the terminal, a run and its sender share."""

import contextlib
import dataclasses
from collections.abc import Iterator

import anyio

from plunk_import.errors import ExitCode, StoppedError, WayOn
from plunk_import.runtime.clock import Clock


@dataclasses.dataclass(frozen=True, slots=True)
class StopRequest:
    """Why a run ends before its last row, with which exit code, and what gets the rest sent."""

    exit_code: ExitCode
    reason: str
    way_on: WayOn = WayOn.RESUME

    @classmethod
    def because(cls, error: StoppedError) -> "StopRequest":
        """Make the request that an error amounts to once a run has begun."""
        return cls(error.exit_code, str(error), error.way_on)


class Stop:
    """Whether to go on.

    Truthy once a stop was requested. The first request counts: `request` is None until then.
    """

    def __init__(self) -> None:
        self.request: StopRequest | None = None
        self._waiting: set[anyio.CancelScope] = set()

    def __bool__(self) -> bool:
        return self.request is not None

    def ask(self, request: StopRequest) -> None:
        """Send nothing more, finish what is in flight, write the files."""
        if self.request is not None:
            return
        self.request = request
        for scope in self._waiting:
            scope.cancel()

    def check(self) -> None:
        """Refuse to begin what must not begin any more.

        Raises:
            StoppedError: A stop was requested, and nothing was sent.

        """
        if self.request is not None:
            raise StoppedError(f"{self.request.reason}: nothing was sent.", self.request.exit_code)

    @contextlib.contextmanager
    def ends_waiting(self) -> Iterator[None]:
        """Break the block off when a stop is requested."""
        with anyio.CancelScope() as scope:
            if self:
                scope.cancel()
            self._waiting.add(scope)
            try:
                yield
            finally:
                self._waiting.discard(scope)

    async def wait(self) -> None:
        """Return when a stop is requested."""
        with self.ends_waiting():
            await anyio.sleep_forever()

    async def nap(self, clock: Clock, seconds: float) -> None:
        """Sleep for a while, but not beyond a stop."""
        if seconds > 0 and not self:
            with self.ends_waiting():
                await clock.sleep(seconds)
