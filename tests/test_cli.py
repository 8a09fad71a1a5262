"""The program as its users meet it: what it prints, and the code it ends with."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plunk_import.sandbox import SandboxSettings
from plunk_import.sandbox.server import Sandbox, running

KEY = "pk_sandbox"
MAPPING = "version: 1\nemail: email\nevent: event\ndata: {n: n}\n"
ROWS = "email,event,n\nada@example.com,hi,1\nbob@example.com,hi,2\ncy@example.com,hi,3\n"


@pytest.fixture
def plunk() -> Iterator[Sandbox]:
    with running(SandboxSettings()) as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A directory with a good file, and a good mapping for it."""
    (tmp_path / "good.csv").write_text(ROWS)
    (tmp_path / "good.yaml").write_text(MAPPING)
    return tmp_path


def program(
    *arguments: str | Path, cwd: Path, server: Sandbox | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own, with no settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLUNK_")}
    if server is not None:
        kept |= {"PLUNK_API_KEY": server.public_key, "PLUNK_BASE_URL": server.base_url}
    return subprocess.run(
        [sys.executable, "-c", "from plunk_import.cli import main; main()", *map(str, arguments)],
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["resume", "resolve"])
def test_a_run_goes_on_with_the_settings_of_the_environment(
    command: str, desk: Path, plunk: Sandbox
) -> None:
    options = ["-m", "good.yaml", "-o", "run", "--rate", "unlimited"]
    first = program("run", "good.csv", *options, "--limit", "2", cwd=desk, server=plunk)
    assert first.returncode == 0, first.stderr
    again = program(command, "run", cwd=desk, server=plunk)
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""


@pytest.mark.parametrize("begun_with", [[], ["--limit", "2"]], ids=["all rows", "two rows"])
def test_a_run_cannot_go_on_with_fewer_rows_than_it_was_begun_with(
    begun_with: list[str], desk: Path, plunk: Sandbox
) -> None:
    options = ["-m", "good.yaml", "-o", "run", "--rate", "unlimited"]
    program("run", "good.csv", *options, *begun_with, cwd=desk, server=plunk)
    again = program("resume", "run", "--limit", "1", cwd=desk, server=plunk)
    assert again.returncode == 2
    assert "Leave --limit out" in again.stderr
