import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from plunk_import.sandbox import (
    PUBLIC_KEY,
    Counts,
    Fault,
    FaultKind,
    SandboxSettings,
    Store,
    WriteLock,
    build_app,
    parse_fault,
)
from tests.sandbox.virtual import VirtualSandbox, VirtualTime, original_status, virtual

pytestmark = pytest.mark.anyio
HEADERS = {"Authorization": f"Bearer {PUBLIC_KEY}", "Content-Type": "application/json"}
DEEP = 100_000
IN_MEMORY = Path(":memory:")


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
    padding = b" " * 50 * 1024 * 1024
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


class EverySecond:
    """A schedule of one's own: every second request fails after it has stored."""

    def strike(self, *, number: int, email: str) -> Fault | None:
        del email
        kind = FaultKind.STORE_THEN_SERVER_ERROR
        return Fault(kind=kind) if number % 2 == 0 else None


async def whole_story() -> list[str]:
    """Everything that is stored after a few requests, with all that is passed in known."""
    passing, numbers = VirtualTime(), itertools.count()
    with Store(IN_MEMORY, passing.clock(), lambda: f"id-{next(numbers)}") as store:
        lock = WriteLock(store.clock)
        app = build_app(
            SandboxSettings(workflows=("paid",)), store, faults=EverySecond(), lock=lock
        )
        sandbox = VirtualSandbox(app, store, passing)
        lock.freeze(30)
        sending = [sandbox.send(f"c{number}@x.co", key=f"k{number}") for number in range(4)]
        await passing.advance(29)
        assert sandbox.events() == []
        await passing.advance(60)
        statuses = [(await task).status_code for task in sending]
        assert statuses == [200, 500, 200, 500]
        return list(store.connection.iterdump())


async def test_a_sandbox_does_the_same_again_where_all_is_passed_in() -> None:
    first = await whole_story()
    assert first == await whole_story()
    assert any("id-1" in line for line in first)


async def test_a_connection_of_the_callers_is_ended_by_faults(tmp_path: Path) -> None:
    ended: list[str] = []

    class Wire:
        def close(self) -> None:
            ended.append("closed")

        def reset(self) -> None:
            ended.append("reset")

        def is_closed(self) -> bool:
            return bool(ended)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    body = iter([b'{"email":"a@x.co","event":"e"}'])

    async def receive() -> Message:
        sent = next(body, None)
        return (
            {"type": "http.disconnect"} if sent is None else {"type": "http.request", "body": sent}
        )

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/track",
        "query_string": b"",
        "headers": [
            (b"authorization", b"Bearer pk_sandbox"),
            (b"content-type", b"application/json"),
            (b"content-length", b"30"),
        ],
        "state": {"connection": Wire()},
    }
    settings = SandboxSettings(race_seconds=0, faults=(parse_fault("store-then-reset:@1"),))
    async with virtual(tmp_path, settings) as sandbox:
        await sandbox.app(scope, receive, send)
        assert ended == ["reset"]
        assert sandbox.events() == ["e"]
