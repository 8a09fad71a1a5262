"""The transport of the real world: a fast engine whose errors are made to tell the truth.

The engine, pyreqwest, calls every failure before the head of a reply a connect error, though the
request may have arrived. Its chain of causes knows better. What it proves never to have had a
connection was not sent; everything else is named for what it may be, a lost reply. The only file
that knows the engine.
"""

import functools
import ipaddress
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, PoolTimeoutError, PyreqwestError
from pyreqwest.http import HeaderMap

from plunk_import.runtime import NoReplyError, NotSentError, Received, Request, TransportError
from plunk_import.send.proxies import require_usable_proxies

IDLE_SECONDS = 4.0
"""A connection idle for longer is not used again: the server closes its end at 5 s."""

# How hyper, inside the engine, says that resolving, connecting or the TLS handshake failed.
_NEVER_CONNECTED = "client error (Connect)"

# The engine's threads let go of the last request's objects a moment after its reply; a process that
# ends in that moment is aborted by the interpreter (exit 134), whatever its exit code should be.
_ENGINE_REST_SECONDS = 0.05


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

    Raises:
        SettingsError: A proxy of the environment cannot be used.

    """
    require_usable_proxies(os.environ)
    builders = (_configured(max_in_flight), _configured(max_in_flight).no_proxy())
    proxied, direct = (
        builder.connect_timeout(timedelta(seconds=connect_timeout_seconds))
        .pool_timeout(timedelta(seconds=connect_timeout_seconds))
        .timeout(timedelta(seconds=request_timeout_seconds))
        .pool_idle_timeout(timedelta(seconds=idle_seconds))
        for builder in builders
    )
    return EngineTransport(proxied.build(), direct.build())


class EngineTransport:
    """Hands requests to the engine and gives replies that are read to their end.

    See `Transport` for what it raises.
    """

    def __init__(self, proxied: Client, direct: Client) -> None:
        self._proxied = proxied
        self._direct = direct

    async def exchange(self, request: Request) -> Received:
        """See `Transport.exchange`."""
        engine = self._direct if _is_local(request.url) else self._proxied
        try:
            asked = engine.request(request.method, request.url).headers(request.headers)
            async with asked.body_bytes(request.body).build_streamed() as reply:
                # One byte more than is allowed tells a body that is too long.
                content = await reply.body_reader.read(request.longest_reply_bytes + 1) or b""
                is_whole = len(content) <= request.longest_reply_bytes
                return Received(
                    reply.status, _Headers(reply.headers), bytes(content) if is_whole else None
                )
        except PyreqwestError as error:
            raise _truthful(error) from error
        except ValueError as error:
            raise NotSentError(f"the request cannot be sent: {error}") from error
        except anyio.get_cancelled_exc_class():
            # The engine raises one of its own making, which no cancel scope knows for its own.
            await anyio.lowlevel.checkpoint_if_cancelled()
            raise

    async def aclose(self) -> None:
        """See `Transport.aclose`."""
        await self._proxied.close()
        await self._direct.close()
        await anyio.sleep(_ENGINE_REST_SECONDS)


class _Headers(Mapping[str, str]):
    """The engine's headers without the values that it cannot read: it raises at each of them."""

    def __init__(self, headers: HeaderMap) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        try:
            return self._headers[name]
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self._headers.keys()))

    def __len__(self) -> int:
        return self._headers.keys_len()


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


def _truthful(error: PyreqwestError) -> TransportError:
    details = getattr(error, "details", None) or {}
    causes = [cause["message"] for cause in details.get("causes") or ()]
    # The outer causes only repeat the address.
    told = causes[-1] if causes else str(error)
    is_timeout = isinstance(error, TimeoutError)
    if isinstance(error, BuilderError):
        return NotSentError(f"the request cannot be sent: {told}")
    if isinstance(error, PoolTimeoutError):
        return NotSentError(f"no connection was free in time: {told}")
    if _NEVER_CONNECTED in causes:
        in_time = " in time" if is_timeout else ""
        return NotSentError(f"could not connect{in_time}: {told}")
    lost = "the connection was lost before the reply was complete"
    return NoReplyError(f"{'no reply in time' if is_timeout else lost}: {told}")


@functools.lru_cache(maxsize=8)
def _is_local_origin(origin: str) -> bool:
    host = urlsplit(origin).hostname
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_local(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return _is_local_origin(url[: url.find("/", 8)])
