"""Where a run touches the world: the clock, the network, the terminal, and requests to stop."""

import dataclasses

from plunk_import.runtime.clock import Clock, SystemClock
from plunk_import.runtime.commits import CommitterKind
from plunk_import.runtime.progress import Progress, SilentProgress
from plunk_import.runtime.stop import Stop
from plunk_import.runtime.transport import Transport


@dataclasses.dataclass(frozen=True, slots=True)
class Runtime:
    """Clock, stop and progress, which are passed in.

    The defaults are the real world; tests bring their own.

    `transport` left out opens connections of the run's own. `committer` replaces the journal's own
    thread, in a world that has but one. `writes_page`: whether `report.html` is written, which
    takes longer than a small run itself.
    """

    clock: Clock = dataclasses.field(default_factory=SystemClock)
    progress: Progress = dataclasses.field(default_factory=SilentProgress)
    stop: Stop = dataclasses.field(default_factory=Stop)
    transport: Transport | None = None
    committer: CommitterKind | None = None
    writes_page: bool = True
