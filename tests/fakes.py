"""The edges that tests replace: a clock that jumps, a transport that follows a script."""

import datetime
import heapq
import json
import socket
from collections.abc import Callable, Iterable
from typing import Any

import anyio
import anyio.lowlevel
import httpx

from plunk_import import Consent
from plunk_import.runtime import Received, Request

ALL_ALLOWED = Consent(allow_workflows=True, allow_resubscribe=True)
"""Of somebody who runs an import unattended and takes what it sets off."""
EPOCH = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
# Turns given to the other tasks before time may jump: enough for a chain of tasks and streams to
# come to rest between two instants.
SETTLING_TURNS = 20
HANGING_SECONDS = 120.0
"""Real seconds after which what waits on virtual time hangs for sure, however busy the machine."""


def free_port() -> int:
    """Find a port of this machine that nobody listens on, for a server that is started anew."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class FakeClock:
    """Virtual time: it stands still while anyone works, and jumps to the next sleeper's moment.

    Sleepers wake in the order of their moments, then of their calls. A task that waits for real
    (a thread, a socket) is not seen as working: don't mix the two.
    """

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._calls = 0
        self._moments: list[tuple[float, int]] = []
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def wall(self) -> datetime.datetime:
        return EPOCH + datetime.timedelta(seconds=self._now)

    def advance(self, seconds: float) -> None:
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._calls += 1
        mine = (self._now + max(0.0, seconds), self._calls)
        heapq.heappush(self._moments, mine)
        try:
            await self._turn(mine)
        finally:
            self._moments.remove(mine)
            heapq.heapify(self._moments)
        self._now = max(self._now, mine[0])

    async def _turn(self, mine: tuple[float, int]) -> None:
        quiet = 0
        while quiet < SETTLING_TURNS:
            calls = self._calls
            await anyio.lowlevel.checkpoint()
            first = self._moments[0] == mine
            quiet = quiet + 1 if first and calls == self._calls else 0


Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class ScriptedTransport:
    """A transport that answers from a script, in order; the last step repeats for ever.

    A step is a response, an exception to raise, or a function of the request. `requests` keeps
    what was asked.
    """

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.requests: list[httpx.Request] = []
        self.closed = False

    async def exchange(self, request: Request) -> Received:
        await anyio.lowlevel.checkpoint()
        asked = httpx.Request(
            request.method, request.url, headers=list(request.headers), content=request.body
        )
        self.requests.append(asked)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, Exception):
            raise step
        response = step if isinstance(step, httpx.Response) else step(asked)
        return Received(response.status_code, response.headers, response.content)

    async def aclose(self) -> None:
        self.closed = True


def delivered(event: str = "ev", contact: str = "co", **headers: str) -> httpx.Response:
    """Plunk's 200 for a tracked event."""
    data = {"contact": contact, "event": event, "timestamp": "2026-01-01T00:00:00.000Z"}
    return httpx.Response(200, json={"success": True, "data": data}, headers=headers)


def refused(
    status: int,
    code: str,
    message: str = "no",
    *,
    errors: Iterable[dict[str, str]] = (),
    details: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Plunk's JSON envelope for an error."""
    error: dict[str, Any] = {"code": code, "message": message, "statusCode": status}
    error["requestId"] = "req-1"
    if listed := list(errors):
        error["errors"] = listed
    if details is not None:
        error["details"] = details
    content = json.dumps({"success": False, "error": error, "timestamp": EPOCH.isoformat()})
    return httpx.Response(status, content=content, headers=headers)


def reused(original_status: int | None) -> httpx.Response:
    """Plunk's 409 for a key it has seen, with what it answered to the first."""
    return refused(
        409, "IDEMPOTENCY_KEY_REUSED", details={"originalStatusCode": original_status, "key": "k"}
    )
