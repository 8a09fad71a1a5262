"""How far a command has come: a bar on a terminal, lines elsewhere. Only here is tqdm known."""

import contextlib
import dataclasses
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from plunk_import.report import printable
from plunk_import.runtime import Clock, Phase

if TYPE_CHECKING:
    from tqdm import tqdm

    from plunk_import.cli.output import Output


# What is waited for takes the place of bar, rate and time left, which say nothing meanwhile.
_WAITING = "{desc}: {n_fmt}/{total_fmt}{postfix}"
_WAITING_FOR_ALL = "{desc}{postfix}"


class _Bar:
    def __init__(self, bar: "tqdm[NoReturn]") -> None:
        self._bar = bar
        self._waiting = _WAITING if bar.total is not None else _WAITING_FOR_ALL

    def reached(self, rows: int, **details: int | str) -> None:
        shown = {name: _text(detail) for name, detail in details.items()}
        waits = {"waiting": shown.pop("waiting")} if "waiting" in shown else {}
        self._bar.bar_format = self._waiting if waits else None
        details = {**waits, **shown}
        self._bar.update(rows - self._bar.n)
        if details:
            # Drawn at once: the bar by itself draws only when rows go on, not while they wait.
            self._bar.set_postfix(details)


class TerminalProgress:
    """A bar on standard error: rows, rate, what went wrong so far, and the time left."""

    @contextlib.contextmanager
    def phase(self, name: str, total: int | None) -> Iterator[Phase]:
        """Begin a stretch of work with a bar of its own, which is gone at its end."""
        from tqdm import tqdm

        with tqdm(
            total=total,
            desc=name,
            unit=" rows",
            unit_scale=True,
            leave=False,
            dynamic_ncols=True,
            file=sys.stderr,
        ) as bar:
            yield _Bar(bar)


class LogLines:
    """A line of progress now and then, for logs: nothing at all of what is over sooner."""

    def __init__(self, output: "Output", clock: Clock) -> None:
        self._output = output
        self._clock = clock
        self._last = clock.now()

    @contextlib.contextmanager
    def phase(self, name: str, total: int | None) -> Iterator[Phase]:
        """Begin a stretch of work; its begin and end are told of where that was asked for."""
        began = self._clock.now()
        if self._output.is_verbose:
            self._output.log("info", name, event="begun", phase=name, total=total)
        yield _LoggedPhase(self, name, total, began)
        if self._output.is_verbose:
            seconds = round(self._clock.now() - began, 1)
            message = f"{name}: done in {timedelta(seconds=round(seconds))}"
            self._output.log("info", message, event="ended", phase=name, seconds=seconds)

    def is_due(self) -> bool:
        """Tell whether the time has come for another line, which is then written."""
        due = self._clock.now() - self._last >= self._output.log_every_seconds
        if due:
            self._last = self._clock.now()
        return due

    def write(self, phase: "_LoggedPhase", rows: int, details: Mapping[str, int | str]) -> None:
        """Write a line of how far the phase has come."""
        seconds = self._clock.now() - phase.began
        rate = rows / seconds if seconds else 0.0
        left = (phase.total - rows) / rate if phase.total and rate else None
        said = [f"{phase.name}: {rows:,}" + (f" of {phase.total:,}" if phase.total else "")]
        said[0] += f" rows, {rate:,.1f} rows/s"
        said += [] if left is None else [f"{timedelta(seconds=round(left))} left"]
        said += [f"{name}: {_text(detail)}" for name, detail in details.items()]
        self._output.log(
            "info",
            ", ".join(said),
            event="progress",
            phase=phase.name,
            rows=rows,
            total=phase.total,
            rows_per_second=round(rate, 2),
            seconds_left=None if left is None else round(left),
            **{name.replace(" ", "_"): detail for name, detail in details.items()},
        )


@dataclasses.dataclass(frozen=True, slots=True)
class _LoggedPhase:
    lines: LogLines
    name: str
    total: int | None
    began: float

    def reached(self, rows: int, **details: int | str) -> None:
        if self.lines.is_due():
            self.lines.write(self, rows, details)


def _text(detail: int | str) -> str:
    return printable(detail) if isinstance(detail, str) else f"{detail:,}"
