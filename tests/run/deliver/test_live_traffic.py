"""Other events that the project stores show that its writes flow."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx
import pytest
from pydantic import SecretStr

from plunk_import import Connection, ExitCode, Report, SendSettings, import_file, resolve
from plunk_import.run.deliver import writes_flow
from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, parse_fault, running
from plunk_import.send import PlunkClient
from tests.fakes import FakeClock, ScriptedTransport

SETTLE_SECONDS = 30.0


def counts(number: int) -> httpx.Response:
    return httpx.Response(200, json=[{"name": "visit", "count": number}])


@pytest.mark.parametrize(
    ("answers", "flows", "seconds"),
    [
        pytest.param([counts(7), counts(7), counts(8)], True, 30 + 1 + 2 + 30, id="one more"),
        pytest.param([counts(7)], False, 30 + 30, id="those that were there"),
        pytest.param([httpx.Response(200, json=[]), counts(1)], True, 30 + 1 + 30, id="the first"),
        pytest.param([counts(7), counts(6)], False, 30 + 30, id="some deleted"),
        pytest.param([httpx.Response(503)], False, 30, id="no answer"),
        pytest.param([counts(7), httpx.Response(503)], False, 30 + 1, id="no second answer"),
    ],
)
def test_counts_that_grow_after_the_settling_time_show_that_writes_flow(
    answers: list[httpx.Response], flows: bool, seconds: float
) -> None:
    clock = FakeClock()
    client = PlunkClient(
        ScriptedTransport(*answers),
        "https://plunk.example.com",
        SecretStr("pk_1"),
        secret_key=SecretStr("sk_1"),
        clock=clock,
    )
    assert anyio.run(writes_flow, client, clock, SETTLE_SECONDS) is flows
    assert clock.now() == seconds


@contextlib.contextmanager
def live_traffic(plunk: Sandbox) -> Iterator[None]:
    """Let somebody else's events arrive all the time, once something has gone wrong."""
    over = threading.Event()

    def send() -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {plunk.public_key}"}) as client:
            while not over.wait(0.02):
                if plunk.stored().faults:
                    body = {"email": "live@example.com", "event": "visit"}
                    client.post(f"{plunk.base_url}/v1/track", json=body, timeout=30)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text("email,event\nada@example.com,paid\n")
    return tmp_path


def connection_to(plunk: Sandbox) -> Connection:
    return Connection(
        api_key=SecretStr(plunk.public_key),
        secret_key=SecretStr(plunk.secret_key),
        base_url=plunk.base_url,
    )


def send(plunk: Sandbox, place: Path, *, timeout_seconds: float = 30.0) -> Report:
    return import_file(
        place / "rows.csv",
        {"version": 1, "email": "email", "event": "event"},
        directory=place / "run",
        connection=connection_to(plunk),
        settings=SendSettings(
            rate="unlimited",
            attempts=1,
            settle_seconds=0.4,
            rest_seconds=0.0,
            request_timeout_seconds=timeout_seconds,
        ),
    )


def paid(plunk: Sandbox) -> int:
    with plunk.open_store() as store:
        return len(store.rows("SELECT id FROM events WHERE name = 'paid'"))


@pytest.mark.parametrize(
    ("profile", "fault"),
    [
        pytest.param(Profile.SPRING, "drop", id="lost"),
        pytest.param(Profile.AUTUMN, "500", id="its key spent"),
        pytest.param(Profile.AUTUMN, "client-gone", id="its key in flight for ever"),
    ],
)
def test_a_last_row_that_is_not_stored_goes_again_once_other_events_are(
    rows: Path, profile: Profile, fault: str
) -> None:
    struck = parse_fault(f"{fault}:@3")  # two probes come before it
    with running(SandboxSettings(profile=profile, faults=(struck,))) as plunk:
        with live_traffic(plunk):
            report = send(plunk, rows)
        assert (report.exit_code, report.books.in_doubt) == (ExitCode.DELIVERED, 0)
        assert (paid(plunk), plunk.stored().faults) == (1, 1)


def test_a_last_row_behind_a_lock_stays_in_doubt_whoever_sends_and_is_stored_once(
    rows: Path,
) -> None:
    frozen = parse_fault("freeze=4s:@3")
    with running(SandboxSettings(profile=Profile.SPRING, faults=(frozen,))) as plunk:
        with live_traffic(plunk):
            report = send(plunk, rows, timeout_seconds=0.5)
            assert (report.books.in_doubt, paid(plunk)) == (1, 0)
            settings = SendSettings(settle_seconds=3.0)
            report = resolve(rows / "run", connection=connection_to(plunk), settings=settings)
        assert report.exit_code is ExitCode.DELIVERED
        assert paid(plunk) == 1
