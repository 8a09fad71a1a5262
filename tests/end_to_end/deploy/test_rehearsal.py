"""Compose's rehearsal: the sandbox it starts, its health check, and the import into it."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.end_to_end.deploy.scheduled import CODE, PROGRAM, service
from tests.end_to_end.deploy.test_schedules import MAPPING
from tests.end_to_end.reading import ORDERS
from tests.fakes import free_port

pytestmark = pytest.mark.deploy
SANDBOX, REHEARSAL = service("sandbox"), service("rehearsal")
PORT = "4100"
"""The port that both services name; another test's sandbox may have it, so each takes its own."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "exports").mkdir()
    (tmp_path / "runs").mkdir()
    (tmp_path / "exports" / "monday.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "orders.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


@pytest.fixture
def port(place: Path) -> Iterator[str]:
    """The port of a sandbox that Compose's command has started, once the health check says so."""
    port = str(free_port())
    command = [PROGRAM, *SANDBOX["command"], f"--port={port}"]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL) as sandbox:
        try:
            await_health(port)
            yield port
        finally:
            sandbox.terminate()


def await_health(port: str) -> None:
    """Ask as Compose does, until the answer is yes."""
    kind, program, *arguments = SANDBOX["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    check: Sequence[str] = [sys.executable, *(it.replace(PORT, port) for it in arguments)]
    deadline = time.monotonic() + 30
    while subprocess.run(check, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, "the sandbox never became healthy"


def test_the_rehearsal_imports_into_the_sandbox_beside_it(place: Path, port: str) -> None:
    assert REHEARSAL["network_mode"] == "service:sandbox"
    variables = {k: v.replace(PORT, port) for k, v in REHEARSAL["environment"].items()}
    done = subprocess.run(
        [PROGRAM, *REHEARSAL["command"]],
        cwd=place,
        env={"PATH": "/usr/bin:/bin", **CODE, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("All 2 rows are delivered.")
    assert (place / "runs" / "sandbox.sqlite").exists()
