"""Takes time limits, gives the HTTP transport: a fast engine whose errors tell the truth.

The engine, pyreqwest, calls every failure before the head of a reply a connect error, though the
request may have arrived. Its chain of causes knows better. What it proves never to have had a
connection stays a connect error; everything else is named for what it may be, a lost reply.
"""

import functools
import ipaddress
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import anyio
import anyio.lowlevel
import httpx
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PoolTimeoutError, PyreqwestError

IDLE_SECONDS = 4.0
"""A connection idle for longer is not used again: the server closes its end at 5 s."""

# How hyper, inside the engine, says that resolving, connecting or the TLS handshake failed.
_NEVER_CONNECTED = "client error (Connect)"

# The engine's threads let go of the last request's objects a moment after its reply; a process that
# ends in that moment is aborted by the interpreter (exit 134), whatever its exit code should be.
_ENGINE_REST_SECONDS = 0.05


class Received(NamedTuple):
    """A reply that was read to its end; the names of its headers are found in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def open_transport(
    *,
    max_in_flight: int = 10,
    connect_timeout_seconds: float = 10.0,
    request_timeout_seconds: float = 60.0,
    idle_seconds: float = IDLE_SECONDS,
) -> "EngineTransport":
    """Open a transport for `max_in_flight` requests at once; close it when done.

    HTTP/1.1 only, TLS verified, no redirects, no cookies, and nothing is ever sent twice.
    Resolving, connecting and TLS share `connect_timeout_seconds`; `request_timeout_seconds` bounds
    a request from its first moment to the last byte of its reply. The proxies of the environment
    are used, except to reach this machine.
    """
    builders = (_configured(max_in_flight), _configured(max_in_flight).no_proxy())
    proxied, direct = (
        builder.connect_timeout(timedelta(seconds=connect_timeout_seconds))
        .pool_timeout(timedelta(seconds=connect_timeout_seconds))
        .timeout(timedelta(seconds=request_timeout_seconds))
        .pool_idle_timeout(timedelta(seconds=idle_seconds))
        for builder in builders
    )
    return EngineTransport(proxied.build(), direct.build())


class EngineTransport(httpx.AsyncBaseTransport):
    """Hands requests to the engine and gives replies that are read to their end.

    Raises httpx.ConnectError, ConnectTimeout or PoolTimeout only where not a byte of the request
    can have left, UnsupportedProtocol where it cannot be sent at all, and ReadError or
    ReadTimeout wherever it may have arrived.
    """

    def __init__(self, proxied: Client, direct: Client) -> None:
        self._proxied = proxied
        self._direct = direct

    async def post(
        self, url: httpx.URL, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Received:
        """Send a body, without the models of httpx: they take as long as the engine itself."""
        return await self._exchange("POST", url, headers, body)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; give its whole reply."""
        body = await request.aread()
        try:
            received = await self._exchange(
                request.method, request.url, request.headers.multi_items(), body
            )
        except httpx.RequestError as error:
            error.request = request
            raise
        # Content given as such would get a second Content-Length.
        stream = httpx.ByteStream(received.content)
        response = httpx.Response(
            received.status, headers=[*received.headers.items()], stream=stream
        )
        response.read()
        return response

    async def _exchange(
        self, method: str, url: httpx.URL, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Received:
        if url.scheme not in {"http", "https"}:
            raise httpx.UnsupportedProtocol(f"{url.scheme or 'an empty scheme'} is not http(s)")
        engine = self._direct if _is_loopback(url.host) else self._proxied
        try:
            asked = engine.request(method, str(url)).headers(headers).body_bytes(body).build()
            reply = await asked.send()
            return Received(reply.status, reply.headers, bytes(await reply.bytes()))
        except PyreqwestError as error:
            raise _truthful(error) from error
        except anyio.get_cancelled_exc_class():
            # The engine raises one of its own making, which no cancel scope knows for its own.
            await anyio.lowlevel.checkpoint_if_cancelled()
            raise

    async def aclose(self) -> None:
        """Close every connection."""
        await self._proxied.close()
        await self._direct.close()
        await anyio.sleep(_ENGINE_REST_SECONDS)


def _configured(max_in_flight: int) -> ClientBuilder:
    return (
        ClientBuilder()
        .user_agent("plunk-import")
        .http1_only()
        .follow_redirects(False)
        .referer(False)
        .default_cookie_store(False)
        .gzip(True)
        .brotli(False)
        .zstd(False)
        .deflate(False)
        .max_connections(max_in_flight)
        .pool_max_idle_per_host(max_in_flight)
    )


def _truthful(error: PyreqwestError) -> httpx.TransportError:
    details = getattr(error, "details", None) or {}
    causes = [cause["message"] for cause in details.get("causes") or ()]
    # The outer causes only repeat the address.
    told = causes[-1] if causes else str(error)
    is_timeout = isinstance(error, TimeoutError)
    if isinstance(error, PoolTimeoutError):
        return httpx.PoolTimeout(told)
    if _NEVER_CONNECTED in causes:
        return (httpx.ConnectTimeout if is_timeout else httpx.ConnectError)(told)
    return (httpx.ReadTimeout if is_timeout else httpx.ReadError)(told)


@functools.lru_cache(maxsize=8)
def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
