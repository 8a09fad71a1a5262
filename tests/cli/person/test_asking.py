"""Who is asked before the first row: the person at the terminal, wherever the streams lead."""

import fcntl
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from plunk_import import ExitCode
from plunk_import.sandbox import Sandbox, SandboxSettings, running

ROWS = "email,event\nada@example.com,hi\nbob@example.com,hi\n"
MAPPING = "version: 1\nemail: email\nevent: event\nsubscribed: {const: false}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "two.csv").write_text(ROWS)
    (tmp_path / "two.yaml").write_text(MAPPING)
    return tmp_path


@pytest.fixture
def plunk() -> Iterator[Sandbox]:
    with running(SandboxSettings()) as server:
        yield server


@pytest.fixture
def listening() -> Iterator[Sandbox]:
    """A Plunk in which a workflow waits for the events of the file."""
    with running(SandboxSettings(workflows=("hi",))) as server:
        yield server


class AtATerminal:
    """A person at a terminal whose shell redirects both streams: `run … < /dev/null | tee log`."""

    def __init__(self, desk: Path, server: Sandbox | None, *options: str) -> None:
        ours, theirs = pty.openpty()
        self._terminal = os.fdopen(ours, "r+b", buffering=0)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PLUNK_")}
        keys = {}
        if server is not None:
            keys = {
                "PLUNK_API_KEY": server.public_key,
                "PLUNK_SECRET_KEY": server.secret_key,
                "PLUNK_BASE_URL": server.base_url,
            }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "plunk_import", "run", "two.csv", "-m", "two.yaml", *options],
            cwd=desk,
            env={**kept, **keys},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - single-threaded child
            pass_fds=(theirs,),
        )
        os.close(theirs)

    def sees(self, question: str) -> str:
        """Read the terminal until it shows this."""
        seen = b""
        while question.encode() not in seen:
            seen += self._terminal.read(1)
        return seen.decode()

    def types(self, answer: str) -> None:
        self._terminal.write(f"{answer}\n".encode())

    def ends(self) -> tuple[int, str, str]:
        output, errors = self._process.communicate(timeout=60)
        self._terminal.close()
        return self._process.returncode, output, errors


def test_a_person_is_asked_on_the_terminal_though_both_streams_are_redirected(
    desk: Path, plunk: Sandbox
) -> None:
    person = AtATerminal(desk, plunk, "-o", "run")
    seen = person.sees("[y/N]")
    assert "2 rows of 2 contacts would go to" in seen
    person.types("y")
    code, output, errors = person.ends()
    assert (code, errors) == (ExitCode.DELIVERED, "")
    assert output.startswith("All 2 rows are delivered.")
    assert "[y/N]" not in output


@pytest.mark.parametrize("answer", ["n", "", "yse"])
def test_whatever_is_not_yes_sends_nothing(desk: Path, plunk: Sandbox, answer: str) -> None:
    person = AtATerminal(desk, plunk, "-o", "run")
    person.sees("[y/N]")
    person.types(answer)
    code, output, _ = person.ends()
    assert code == ExitCode.CANNOT_START
    assert "2 pending" in output


@pytest.mark.parametrize(
    ("answer", "code"), [("yes", ExitCode.DELIVERED), ("y", ExitCode.CANNOT_START)]
)
def test_a_workflow_that_would_fire_takes_the_whole_word(
    desk: Path, listening: Sandbox, answer: str, code: ExitCode
) -> None:
    person = AtATerminal(desk, listening, "-o", "run")
    seen = person.sees("Type yes to go on all the same:")
    assert "Workflows in Plunk would run for people of this file:" in seen
    assert "'On hi' on 'hi': 2 contacts" in seen
    person.types(answer)
    assert person.ends()[0] == code


@pytest.mark.parametrize(
    ("answer", "code"), [("yes", ExitCode.DELIVERED), ("y", ExitCode.CANNOT_START)]
)
def test_a_file_far_from_the_last_run_takes_the_whole_word(
    desk: Path, plunk: Sandbox, answer: str, code: ExitCode
) -> None:
    lines = "".join(f"c{row}@example.com,hi\n" for row in range(200))
    (desk / "two.csv").write_text(f"email,event\n{lines}")
    nightly = ("--history", "seen.sqlite", "--max-drop", "50%", "--rate", "unlimited")
    assert AtATerminal(desk, plunk, "-o", "first", "-y", *nightly).ends()[0] == ExitCode.DELIVERED
    (desk / "two.csv").write_text(ROWS.replace(",hi", ",bye"))

    person = AtATerminal(desk, plunk, "-o", "second", *nightly)
    seen = person.sees("Type yes to go on all the same:")
    assert "The file is far from that of the last run:" in seen
    assert "2 rows, 99% fewer than the 200 of the last run" in seen
    assert "a new event name, 'bye', in 2 rows" in seen
    person.types(answer)
    ended, output, _ = person.ends()
    assert ended == code
    assert "  rows: 200 → 2  (-99%)\n" in output


UNASKED = {
    "with -y": ("-y",),
    "into the sandbox": ("--sandbox",),
}


@pytest.mark.parametrize("options", UNASKED.values(), ids=UNASKED)
def test_nobody_is_asked(desk: Path, plunk: Sandbox, options: tuple[str, ...]) -> None:
    person = AtATerminal(desk, plunk, "-o", "run", *options)
    code, output, _ = person.ends()
    assert code == ExitCode.DELIVERED
    assert output.startswith("All 2 rows are delivered.")


def test_a_job_without_a_terminal_is_refused_where_a_workflow_would_fire(
    desk: Path, listening: Sandbox
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PLUNK_API_KEY": listening.public_key,
        "PLUNK_SECRET_KEY": listening.secret_key,
        "PLUNK_BASE_URL": listening.base_url,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    done = subprocess.run(
        [sys.executable, "-m", "plunk_import", "run", "two.csv", "-m", "two.yaml", "-o", "run"],
        cwd=desk,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=60,
    )
    assert done.returncode == ExitCode.CANNOT_START
    assert "--allow-workflows" in done.stdout
