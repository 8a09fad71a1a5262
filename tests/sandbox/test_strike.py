"""Each fault as a client's socket sees it, and what it leaves behind."""

import json
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from plunk_import.sandbox import FaultKind, Sandbox, SandboxSettings, parse_fault
from tests.sandbox.conftest import OpenClient, OpenStore, StartSandbox

TIMEOUT_SECONDS = 5


@dataclass(frozen=True)
class Exchange:
    """What came back over one connection, and how it ended."""

    received: bytes
    ended: str
    seconds: float

    @property
    def status(self) -> int:
        return int(self.received.split(b" ", 2)[1])

    @property
    def body(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[2]


def exchange(sandbox: Sandbox, *, key: str = "k") -> Exchange:
    """Sends one event over a socket of its own, reads until the server closes."""
    url = urlsplit(sandbox.base_url)
    body = json.dumps({"email": "ada@x.co", "event": "paid"}).encode()
    head = (
        f"POST /v1/track HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n"
        f"Authorization: Bearer {sandbox.public_key}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    started = time.monotonic()
    with socket.create_connection((url.hostname, url.port), TIMEOUT_SECONDS) as connection:
        connection.sendall(head.encode() + body)
        received, ended = b"", "closed"
        try:
            while chunk := connection.recv(4096):
                received += chunk
        except ConnectionResetError:
            ended = "reset"
    return Exchange(received, ended, time.monotonic() - started)


@pytest.fixture
def strike(start_sandbox: StartSandbox) -> "StrikeOnce":
    return StrikeOnce(start_sandbox)


class StrikeOnce:
    def __init__(self, start_sandbox: StartSandbox) -> None:
        self._start = start_sandbox

    def __call__(self, fault: str) -> tuple[Exchange, Sandbox]:
        faults = (parse_fault(f"{fault}:@1"),)
        sandbox = self._start(SandboxSettings(race_seconds=0, faults=faults))
        return exchange(sandbox), sandbox


@pytest.mark.parametrize(
    ("fault", "ended", "events"),
    [
        ("drop", "closed", 0),
        ("store-then-drop", "closed", 1),
        ("reset", "reset", 0),
        ("store-then-reset", "reset", 1),
        ("hang=50ms", "closed", 0),
        ("store-then-hang=50ms", "closed", 1),
        ("refuse=10ms", "closed", 0),
        ("client-gone", "closed", 0),
        ("store-then-client-gone", "closed", 1),
    ],
)
def test_connection_ends_without_an_answer(
    strike: StrikeOnce, fault: str, ended: str, events: int
) -> None:
    result, sandbox = strike(fault)
    assert (result.received, result.ended) == (b"", ended)
    assert sandbox.stored().events == events


@pytest.mark.parametrize(
    ("fault", "status", "events"),
    [
        ("500", 500, 0),
        ("store-then-500", 500, 1),
        ("502", 502, 0),
        ("store-then-502", 502, 1),
        ("429=2s", 429, 0),
        ("late=50ms", 200, 1),
        ("late-store=50ms", 200, 1),
        ("not-json", 200, 1),
        ("slow=50ms", 200, 1),
        ("freeze=50ms", 200, 1),
        ("dispatch-fails=50ms", 500, 1),
    ],
)
def test_answer_comes_whatever_was_stored(
    strike: StrikeOnce, fault: str, status: int, events: int
) -> None:
    result, sandbox = strike(fault)
    assert (result.status, result.ended) == (status, "closed")
    assert sandbox.stored().events == events


def test_half_an_answer_is_shorter_than_it_says(strike: StrikeOnce) -> None:
    result, sandbox = strike("half")
    (length,) = (
        int(line.partition(b":")[2])
        for line in result.received.split(b"\r\n")
        if line.startswith(b"content-length")
    )
    assert len(result.body) == length // 2
    assert sandbox.stored().events == 1


def test_answer_of_a_proxy_is_html(strike: StrikeOnce) -> None:
    result, _ = strike("502")
    assert b"text/html" in result.received
    assert result.body.startswith(b"<html>")


def test_unreadable_answer_is_no_json(strike: StrikeOnce) -> None:
    result, _ = strike("not-json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(result.body)


def test_429_says_how_long_to_wait(strike: StrikeOnce) -> None:
    result, _ = strike("429=2s")
    assert b"retry-after: 2\r\n" in result.received


@pytest.mark.parametrize(
    "fault", ["late=200ms", "late-store=200ms", "slow=200ms", "hang=200ms", "freeze=200ms"]
)
def test_slow_faults_take_their_time(strike: StrikeOnce, fault: str) -> None:
    result, _ = strike(fault)
    assert 0.2 <= result.seconds < TIMEOUT_SECONDS


def test_event_is_stored_late_though_the_client_is_gone(
    start_sandbox: StartSandbox, open_client: OpenClient
) -> None:
    faults = (parse_fault("late-store=100ms:@1"),)
    sandbox = start_sandbox(SandboxSettings(race_seconds=0, faults=faults))
    client = open_client(sandbox)
    with pytest.raises(httpx.ReadTimeout):
        client.track(timeout_seconds=0.02)
    assert sandbox.stored().events == 0
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not sandbox.stored().events and time.monotonic() < deadline:
        pass
    assert sandbox.stored().events == 1


@pytest.mark.parametrize("fault", ["drop", "502", "429"])
def test_retry_of_a_request_that_was_never_heard_is_a_first_one(
    strike: StrikeOnce, fault: str
) -> None:
    _, sandbox = strike(fault)
    assert exchange(sandbox).status == 200


@pytest.mark.parametrize(
    ("fault", "original"),
    [
        ("store-then-drop", 200),
        ("store-then-502", 200),
        ("500", 500),
        ("store-then-500", 500),
        ("dispatch-fails", 500),
        ("client-gone", None),
        ("store-then-client-gone", None),
    ],
)
def test_retry_with_the_same_key_meets_what_the_server_knows(
    strike: StrikeOnce, fault: str, original: int | None
) -> None:
    _, sandbox = strike(fault)
    result = exchange(sandbox)
    assert result.status == 409
    assert json.loads(result.body)["error"]["details"]["originalStatusCode"] == original


@pytest.mark.parametrize(
    ("fault", "stored"), [("drop", 0), ("store-then-drop", 1), ("store-then-500", 1), ("half", 1)]
)
def test_every_strike_is_noted(
    strike: StrikeOnce, open_store: OpenStore, fault: str, stored: int
) -> None:
    _, sandbox = strike(fault)
    (row,) = open_store(sandbox).rows(
        "SELECT request, kind, idempotency_key, email, stored FROM faults"
    )
    assert row == {
        "request": 1,
        "kind": fault,
        "idempotency_key": "k",
        "email": "ada@x.co",
        "stored": stored,
    }


def test_struck_request_that_is_refused_stores_nothing(
    start_sandbox: StartSandbox, open_client: OpenClient, open_store: OpenStore
) -> None:
    faults = (parse_fault("store-then-500:1"),)
    sandbox = start_sandbox(SandboxSettings(faults=faults))
    assert open_client(sandbox).track(event="").status_code == 422
    assert open_store(sandbox).rows("SELECT stored FROM faults") == [{"stored": 0}]


def test_connections_are_refused_until_the_time_is_over(strike: StrikeOnce) -> None:
    result, sandbox = strike("refuse=300ms")
    assert result.received == b""
    refusals = 0
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            result = exchange(sandbox)
            break
        except ConnectionRefusedError:
            refusals += 1
    assert refusals > 0
    assert result.status == 200


def test_every_kind_of_fault_is_tested_here() -> None:
    marks = [
        test_connection_ends_without_an_answer.pytestmark[0],  # type: ignore[attr-defined]
        test_answer_comes_whatever_was_stored.pytestmark[0],  # type: ignore[attr-defined]
    ]
    tested = {row[0].partition("=")[0] for mark in marks for row in mark.args[1]}
    assert tested | {"half"} == set(FaultKind)
