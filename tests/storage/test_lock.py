"""Behaviour of a lock: one at a time, and a lock dies with its holder."""

import contextlib
import json
import os
import platform
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plunk_import.errors import OutputError, RunLockedError
from plunk_import.storage import locked, worker_at
from tests.fakes import FakeClock

HOLD = """
import subprocess, sys
from pathlib import Path
from plunk_import.storage import locked

sys.argv = ["/usr/bin/plunk-import", "run", "my orders.csv"]
with locked(Path({path!r})):
    {before}
    print("held", flush=True)
    sys.stdin.read()
"""
LAUNCH_A_PROGRAM = "print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
FORK_A_CHILD = """import os
    child = os.fork()
    child == 0 and os._exit(0)
    os.waitpid(child, 0)"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".lock"


@contextlib.contextmanager
def held(path: Path, before: str = "pass") -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it is killed or its input ends."""
    command = [sys.executable, "-c", HOLD.format(path=str(path), before=before)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_another_process_is_refused_and_told_who_holds_it(path: Path) -> None:
    with held(path) as process:
        assert next_line(process) == "held"
        with pytest.raises(RunLockedError) as caught, locked(path):
            pass
    message = str(caught.value)
    assert message.startswith(
        f"run directory {path.parent} is in use by process {process.pid} "
        "(plunk-import run 'my orders.csv', since "
    )
    assert message.endswith("Wait for it to end, or stop it.")


def test_a_killed_holder_holds_nothing(path: Path) -> None:
    with held(path) as process:
        assert next_line(process) == "held"
        process.send_signal(signal.SIGKILL)
        process.wait()
        with locked(path):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="programs are launched as on POSIX")
def test_a_program_that_the_holder_launched_does_not_keep_the_lock(path: Path) -> None:
    with held(path, LAUNCH_A_PROGRAM) as process:
        launched = int(next_line(process))
        assert next_line(process) == "held"
        process.kill()
        process.wait()
        try:
            with locked(path):
                pass
        finally:
            os.kill(launched, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_that_ends_does_not_let_go_of_its_parents_lock(path: Path) -> None:
    with held(path, FORK_A_CHILD) as process:
        assert next_line(process) == "held"
        with pytest.raises(RunLockedError), locked(path):
            pass


def test_this_process_cannot_hold_it_twice(path: Path) -> None:
    with locked(path), pytest.raises(RunLockedError, match=f"process {os.getpid()} "), locked(path):
        pass


def test_it_is_free_again_after_the_block_and_after_an_error_in_it(path: Path) -> None:
    for _ in range(2):
        with contextlib.suppress(ZeroDivisionError), locked(path):
            raise ZeroDivisionError
    assert path.read_text() == ""


def test_what_it_guards_can_be_named(path: Path) -> None:
    refused = pytest.raises(RunLockedError, match=r"^history keys\.sqlite is in use")
    with locked(path), refused, locked(path, what="history keys.sqlite"):
        pass


def test_the_file_says_who_since_when_and_where(path: Path) -> None:
    clock = FakeClock()
    with locked(path, clock=clock):
        said = json.loads(path.read_text())
    assert (said["pid"], said["host"]) == (os.getpid(), platform.node())
    assert datetime.fromisoformat(said["since"]) == clock.wall()
    assert said["command"] == shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("https://hc-ping.com/5f0c-secret", "https://hc-ping.com/…"),
        ("--ping=https://hc-ping.com/5f0c-secret", "--ping=https://hc-ping.com/…"),
        ("https://ada:secret@files.example.com/a.csv?token=secret", "https://files.example.com/…"),
        ("s3://exports/a.csv?secret", "s3://exports/…"),
        ("https://hooks.example.com?secret", "https://hooks.example.com/…"),
        ("http://127.0.0.1:4100", "http://127.0.0.1:4100"),
        ("runs/of 2026", "runs/of 2026"),
    ],
)
def test_of_web_addresses_the_file_says_the_host_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, said: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["plunk-import", "run", argument])
    with locked(path):
        assert json.loads(path.read_text())["command"] == shlex.join(["plunk-import", "run", said])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing yet"),
        pytest.param("{", id="half a word"),
        pytest.param("[1]", id="something else"),
        pytest.param(json.dumps({"pid": 1}), id="too little"),
        pytest.param("\udcff", id="not text"),
    ],
)
def test_a_holder_that_cannot_be_named_still_holds(path: Path, text: str) -> None:
    with locked(path):
        path.write_bytes(text.encode(errors="surrogateescape"))
        with pytest.raises(RunLockedError, match="in use by another process"), locked(path):
            pass


def test_a_holder_elsewhere_or_of_another_day_is_said_so(path: Path) -> None:
    clock = FakeClock()
    now = clock.wall()
    since = {"since": now.isoformat(), "command": "plunk-import run"}
    with locked(path, clock=clock):
        path.write_text(json.dumps({"pid": 7, "host": "night-box", **since}))
        elsewhere = worker_at(path, now)
    assert elsewhere is not None
    assert elsewhere.startswith("process 7 on night-box (plunk-import run, since ")
    with locked(path, clock=clock):
        today, later = worker_at(path, now), worker_at(path, now + timedelta(days=2))
    assert today is not None
    assert later is not None
    assert len(later) == len(today) + len("2026-01-01 ")


def test_a_holder_elsewhere_that_died_is_not_at_work(path: Path) -> None:
    since = {"since": FakeClock().wall().isoformat(), "command": "plunk-import run"}
    path.write_text(json.dumps({"pid": 7, "host": "night-box", **since}))
    assert worker_at(path, FakeClock().wall()) is None
    with locked(path):
        pass  # to look keeps nobody from working afterwards


class RemovedMeanwhile(type(Path())):  # type: ignore[misc]
    """A path whose file someone removes, once, between its opening and its locking."""

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        if not hasattr(self, "removed"):
            self.removed = True
            self.unlink()
        found: os.stat_result = super().stat(follow_symlinks=follow_symlinks)
        return found


def test_a_lock_file_that_is_removed_while_it_is_taken_is_made_and_taken_anew(path: Path) -> None:
    with locked(RemovedMeanwhile(path)):
        assert path.exists()
        with pytest.raises(RunLockedError), locked(path):
            pass


def test_a_place_that_takes_no_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be locked"), locked(tmp_path / "no" / ".lock"):
        pass
