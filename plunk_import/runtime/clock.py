"""The clock that every waiting stage is handed: the time, and its passing.

Nothing else in the package asks for the time, so that tests run hours in milliseconds.
"""

import datetime
import time
from typing import Protocol

import anyio


class Clock(Protocol):
    """What the stages know of time."""

    def now(self) -> float:
        """Monotonic seconds from an arbitrary start: for durations and deadlines."""
        ...

    def wall(self) -> datetime.datetime:
        """Date and time in UTC, aware: for what people and files see."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less only lets others run."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """See `Clock.now`."""
        return time.monotonic()

    def wall(self) -> datetime.datetime:
        """See `Clock.wall`."""
        return datetime.datetime.now(datetime.UTC)

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await anyio.sleep(max(0.0, seconds))
