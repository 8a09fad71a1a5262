"""The server's own time, and all that follows it."""

import socket
import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from plunk_import.sandbox import Limit, Sandbox, SandboxSettings, ServerClock, parse_fault
from tests.sandbox.conftest import OpenClient, StartSandbox
from tests.sandbox.virtual import original_status, virtual

pytestmark = pytest.mark.anyio
HOUR_SECONDS = 3600.0
LIFETIME = SandboxSettings(race_seconds=0, key_lifetime_seconds=2 * HOUR_SECONDS)


def test_times_are_written_as_json_and_as_http_have_them() -> None:
    clock = ServerClock(wall=lambda: 1_700_000_000.125, offset_seconds=-600)
    assert clock.iso_now() == "2023-11-14T22:03:20.125Z"
    assert clock.http_date() == b"Tue, 14 Nov 2023 22:03:20 GMT"


@pytest.mark.parametrize("offset_seconds", [-600.0, 0.0, 7200.0])
def test_all_that_a_server_says_of_time_follows_its_offset(
    start_sandbox: StartSandbox, open_client: OpenClient, offset_seconds: float
) -> None:
    sandbox = start_sandbox(SandboxSettings(clock_offset_seconds=offset_seconds))
    client = open_client(sandbox)
    tracked = client.track(key="k")
    (contact,) = client.read("/contacts").json()["data"]
    (event,) = client.read(f"/events/contact/{contact['id']}").json()["events"]
    reused = client.track(key="k").json()
    said = [
        tracked.json()["data"]["timestamp"],
        *(contact["createdAt"], contact["updatedAt"], event["createdAt"]),
        *(reused["timestamp"], reused["error"]["details"]["originalRequestAt"]),
    ]
    moments = [datetime.fromisoformat(text) for text in said]
    moments.append(parsedate_to_datetime(tracked.headers["date"]))
    now = time.time() + offset_seconds
    assert [moment.timestamp() for moment in moments] == [pytest.approx(now, abs=5)] * 7


def test_what_is_stored_beside_the_server_has_its_time(start_sandbox: StartSandbox) -> None:
    sandbox = start_sandbox(SandboxSettings(clock_offset_seconds=86_400))
    with sandbox.open_store() as store:
        event = store.add_event("ada", "paid", request=1)
    tomorrow = pytest.approx(time.time() + 86_400, abs=5)
    assert datetime.fromisoformat(event.created_at).timestamp() == tomorrow


def head(sandbox: Sandbox, request: str) -> list[bytes]:
    """The lines of the head with which the server answers a request without a body."""
    url = urlsplit(sandbox.base_url)
    with socket.create_connection((url.hostname, url.port), 5) as connection:
        connection.sendall(f"{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while chunk := connection.recv(4096):
            received += chunk
    return received.partition(b"\r\n\r\n")[0].split(b"\r\n")


@pytest.mark.parametrize(
    "request_line", ["GET /health", "GET /nowhere", "POST /v1/track", "GET /contacts"]
)
def test_every_answer_has_one_date(start_sandbox: StartSandbox, request_line: str) -> None:
    sandbox = start_sandbox(SandboxSettings(clock_offset_seconds=-86_400))
    (date,) = (line for line in head(sandbox, request_line) if line.lower().startswith(b"date:"))
    said = parsedate_to_datetime(date.partition(b":")[2].decode()).timestamp()
    assert said == pytest.approx(time.time() - 86_400, abs=5)


async def test_key_is_forgotten_after_its_lifetime_from_the_first_request(tmp_path: Path) -> None:
    async with virtual(tmp_path, LIFETIME) as sandbox:
        await sandbox.track(key="k")
        await sandbox.time.advance(HOUR_SECONDS)
        assert original_status(await sandbox.track(key="k")) == 200
        await sandbox.time.advance(HOUR_SECONDS - 1)
        assert original_status(await sandbox.track(key="k")) == 200
        await sandbox.time.advance(1)
        assert (await sandbox.track(key="k")).status_code == 200
        assert sandbox.events() == ["paid", "paid"]


async def test_key_is_kept_for_a_day_unless_told_otherwise(tmp_path: Path) -> None:
    async with virtual(tmp_path, SandboxSettings(race_seconds=0)) as sandbox:
        await sandbox.track(key="k")
        await sandbox.time.advance(24 * HOUR_SECONDS - 1)
        assert original_status(await sandbox.track(key="k")) == 200
        await sandbox.time.advance(1)
        assert (await sandbox.track(key="k")).status_code == 200


async def test_key_in_flight_stays_so_until_it_is_forgotten(tmp_path: Path) -> None:
    settings = SandboxSettings(
        race_seconds=0, key_lifetime_seconds=HOUR_SECONDS, faults=(parse_fault("client-gone:@1"),)
    )
    async with virtual(tmp_path, settings) as sandbox:
        with pytest.raises(ConnectionError):
            await sandbox.track(key="k")
        await sandbox.time.advance(HOUR_SECONDS - 1)
        assert original_status(await sandbox.track(key="k")) is None
        await sandbox.time.advance(1)
        assert (await sandbox.track(key="k")).status_code == 200


async def test_lifetime_of_keys_can_be_set(tmp_path: Path) -> None:
    settings = SandboxSettings(race_seconds=0, key_lifetime_seconds=60)
    async with virtual(tmp_path, settings) as sandbox:
        assert (await sandbox.track(key="k")).status_code == 200
        await sandbox.time.advance(59)
        assert (await sandbox.track(key="k")).status_code == 409
        await sandbox.time.advance(2)
        assert (await sandbox.track(key="k")).status_code == 200


async def test_answer_that_comes_after_the_client_has_gone_leaves_the_key_in_flight(
    tmp_path: Path,
) -> None:
    settings = SandboxSettings(race_seconds=0, faults=(parse_fault("late=10s:@1"),))
    async with virtual(tmp_path, settings) as sandbox:
        sending = sandbox.send(key="k")
        await sandbox.time.advance(5)
        assert sandbox.events() == ["paid"]
        sending.cancel()
        await sandbox.time.advance(3600)
        assert original_status(await sandbox.track(key="k")) is None


async def test_late_answers_and_token_buckets_follow_the_clock_that_is_passed_in(
    tmp_path: Path,
) -> None:
    settings = SandboxSettings(
        race_seconds=0,
        limiter=Limit(per_second=0.01, burst=1),
        latency_seconds=HOUR_SECONDS,
    )
    async with virtual(tmp_path, settings) as sandbox:
        sending = sandbox.send()
        await sandbox.time.advance(50)
        assert (await sandbox.track()).headers["Retry-After"] == "50"
        await sandbox.time.advance(HOUR_SECONDS - 51)
        assert not sending.done()
        await sandbox.time.advance(1)
        assert (await sending).status_code == 200
