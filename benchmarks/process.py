"""How long a command took, what it burned and how much memory it held."""

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median


@dataclasses.dataclass(frozen=True, slots=True)
class Spent:
    """What one process took.

    `peak_bytes` is the most memory that was resident at once, `ended` the Unix time of its end.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: float
    output: str = ""
    ended: float = 0.0

    @property
    def peak_megabytes(self) -> float:
        """The peak in MB."""
        return self.peak_bytes / 1e6


class FailedError(Exception):
    """A command that was to be measured ended badly."""


def spend(
    command: Sequence[str | Path],
    *,
    variables: Mapping[str, str] | None = None,
    exit_codes: tuple[int, ...] = (0,),
) -> Spent:
    """Run a command to its end. Raises FailedError where it exits otherwise than expected.

    The kernel counts what is resident in this process before the command takes its place, so this
    one has to stay small: it imports nothing heavy.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(variables or {})},
    )
    assert process.stdout is not None  # noqa: S101 - for the type checker
    output = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    seconds, ended = time.perf_counter() - began, time.time()
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in exit_codes:
        raise FailedError(f"{' '.join(map(str, command))}: exit {process.returncode}\n{output}")
    cpu = usage.ru_utime + usage.ru_stime
    return Spent(seconds, cpu, usage.ru_maxrss * 1024, output, ended)


def in_turn(times: int, *each: Callable[[], Spent]) -> list[Spent]:
    """Do several things so many times, in turn, since a machine's speed drifts; their medians."""
    rounds = [[one() for one in each] for _ in range(times)]
    return [middle([one[position] for one in rounds]) for position in range(len(each))]


def middle(spents: Sequence[Spent]) -> Spent:
    """Return the median of every figure, and the last output."""
    return Spent(
        median(one.seconds for one in spents),
        median(one.cpu_seconds for one in spents),
        median(one.peak_bytes for one in spents),
        spents[-1].output,
        spents[-1].ended,
    )


def python(*arguments: str | Path) -> list[str | Path]:
    """Return the command that runs this Python."""
    return [sys.executable, *arguments]


def plunk_import(*arguments: str | Path) -> list[str | Path]:
    """Return the command that runs the program beside this Python."""
    return [Path(sys.executable).with_name("plunk-import"), *arguments]


def as_installed(place: Path) -> None:
    """Keep compiled modules for the commands to come, as an installed program has them."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(place)
