import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from plunk_import.sandbox import Sandbox, SandboxSettings, parse_fault, running
from tests.sandbox.conftest import OpenClient, OpenStore, StartSandbox

SERVE = """
import sys
from pathlib import Path
from plunk_import.sandbox import SandboxSettings, serve

settings = SandboxSettings(database=Path(sys.argv[1]), race_seconds=0)
serve(settings, lambda sandbox: print(sandbox.base_url, flush=True))
print("stopped", flush=True)
"""


@contextmanager
def process(database: Path) -> Iterator[tuple[subprocess.Popen[str], Sandbox]]:
    """A sandbox in a process of its own, killed at the end if it still runs."""
    command = [sys.executable, "-c", SERVE, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield child, Sandbox(child.stdout.readline().strip(), database)
        finally:
            child.kill()


def test_sandbox_has_a_free_port_and_its_keys(start_sandbox: StartSandbox) -> None:
    sandbox = start_sandbox(SandboxSettings())
    assert sandbox.base_url.startswith("http://127.0.0.1:")
    assert (sandbox.public_key, sandbox.secret_key) == ("pk_sandbox", "sk_sandbox")


def test_temporary_database_goes_with_the_sandbox() -> None:
    with running(SandboxSettings()) as sandbox:
        assert sandbox.database.exists()
    assert not sandbox.database.parent.exists()


def test_stored_rows_can_be_counted_after_the_end(tmp_path: Path, open_client: OpenClient) -> None:
    with running(SandboxSettings(database=tmp_path / "sandbox.sqlite")) as sandbox:
        open_client(sandbox).track()
    assert (sandbox.stored().contacts, sandbox.stored().events) == (1, 1)


def test_taken_port_is_an_error_at_once(start_sandbox: StartSandbox) -> None:
    port = urlsplit(start_sandbox(SandboxSettings()).base_url).port
    assert port is not None
    with pytest.raises(OSError, match="in use"), running(SandboxSettings(port=port)):
        pass


@pytest.mark.ordeal
def test_idle_connections_are_closed_as_by_the_real_server(start_sandbox: StartSandbox) -> None:
    url = urlsplit(start_sandbox(SandboxSettings()).base_url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        answered = time.monotonic()
        while connection.recv(4096):
            pass
        assert 4.5 < time.monotonic() - answered < 15


def test_requests_that_hang_do_not_keep_the_sandbox_from_stopping(tmp_path: Path) -> None:
    settings = SandboxSettings(
        database=tmp_path / "sandbox.sqlite", faults=(parse_fault("hang=60s:1"),)
    )
    with running(settings) as sandbox:
        url = urlsplit(sandbox.base_url)
        connection = socket.create_connection((url.hostname, url.port))
        connection.sendall(
            b"POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\n\r\n{}"
        )
        while not sandbox.stored().faults:
            pass
    connection.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "sandbox"]


def test_client_that_goes_away_in_mid_request_stores_nothing(
    start_sandbox: StartSandbox, open_client: OpenClient
) -> None:
    sandbox = start_sandbox(SandboxSettings())
    url = urlsplit(sandbox.base_url)
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(b"POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    assert open_client(sandbox).track().status_code == 200
    assert sandbox.stored().events == 1


def test_sandbox_stops_while_it_refuses_connections(
    tmp_path: Path, open_client: OpenClient
) -> None:
    settings = SandboxSettings(
        database=tmp_path / "sandbox.sqlite", faults=(parse_fault("refuse=60s:1"),)
    )
    with running(settings) as sandbox, pytest.raises(httpx.RemoteProtocolError):
        open_client(sandbox).track()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_serving_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    with process(tmp_path / "sandbox.sqlite") as (child, sandbox):
        assert httpx.get(f"{sandbox.base_url}/health").status_code == 200
        child.send_signal(number)
        assert child.stdout is not None
        assert child.stdout.read() == "stopped\n"
        assert child.wait() == 0


def test_killed_server_keeps_what_it_answered_and_goes_on(
    tmp_path: Path, open_client: OpenClient, open_store: OpenStore
) -> None:
    database = tmp_path / "sandbox.sqlite"
    for number in (1, 2):
        with process(database) as (child, sandbox):
            client = open_client(sandbox)
            assert client.track(key=f"k{number}").status_code == 200
            assert client.track(key="k1").status_code == 409
            os.kill(child.pid, signal.SIGKILL)
    events = open_store(sandbox).rows("SELECT request, idempotency_key FROM events ORDER BY seq")
    assert events == [
        {"request": 1, "idempotency_key": "k1"},
        {"request": 2, "idempotency_key": "k2"},
    ]
