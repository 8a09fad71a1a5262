"""How long a command took, what it burned and how much memory it held."""

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True)
class Spent:
    """What one process took; `peak_bytes` is the most memory that was resident at once."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str

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
    seconds = time.perf_counter() - began
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in exit_codes:
        raise FailedError(f"{' '.join(map(str, command))}: exit {process.returncode}\n{output}")
    cpu = usage.ru_utime + usage.ru_stime
    return Spent(seconds, cpu, usage.ru_maxrss * 1024, output)


def python(*arguments: str | Path) -> list[str | Path]:
    """Return the command that runs this Python."""
    return [sys.executable, *arguments]


def plunk_import(*arguments: str | Path) -> list[str | Path]:
    """Return the command that runs the program beside this Python."""
    return [Path(sys.executable).with_name("plunk-import"), *arguments]
