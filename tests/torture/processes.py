"""The program and its sandbox as real processes, to be watched and killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from plunk_import.sandbox import PUBLIC_KEY, SECRET_KEY, Store

PROGRAM = Path(sys.executable).with_name("plunk-import")
LONGEST_SECONDS = 900.0
"""What takes longer hangs, however busy the machine is."""

_POLL_SECONDS = 0.004


def wait_until(is_so: Callable[[], bool], *, what: str, seconds: float = LONGEST_SECONDS) -> None:
    """Return as soon as it is so; TimeoutError that says what never came about."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"within {seconds:g} s never came about: {what}")
        time.sleep(_POLL_SECONDS)


def environment(base_url: str, *, has_secret_key: bool) -> dict[str, str]:
    """Return the environment of the importer, with the sandbox's keys."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLUNK_")}
    secret = {"PLUNK_SECRET_KEY": SECRET_KEY} if has_secret_key else {}
    plunk = {"PLUNK_API_KEY": PUBLIC_KEY, "PLUNK_BASE_URL": base_url, "PLUNK_IMPORT_YES": "1"}
    return {**kept, **secret, **plunk}


@dataclass
class Importer:
    """One call of the program, at work in a directory."""

    arguments: Sequence[str]
    directory: Path
    variables: Mapping[str, str]
    prefix: Sequence[str] = ()

    def __enter__(self) -> Self:
        self._output = (self.directory / "output.txt").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [*self.prefix, str(PROGRAM), *self.arguments],
            cwd=self.directory,
            env=dict(self.variables),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        self._output.close()

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def said(self) -> str:
        """Everything it has written to the terminal so far."""
        return (self.directory / "output.txt").read_text(encoding="utf-8")

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.wait()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for its end; give its exit code."""
        return self.process.wait(LONGEST_SECONDS)


def call(
    *arguments: str, directory: Path, variables: Mapping[str, str], prefix: Sequence[str] = ()
) -> tuple[int, str]:
    """Run the program to its end; give its exit code and what it said."""
    with Importer(arguments, directory, variables, prefix) as importer:
        return importer.end(), importer.said


@dataclass
class Plunk:
    """A sandbox in a process of its own, whose database outlives it; it comes back on one port."""

    directory: Path
    profile: str
    faults: Sequence[str] = ()
    seed: int = 0
    port: int = 0
    kills: list[float] = field(default_factory=list)
    """When it was killed, in Unix seconds."""

    def __enter__(self) -> Self:
        self.database = self.directory / "plunk.sqlite"
        self.store = Store(self.database)
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self.store.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        faults = [part for fault in self.faults for part in ("--fault", fault)]
        log = self.directory / "plunk.txt"
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [
                    *(str(PROGRAM), "sandbox", "--port", str(self.port)),
                    *("--profile", self.profile, "--seed", str(self.seed)),
                    *("--database", str(self.database), *faults),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        wait_until(
            lambda: "Ctrl-C ends it" in log.read_text() or self._process.poll() is not None,
            what="a sandbox that answers",
        )
        found = re.search(r"answers at http://127\.0\.0\.1:(\d+)", log.read_text())
        assert found, log.read_text()
        self.port = int(found[1])

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()
        self.kills.append(time.time())

    def traces(self) -> int:
        """Count the requests that left something in the database."""
        counted = self.store.counts()
        return counted.events + counted.faults
