"""What ends a run: one tree of errors, named by what the user must fix.

::

    PlunkImportError            exit 2 unless its class says otherwise
    ├── MappingError            the mapping file, with every problem in it
    ├── SourceError             the input cannot be read as a whole
    │   └── SourceChangedError  the input is not what it was
    ├── SettingsError           key, base URL, options
    ├── OutputError             the run directory cannot be written; exit 3 once a run has begun
    ├── RunDirectoryError       the run directory belongs to another run
    ├── RunLockedError          another process works on it
    ├── ConsentError            nobody agreed to what sending would set off
    ├── RunningLoopError        an event loop runs already: the async form is needed
    └── StoppedError            exit 3: nothing later can succeed
        └── UnreachableError    nobody answers, or not well: it may pass
"""

import contextlib
import dataclasses
import enum
from collections.abc import Iterator
from typing import Any, Self


class ExitCode(enum.IntEnum):
    """Every exit code of the program, for scripts and schedulers."""

    DELIVERED = 0
    INCOMPLETE = 1
    CANNOT_START = 2
    STOPPED = 3
    TIME_IS_UP = 4
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """One sentence for the README's table and the report."""
        return _EXIT_MEANINGS[self]


_EXIT_MEANINGS = {
    ExitCode.DELIVERED: "Every row is delivered, skipped or filtered, or rejected within "
    "`--accept-rejects`; for `validate`: valid.",
    ExitCode.INCOMPLETE: "Finished, but some rows are rejected or in doubt, or contacts may be "
    "left with stale values; for `check`: something is wrong in the project; with `--strict`: "
    "there are warnings.",
    ExitCode.CANNOT_START: "Could not start: mapping, file, settings or run directory, or "
    "nobody said yes to what sending would set off or `--max-drop` found. Nothing was sent.",
    ExitCode.STOPPED: "Stopped early: the server refused the run, stayed away beyond `--patience`, "
    "`--max-rejects` was reached, or the disk is full. Resumable.",
    ExitCode.TIME_IS_UP: "Stopped in good order by `--until` or `--max-duration`. Resumable.",
    ExitCode.INTERRUPTED: "Ctrl-C. The files are complete up to there. Resumable.",
    ExitCode.TERMINATED: "SIGTERM. The files are complete up to there. Resumable.",
}


class WayOn(enum.StrEnum):
    """What gets the rest of a stopped run sent."""

    RESUME = "resume"
    ALLOW_REJECTS = "allow rejects"
    """To resume it with more rejects allowed."""
    NEW_RUN = "new run"
    """To mend the file and start anew: resumed, it would stop for the same reason."""


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place of a mapping file.

    `line` is 1-based, or None where the mapping came from Python.
    """

    file: str
    line: int | None
    where: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return (
            f"{place}: {self.where}: {self.message}" if self.where else f"{place}: {self.message}"
        )


class PlunkImportError(Exception):
    """The root: catch it to catch everything that ends a run."""

    exit_code = ExitCode.CANNOT_START
    way_on = WayOn.RESUME


class MappingError(PlunkImportError):
    """The mapping cannot be used; `problems` holds everything wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class SourceError(PlunkImportError):
    """The input cannot be read as a whole: the message names the file, the place and the remedy."""


class SourceChangedError(SourceError):
    """The input is no longer what it was when the run began."""


class SettingsError(PlunkImportError):
    """A key, an address or an option is missing or wrong."""


class OutputError(PlunkImportError):
    """Something a run writes could not be written (no permission, disk full).

    Its exit code is 3 once a run has begun: then rows may have been sent.
    """


class RunDirectoryError(PlunkImportError):
    """The run directory holds something else than this run needs."""


class RunLockedError(PlunkImportError):
    """Another process works on this run directory or history."""


class ConsentError(PlunkImportError):
    """Nobody agreed to what sending would do, or to a file far from the last: nothing was sent.

    The message names the parameter that allows it. `report` is the report of the run, which can
    go on.
    """

    def __init__(self, message: str, report: Any) -> None:  # noqa: ANN401 - made by a package above
        super().__init__(message)
        self.report = report


class RunningLoopError(PlunkImportError):
    """A function that waits was called inside a running event loop: its async form is needed."""


class StoppedError(PlunkImportError):
    """The run was ended before its first request: by the server, a guard or the user."""

    def __init__(
        self, message: str, exit_code: ExitCode = ExitCode.STOPPED, *, way_on: WayOn = WayOn.RESUME
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.way_on = way_on


class UnreachableError(StoppedError):
    """The server does not answer, or is not well: it may be back by and by."""


@contextlib.contextmanager
def single_errors() -> Iterator[None]:
    """Raise the first of our own errors in place of the group that a task group makes of it."""
    try:
        yield
    except BaseExceptionGroup as group:
        found: BaseException | None = group.subgroup(PlunkImportError)
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        if found is None:
            raise
        raise found from found.__cause__
