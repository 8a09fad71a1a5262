import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from plunk_import.sandbox.app import build_app
from plunk_import.sandbox.faults import parse_fault
from plunk_import.sandbox.rules import MAX_BODY_BYTES
from plunk_import.sandbox.settings import PUBLIC_KEY, SandboxSettings
from plunk_import.sandbox.store import Counts, Store
from tests.sandbox.virtual import VirtualTime, original_status, virtual

pytestmark = pytest.mark.anyio
HEADERS = {"Authorization": f"Bearer {PUBLIC_KEY}", "Content-Type": "application/json"}
DEEP = 100_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "sandbox.sqlite") as store:
        yield store


def post(store: Store, content: bytes) -> httpx.Response:
    async def send() -> httpx.Response:
        app = build_app(SandboxSettings(race_seconds=0), store)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.post("/v1/track", content=content, headers=HEADERS)

    return asyncio.run(send())


def message(response: httpx.Response) -> str:
    text: str = response.json()["error"]["message"]
    return text


def test_body_over_the_limit_is_an_unexpected_error(store: Store) -> None:
    padding = b" " * MAX_BODY_BYTES
    response = post(store, b'{"email":"a@x.co","event":"e"}' + padding)
    assert (response.status_code, message(response)) == (500, "An unexpected error occurred")
    assert store.counts().contacts == 0


@pytest.mark.parametrize(
    ("data", "prefix", "contacts"),
    [
        ('"data":' + '{"a":[' * DEEP + "]}" * DEEP, "Failed to create contact: ", 0),
        (
            '"data":{"a":{"persistent":false,"value":' + "[" * DEEP + "]" * DEEP + "}}",
            "An unexpected error occurred",
            1,
        ),
    ],
    ids=["persistent", "one-shot"],
)
def test_deep_nesting_is_refused_by_the_database(
    store: Store, data: str, prefix: str, contacts: int
) -> None:
    response = post(store, b'{"email":"a@x.co","event":"e",' + data.encode() + b"}")
    assert response.status_code == 500
    assert message(response).startswith(prefix)
    assert store.counts().contacts == contacts


def test_deep_nesting_outside_data_does_not_matter(store: Store) -> None:
    extra = b'"x":' + b"[" * DEEP + b"]" * DEEP
    assert post(store, b'{"email":"a@x.co","event":"e",' + extra + b"}").status_code == 200


def test_lone_surrogate_in_a_message_comes_back_escaped(store: Store) -> None:
    response = post(store, b'{"email":"a@x.co","event":"email.\\ud800"}')
    assert response.status_code == 422
    assert b"email.\\ud800" in response.content


def test_broken_database_is_an_unexpected_error(store: Store) -> None:
    store.connection.execute("DROP TABLE contacts")
    response = post(store, b'{"email":"a@x.co","event":"e"}')
    assert (response.status_code, message(response)) == (500, "An unexpected error occurred")


def test_workflows_of_the_settings_are_made_once(store: Store) -> None:
    settings = SandboxSettings(workflows=("paid",))
    build_app(settings, store)
    build_app(settings, store)
    assert len(store.rows("SELECT * FROM workflows WHERE event = 'paid' AND enabled")) == 1
    assert store.counts() == Counts(0, 0, 0, 0)


async def test_a_killed_server_leaves_what_is_under_way_as_it_is(tmp_path: Path) -> None:
    passing, faults = VirtualTime(), (parse_fault("freeze=60s:@1"),)
    settings = SandboxSettings(race_seconds=0, faults=faults)
    async with virtual(tmp_path, settings, passing) as sandbox:
        sending = sandbox.send(key="k")
        await passing.advance(30)
        sandbox.app.kill()
        with pytest.raises(asyncio.CancelledError):
            await sending
    async with virtual(tmp_path, SandboxSettings(), passing) as sandbox:
        await passing.advance(3600)
        assert sandbox.events() == []
        assert sandbox.store.counts().contacts == 1
        assert original_status(await sandbox.track(key="k")) is None
