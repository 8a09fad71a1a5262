"""What a row may cost, counted in calls and objects: times say nothing on a shared machine."""

import asyncio
import contextlib
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import cast

import anyio.lowlevel
import pytest
from pydantic import SecretStr

from plunk_import.plan import make_plan
from plunk_import.runtime import SilentProgress, Stop, SystemClock
from plunk_import.send import (
    Answer,
    Dispatcher,
    Event,
    PlunkClient,
    RateLimiter,
    Reply,
    open_transport,
)
from plunk_import.settings import SendSettings
from plunk_import.storage import Claim, Outcome, RunDirectory, run_files
from plunk_import.validate import open_job

CALLS_A_SENT_ROW = 100
"""Python functions entered or resumed for one row, ours, the event loop's and those of the fakes.

About 78 where every row has its own contact.
"""

CALLS_A_VALIDATED_ROW = 0.02
"""Next to nothing: rows are judged, counted and written in columns."""

CALLS_A_REQUEST = 105
"""From an event's body to its answer, over a connection that is kept: 92, at both its ends."""

OBJECTS_A_WAITING_ROW = 8
"""An event and its texts are 5."""

DELIVERED = Answer(200, event_id="ev", contact_id="co", timestamp="2026-01-01T00:00:00.000Z")
MAPPING = {
    "version": 1,
    "email": "Email",
    "event": {"sql": "'order.' || status"},
    "data": {
        "first_name": "first",
        "ltv": {"column": "ltv", "type": "number"},
        "vip": {"column": "vip", "type": "boolean"},
        "created": {"column": "created", "type": "datetime"},
        "order_id": {"column": "order_id", "persistent": False},
    },
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Calls:
    number: int = 0

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:  # noqa: ARG002
        self.number += event == "call"


@contextlib.contextmanager
def counting() -> Iterator[Calls]:
    """Count the Python functions that this thread enters or resumes."""
    calls = Calls()
    before = sys.getprofile()
    sys.setprofile(calls)
    try:
        yield calls
    finally:
        sys.setprofile(before)


class QuickJournal:
    async def claim(self, claims: Iterable[Claim]) -> None:  # noqa: ARG002
        await anyio.lowlevel.checkpoint()

    def leaves(self, ordinal: int) -> None:
        """Nothing here asks for the order of requests."""

    def ends(self, ordinal: int) -> None:
        """Nor for the order of replies."""

    def settle(self, outcome: Outcome) -> int:
        return outcome.ordinal


class QuickServer:
    """Answers at once; keeps the most objects that were alive at any moment."""

    def __init__(self) -> None:
        self.most_objects = 0

    def track(self, body: bytes, *, key: str | None) -> Awaitable[Reply]:  # noqa: ARG002
        self.most_objects = max(self.most_objects, sys.getallocatedblocks())
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[Reply] = loop.create_future()
        loop.call_soon(reply.set_result, DELIVERED)
        return reply

    async def answers(self) -> bool:
        return True


async def chunks(rows: int, contacts: int) -> AsyncIterator[list[Event]]:
    for start in range(1, rows + 1, 500):
        yield [
            Event(number, f"c{number % contacts}@example.com", f"k{number}", f"b{number}", "hi")
            for number in range(start, min(start + 500, rows + 1))
        ]


async def send(
    rows: int, *, contacts: int, window_rows: int = 50_000, per_second: float | None = None
) -> QuickServer:
    server = QuickServer()
    rate = "unlimited" if per_second is None else f"{per_second}/s"
    dispatcher = Dispatcher(
        server=server,
        journal=QuickJournal(),
        clock=SystemClock(),
        stop=Stop(),
        settings=SendSettings(rate=rate, max_in_flight=16, window_rows=window_rows),
        rate_limiter=RateLimiter("unlimited" if per_second is None else per_second),
        takes_keys=True,
    )
    await dispatcher.run(chunks(rows, contacts))
    assert dispatcher.tally.delivered == rows
    return server


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("contacts", "per_second"),
    [
        pytest.param(5_000, None, id="a contact a row"),
        pytest.param(50, None, id="many rows a contact"),
        pytest.param(5_000, 5_000, id="at a pace"),
    ],
)
async def test_a_sent_row_costs_few_calls(contacts: int, per_second: float | None) -> None:
    with counting() as few:
        await send(500, contacts=contacts, per_second=per_second)
    with counting() as many:
        await send(2_500, contacts=contacts, per_second=per_second)
    assert (many.number - few.number) / 2_000 < CALLS_A_SENT_ROW


class Answering(asyncio.Protocol):
    """A server's end of a connection, in as few calls as can be."""

    numbers = itertools.count()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        event = b"event-%08d" % next(self.numbers)
        body = b'{"success":true,"data":{"contact":"co","event":"%b","timestamp":"t"}}' % event
        date = b"Sun, 17 May 2026 18:27:16 GMT"
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nDate: %b\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (date, len(body), body)
        )


async def ask(client: PlunkClient, requests: int) -> None:
    for number in range(requests):
        reply = await client.track(b"{}", key=f"k{number}")
        assert isinstance(reply, Answer)
        assert reply.event_id is not None


@pytest.mark.anyio
async def test_a_request_over_a_kept_connection_costs_few_calls() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with contextlib.aclosing(open_transport()) as transport, server:
        client = PlunkClient(transport, url, SecretStr("pk_test"), clock=SystemClock())
        await ask(client, 10)
        with counting() as few:
            await ask(client, 100)
        with counting() as many:
            await ask(client, 600)
    assert (many.number - few.number) / 500 < CALLS_A_REQUEST


@pytest.mark.anyio
async def test_only_rows_in_the_window_are_held_as_objects() -> None:
    await send(500, contacts=50)  # what is made once does not count
    before = sys.getallocatedblocks()
    server = await send(10_000, contacts=50, window_rows=500)
    # The window, and the chunk that came when it was not quite full.
    assert server.most_objects - before < (500 + 500) * OBJECTS_A_WAITING_ROW


def orders(path: Path, rows: int) -> Path:
    lines = ["Email,status,first,ltv,vip,created,order_id"]
    lines += [
        f"User{n % 999}@Example.com,{'' if n % 100 == 0 else 'paid'},Zoë,{n}.5,yes,"
        f"2024-01-01T00:00:00Z,ord_{n}"
        for n in range(rows)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def calls_of_validating(place: Path, rows: int) -> int:
    place.mkdir()
    job = open_job(orders(place / "orders.csv", rows), MAPPING)
    new_files = run_files(RunDirectory(place), job.source)
    with new_files as files, counting() as calls:
        make_plan(job, progress=SilentProgress(), files=files)
    return calls.number


def test_a_validated_row_costs_no_calls_of_its_own(tmp_path: Path) -> None:
    calls_of_validating(tmp_path / "first", 10_000)  # what is made once does not count
    few = calls_of_validating(tmp_path / "few", 10_000)
    many = calls_of_validating(tmp_path / "many", 30_000)
    assert (many - few) / 20_000 < CALLS_A_VALIDATED_ROW
