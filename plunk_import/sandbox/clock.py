"""The time by which a sandbox lives, so that a simulation can pass in a virtual one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate

from plunk_import.sandbox.rules import iso_time


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerClock:
    """The server's clock: what time it believes it is, and how it waits.

    Everything a sandbox does by time goes through one of these: timestamps, the `Date` header,
    the lifetime of keys, the token bucket, late answers.
    """

    wall: Callable[[], float] = time.time
    """Seconds since the Unix epoch, as the rest of the world has them."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back, for durations."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    offset_seconds: float = 0.0
    """How far the server's wall clock is ahead of the world's; negative when it is behind."""

    def now(self) -> float:
        """Read the server's wall clock, in seconds since the Unix epoch."""
        return self.wall() + self.offset_seconds

    def iso_now(self) -> str:
        """Write the server's time as its JSON has it."""
        return iso_time(datetime.fromtimestamp(self.now(), UTC))

    def http_date(self) -> bytes:
        """Write the server's time as the `Date` header has it."""
        return formatdate(self.now(), usegmt=True).encode("ascii")
