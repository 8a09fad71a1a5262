"""A look at a run: while it is at work, after it was killed, and once it is over."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plunk_import import ExitCode, Runtime, status
from plunk_import.cli import main
from plunk_import.runtime import SystemClock
from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, parse_fault, running

ROWS = 300
MAPPING = "version: 1\nemail: email\nevent: event\nsubscribed: {const: false}\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lines = "".join(f"c{row}@example.com,hi\n" for row in range(ROWS))
    (tmp_path / "a.csv").write_text(f"email,event\n{lines}")
    (tmp_path / "a.yaml").write_text(MAPPING)
    for name in [name for name in os.environ if name.startswith("PLUNK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PLUNK_IMPORT_YES", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="plunk-import")


def look() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call("status", "run", "--json").stdout)
    return found


@pytest.fixture
def at_work(desk: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that has sent its first rows, and would take some ten seconds more."""
    with running(SandboxSettings()) as server:
        process = start(desk, server)
        wait_for_deliveries()
        yield process
        process.kill()
        process.communicate()


def start(desk: Path, server: Sandbox) -> subprocess.Popen[str]:
    arguments = ("run", "a.csv", "-m", "a.yaml", "-o", "run", "--rate", "30/s")
    return subprocess.Popen(
        [sys.executable, "-m", "plunk_import", *arguments],
        cwd=desk,
        env={
            **os.environ,
            "PLUNK_API_KEY": server.public_key,
            "PLUNK_SECRET_KEY": server.secret_key,
            "PLUNK_BASE_URL": server.base_url,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_deliveries() -> None:
    """Look until something is delivered; a run that has no journal yet is not found."""
    deadline = time.monotonic() + 60
    while True:
        result = call("status", "run", "--json")
        has_begun = result.exit_code != ExitCode.CANNOT_START
        if has_begun and json.loads(result.stdout)["books"]["delivered"]:
            return
        assert time.monotonic() < deadline, result.output


def test_a_run_can_be_looked_at_while_it_is_at_work(at_work: subprocess.Popen[str]) -> None:
    before, after = look(), look()
    assert f"process {at_work.pid} " in before["worker"]
    assert 0 < before["books"]["delivered"] <= after["books"]["delivered"] < ROWS
    assert before["books"]["in_doubt"] == 0
    assert before["exit_code"] == ExitCode.INCOMPLETE
    assert at_work.poll() is None
    assert "At work: process" in call("status", "run").stdout


class ClockAhead(SystemClock):
    """The time ten minutes later."""

    def wall(self) -> datetime:
        return super().wall() + timedelta(minutes=10)


def pace_of_late() -> str:
    """Look until a whole stretch of the run is over, whose pace is told then."""
    deadline = time.monotonic() + 60
    while True:
        said = call("status", "run").stdout
        for line in said.splitlines():
            if "of late" in line:
                return line
        assert time.monotonic() < deadline, said


@pytest.mark.usefixtures("at_work")
def test_a_look_says_how_fast_it_goes_of_late_or_for_how_long_nothing_came() -> None:
    assert re.fullmatch(r"[0-9.]+ rows/s of late, so about 0:00:\d\d left", pace_of_late())
    later = status("run", runtime=Runtime(clock=ClockAhead()))
    assert any(note.startswith("nothing was delivered in the last 0:") for note in later.notes)


def test_looking_leaves_the_run_as_it_was(at_work: subprocess.Popen[str]) -> None:
    for _ in range(5):
        look()
    output, errors = at_work.communicate(timeout=60)
    assert (at_work.returncode, errors) == (0, "")
    assert output.startswith(f"All {ROWS} rows are delivered.")
    assert look()["worker"] is None


def test_files_are_not_written_anew_under_a_run_at_work(at_work: subprocess.Popen[str]) -> None:
    result = call("status", "run", "--write")
    assert result.exit_code == ExitCode.CANNOT_START
    assert f"process {at_work.pid}" in result.stderr


def test_what_was_killed_can_be_looked_at_and_goes_on(
    at_work: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work.send_signal(signal.SIGKILL)
    at_work.wait()
    standing = look()
    assert standing["worker"] is None
    assert standing["books"] == look()["books"]
    assert call("status", "run").stdout.rstrip().endswith("plunk-import resume run")
    with running(SandboxSettings()) as other:
        monkeypatch.setenv("PLUNK_API_KEY", other.public_key)
        monkeypatch.setenv("PLUNK_BASE_URL", "http://127.0.0.1:1")
        refused = call("resume", "run")
    assert "PLUNK_BASE_URL" in refused.output  # it was found, whole: only the project is another


def test_watching_ends_with_the_run(at_work: subprocess.Popen[str]) -> None:
    result = call("status", "run", "--watch")
    at_work.wait(timeout=60)
    assert "At work: process" in result.stdout
    assert f"All {ROWS} rows are delivered." in result.stdout
    assert result.exit_code == 0


@pytest.mark.usefixtures("desk")
def test_stale_last_values_are_listed_and_end_with_1(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk / "a.csv").write_text("email,event\n" + "ada@example.com,hi\n" * 4)
    faults = (parse_fault("drop:@2"),)
    with running(SandboxSettings(profile=Profile.SPRING, faults=faults)) as server:
        monkeypatch.setenv("PLUNK_API_KEY", server.public_key)
        monkeypatch.setenv("PLUNK_BASE_URL", server.base_url)
        call(
            "run", "a.csv", "-m", "a.yaml", "-o", "run", "--rate", "unlimited", "--allow-workflows"
        )
        monkeypatch.setenv("PLUNK_SECRET_KEY", server.secret_key)
        assert "1 pending" in call("resolve", "run", "--settle", "0s").stdout
        settled = call("resume", "run", "--rate", "unlimited", "--allow-workflows")
    assert "; the last values of 1 contact may be stale." in settled.stdout
    assert "  order      1  contacts whose last values may be stale" in settled.stdout
    assert settled.exit_code == call("status", "run").exit_code == ExitCode.INCOMPLETE
