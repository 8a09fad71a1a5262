"""A sandbox in this process whose time passes only when a test says so."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from plunk_import.sandbox import (
    PUBLIC_KEY,
    SECRET_KEY,
    JsonValue,
    SandboxApp,
    SandboxSettings,
    ServerClock,
    Store,
    build_app,
)

START = 1_700_000_000.0
"""2023-11-14T22:13:20Z."""
_TURNS = 50


class VirtualTime:
    """Seconds since the start; sleepers wake in the order of their times, then of their coming."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def clock(self, *, offset_seconds: float = 0.0) -> ServerClock:
        return ServerClock(
            wall=lambda: START + self.seconds,
            monotonic=lambda: self.seconds,
            sleep=self.sleep,
            offset_seconds=offset_seconds,
        )

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.seconds + seconds, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        until = self.seconds + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            self.seconds, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self.seconds = until


async def settle() -> None:
    """Let everything happen that can without time passing."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class VirtualSandbox:
    """The application and a client of it, without sockets."""

    def __init__(self, app: SandboxApp, store: Store, time: VirtualTime) -> None:
        self.app = app
        self.store = store
        self.time = time
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://sandbox"
        )

    async def track(
        self,
        email: str = "ada@example.com",
        event: str = "paid",
        *,
        key: str = "",
        **more: JsonValue,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {PUBLIC_KEY}"} | (
            {"Idempotency-Key": key} if key else {}
        )
        body = {"email": email, "event": event, **more}
        return await self._client.post("/v1/track", json=body, headers=headers)

    async def read(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - it is JSON
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        return (await self._client.get(path, params=query, headers=headers)).json()

    def send(
        self,
        email: str = "ada@example.com",
        event: str = "paid",
        *,
        key: str = "",
        **more: JsonValue,
    ) -> asyncio.Task[httpx.Response]:
        """Track without waiting for the answer."""
        return asyncio.create_task(self.track(email, event, key=key, **more))

    def events(self) -> list[str]:
        """The names of all events, in the order in which they were stored."""
        return [row["name"] for row in self.store.rows("SELECT name FROM events ORDER BY seq")]


@asynccontextmanager
async def virtual(
    directory: Path,
    settings: SandboxSettings,
    time: VirtualTime | None = None,
    *,
    offset_seconds: float = 0.0,
) -> AsyncIterator[VirtualSandbox]:
    time = time or VirtualTime()
    with Store(directory / "sandbox.sqlite", time.clock(offset_seconds=offset_seconds)) as store:
        app = build_app(settings, store)
        app.resume()
        yield VirtualSandbox(app, store, time)
        app.kill()
        await settle()


def original_status(response: httpx.Response) -> object:
    """What a 409 says of the request that claimed its key."""
    assert response.status_code == 409
    return response.json()["error"]["details"]["originalStatusCode"]
