"""Progress as lines of a log: now and then one, and nothing of what is over sooner."""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TypeAlias

from plunk_import.runtime.clock import Clock, SystemClock
from plunk_import.runtime.progress import Phase, Progress, SilentProgress
from plunk_import.runtime.shown_text import printable

WriteLine: TypeAlias = Callable[[str, Mapping[str, object]], None]
"""Takes a line: its text, and the same as fields, of which `event` is begun, progress or ended."""

_LIVE_SECONDS = 0.25
_LATE = 1 / 60


class LogLines:
    """Progress as lines of a log, for `Runtime(progress=LogLines(logging.getLogger("import")))`.

    Args:
        log: A logger, which gets lines of progress as INFO and where a phase begins and ends as
            DEBUG, each with its fields as attributes of the record; or a function that takes text
            and fields.
        every_seconds: The least time between two lines of progress.
        clock: Tells the time.

    """

    def __init__(
        self,
        log: logging.Logger | WriteLine,
        *,
        every_seconds: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        self._write = _written_by(log) if isinstance(log, logging.Logger) else log
        self.every_seconds = every_seconds
        self._clock = clock or SystemClock()
        self._last = self._clock.now()

    @contextlib.contextmanager
    def phase(self, name: str, total: int | None) -> Iterator[Phase]:
        """Begin a stretch of work, and tell of its begin and its end."""
        began = self._clock.now()
        self._write(name, {"event": "begun", "phase": name, "total": total})
        yield _LoggedPhase(self, name, total, began)
        seconds = round(self._clock.now() - began, 1)
        message = f"{name}: done in {timedelta(seconds=round(seconds))}"
        self._write(message, {"event": "ended", "phase": name, "seconds": seconds})

    def reached(self, phase: "_LoggedPhase", rows: int, details: Mapping[str, int | str]) -> None:
        """Write how far a phase has come, if the time has come for another line."""
        now = self._clock.now()
        if now - self._last < self.every_seconds:
            return
        self._last = now
        self._write(*_line(phase, rows, now - phase.began, details))


def seconds_between_looks(progress: Progress) -> float | None:
    """How often work that waits is to say how far it has come; None where nobody reads that.

    Each time wakes an idle core, so for lines of a log it is seldom: they may be a little late.
    """
    if isinstance(progress, SilentProgress):
        return None
    every = progress.every_seconds if isinstance(progress, LogLines) else 0.0
    return max(_LIVE_SECONDS, every * _LATE)


@dataclasses.dataclass(frozen=True, slots=True)
class _LoggedPhase:
    lines: LogLines
    name: str
    total: int | None
    began: float

    def reached(self, rows: int, **details: int | str) -> None:
        self.lines.reached(self, rows, details)


def detail_shown(detail: int | str) -> str:
    """Write a detail of progress for people; it may quote a server."""
    return printable(detail) if isinstance(detail, str) else f"{detail:,}"


def _line(
    phase: _LoggedPhase, rows: int, seconds: float, details: Mapping[str, int | str]
) -> tuple[str, Mapping[str, object]]:
    rate = rows / seconds if seconds else 0.0
    left = round((phase.total - rows) / rate) if phase.total and rate else None
    said = [f"{phase.name}: {rows:,}" + (f" of {phase.total:,}" if phase.total else "")]
    said[0] += f" rows, {rate:,.1f} rows/s"
    said += [] if left is None else [f"{timedelta(seconds=left)} left"]
    said += [f"{name}: {detail_shown(detail)}" for name, detail in details.items()]
    fields: dict[str, object] = {"event": "progress", "phase": phase.name, "rows": rows}
    fields |= {"total": phase.total, "rows_per_second": round(rate, 2), "seconds_left": left}
    return ", ".join(said), fields | {name.replace(" ", "_"): it for name, it in details.items()}


def _written_by(logger: logging.Logger) -> WriteLine:
    def write(message: str, fields: Mapping[str, object]) -> None:
        level = logging.INFO if fields["event"] == "progress" else logging.DEBUG
        logger.log(level, "%s", message, extra=dict(fields))

    return write
