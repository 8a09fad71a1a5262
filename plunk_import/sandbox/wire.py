"""Answers on the wire: whole, or spoilt on the real socket as a bad network spoils them."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from plunk_import.sandbox.rules import Answer

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    class _HTTPProtocol(asyncio.Protocol):
        """Either of uvicorn's HTTP/1.1 protocols: they agree in what is used here."""

        transport: asyncio.Transport

        def __init__(
            self,
            config: Config,
            server_state: ServerState,
            app_state: dict[str, Any],
            _loop: asyncio.AbstractEventLoop | None = None,
        ) -> None: ...

else:
    _HTTPProtocol = AutoHTTPProtocol

_TRICKLE_PIECES = 20
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_PROXY_PAGE = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n"


class Connection(Protocol):
    """A client's TCP connection, as far as faults need it."""

    def close(self) -> None:
        """Send what is written, then end the connection."""

    def reset(self) -> None:
        """End the connection with a TCP reset."""

    def is_closed(self) -> bool:
        """Whether the client has ended the connection."""


class SandboxProtocol(_HTTPProtocol):
    """uvicorn's HTTP protocol, with a handle on its connection in every request's state."""

    def __init__(
        self,
        config: "Config",
        server_state: "ServerState",
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)

    def close(self) -> None:
        """Send what is written, then end the connection."""
        self.transport.close()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        raw: socket.socket = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()

    def is_closed(self) -> bool:
        """Whether the client has ended the connection."""
        return self.transport.is_closing()


class NoConnection:
    """Stands for the connection where an application is called without a server around it."""

    def close(self) -> None:
        """Tell the caller that its connection has ended.

        Raises:
            ConnectionError: Always.
        """
        raise ConnectionError("the sandbox closed the connection")

    def reset(self) -> None:
        """Tell the caller that its connection has been reset.

        Raises:
            ConnectionResetError: Always.
        """
        raise ConnectionResetError("the sandbox reset the connection")

    def is_closed(self) -> bool:
        """Whether the client has ended the connection: it cannot, it can only leave."""
        return False


class Client:
    """Who sent a request: its connection, and whether it still waits for the answer."""

    def __init__(self, request: Request) -> None:
        self._has_left = False
        state: dict[str, Any] = request.scope.get("state", {})
        self.connection: Connection = state.get("connection") or NoConnection()

    def leave(self) -> None:
        """Note that nobody waits for the answer any more."""
        self._has_left = True

    def is_gone(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._has_left or self.connection.is_closed()


def whole(answer: Answer) -> Response:
    """Send the answer as it should be."""
    return Response(
        answer.render(), answer.status, dict(answer.headers), media_type="application/json"
    )


def not_json(answer: Answer) -> Response:
    """Send the answer's status with a body that no client can read."""
    return Response(b"{'success': tru", answer.status, media_type="application/json")


def proxy_error() -> Response:
    """Say what a proxy says when it got no good answer from the server behind it."""
    return Response(_PROXY_PAGE, 502, {"server": "nginx"}, media_type="text/html")


class Ended(Response):
    """No answer: the connection ends, after a while if it is to hang first."""

    def __init__(self, end: Callable[[], None], *, after_seconds: float = 0.0) -> None:
        super().__init__()
        self._end = end
        self._after_seconds = after_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End the connection and wait until uvicorn has seen it go."""
        del scope, send
        await _wait_for_client(receive, self._after_seconds)
        self._end()
        await _read_to_end(receive)


class Half(Response):
    """The first half of an answer's body under the length of the whole, then the end."""

    def __init__(self, answer: Answer, end: Callable[[], None]) -> None:
        super().__init__(answer.render(), answer.status, media_type="application/json")
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half, end the connection."""
        del scope
        await send(_start(self))
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        self._end()
        await _read_to_end(receive)


class Trickle(Response):
    """An answer in small pieces with pauses between, `seconds` in all."""

    def __init__(self, answer: Answer, *, seconds: float) -> None:
        super().__init__(
            answer.render(), answer.status, dict(answer.headers), media_type="application/json"
        )
        self._pause_seconds = seconds / _TRICKLE_PIECES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send piece by piece."""
        del scope, receive
        await send(_start(self))
        size = max(1, -(-len(self.body) // _TRICKLE_PIECES))
        for start in range(0, len(self.body), size):
            await asyncio.sleep(self._pause_seconds)
            piece = self.body[start : start + size]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _start(response: Response) -> dict[str, Any]:
    return {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": response.raw_headers,
    }


async def _wait_for_client(receive: Receive, seconds: float) -> None:
    """Wait, but not longer than the client does."""
    if seconds:
        try:
            await asyncio.wait_for(_read_to_end(receive), seconds)
        except TimeoutError:
            return


async def _read_to_end(receive: Receive) -> None:
    # uvicorn takes an answer left unfinished for a bug unless it knows the connection gone.
    while (await receive())["type"] != "http.disconnect":
        pass
