"""Where a run touches the world: the clock, the network, the terminal, and wishes to stop."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from plunk_import.clock import Clock, SystemClock
from plunk_import.committer import Committer, CommitterKind
from plunk_import.errors import ExitCode, StoppedError
from plunk_import.progress import Progress, SilentProgress

if TYPE_CHECKING:
    import httpx


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


@dataclasses.dataclass(frozen=True, slots=True)
class Edges:
    """The defaults are the real world; tests bring their own clock and transport.

    `committer` has a thread of its own, which a world in one thread replaces. `writes_page`:
    whether `report.html` is written, which takes longer than a small run itself.
    """

    clock: Clock = dataclasses.field(default_factory=SystemClock)
    progress: Progress = dataclasses.field(default_factory=SilentProgress)
    control: Control = dataclasses.field(default_factory=Control)
    transport: "httpx.AsyncBaseTransport | None" = None
    committer: CommitterKind = Committer
    writes_page: bool = True
