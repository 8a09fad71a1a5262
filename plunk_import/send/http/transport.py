"""The transport of the real world: kept connections, time limits, TLS and proxies."""

import asyncio
import functools
import os
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from plunk_import.runtime import Headers, NotSentError, Received, Request, TransportError
from plunk_import.send.concurrency_limit import ConcurrencyLimit
from plunk_import.send.http.connection import Connection, Exchange
from plunk_import.send.http.proxies import Proxy, Tunnel, proxy_for, require_usable_proxies

IDLE_SECONDS = 4.0
"""A connection idle for longer is not used again. Source: the server closes its end at 5 s."""

_PORTS = {"http": 80, "https": 443}


class _Limits(NamedTuple):
    max_in_flight: int
    connect_seconds: float
    request_seconds: float
    idle_seconds: float


def open_transport(
    *,
    max_in_flight: int = 10,
    connect_timeout_seconds: float = 10.0,
    request_timeout_seconds: float = 60.0,
    idle_seconds: float = IDLE_SECONDS,
) -> "ConnectionPool":
    """Open a transport; close it when done.

    HTTP/1.1 only. TLS is verified with the machine's certificates, no redirect is followed, no
    cookie is kept, and nothing is ever sent twice. The proxies of the environment are used, except
    to reach this machine.

    Args:
        max_in_flight: How many requests at once.
        connect_timeout_seconds: Bounds waiting for a free connection, and again resolving,
            connecting and TLS together.
        request_timeout_seconds: Bounds a request from its first moment to the last byte of its
            reply.
        idle_seconds: How long a connection is kept for the next request.

    Raises:
        SettingsError: A proxy of the environment cannot be used.

    """
    require_usable_proxies(os.environ)
    return ConnectionPool(
        _Limits(max_in_flight, connect_timeout_seconds, request_timeout_seconds, idle_seconds)
    )


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int

    @property
    def place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def authority(self) -> str:
        """The value of the `Host` header: the port is left out where it is the scheme's own."""
        return self.place.removesuffix(f":{_PORTS[self.scheme]}")


class ConnectionPool:
    """Carries requests over connections that it keeps; see `Transport` and `open_transport`."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        self._idle: dict[_Origin, deque[Connection]] = {}
        self._places = ConcurrencyLimit(limits.max_in_flight)
        self._proxies: dict[_Origin, Proxy | None] = {}
        self._tls: ssl.SSLContext | None = None
        # Of the exchanges that `begin` began, by their age: one timer is enough for all.
        self._deadlines: dict[Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(
        self, request: Request, into: Callable[[Received | TransportError], Any]
    ) -> Exchange | None:
        """Begin an exchange on a connection that is kept; None where there is none, or no place.

        `into` makes the future's result of the reply, or of the error in place of one.
        """
        origin, target = _parted(request.url)
        if not self._places.try_enter():
            return None
        loop = asyncio.get_running_loop()
        now, exchange = loop.time(), None
        try:
            if (connection := self._kept(origin, now)) is not None:
                written = _written(request, target, origin, self._proxy(origin))
                exchange = connection.begin(written, request, into)
        finally:
            if exchange is None:
                self._places.leave()
        if exchange is None or connection is None:
            return None
        deadline = self._deadlines[connection] = now + self._limits.request_seconds
        if self._timer is None:
            self._timer = loop.call_at(deadline, self._give_up_the_late)
        return exchange

    async def exchange(self, request: Request) -> Received:
        """Send one request and read its whole reply; see `Transport.exchange`.

        Raises:
            NotSentError: TimeoutError is its cause where the time ran out.
            NoReplyError: The same.

        """
        exchange = self.begin(request, _as_it_is)
        received: Received | TransportError = (
            await self._exchange_anew(request) if exchange is None else await exchange
        )
        if isinstance(received, TransportError):
            raise received
        return received

    async def _exchange_anew(self, request: Request) -> Received | TransportError:
        """Exchange once there is a place, over a connection that is made if none is kept."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.request_seconds
        origin, target = _parted(request.url)
        proxy = self._proxy(origin)
        await self._take_place()
        try:
            connection = self._kept(origin, loop.time()) or await self._connect(
                origin, proxy, deadline
            )
            exchange = connection.begin(
                _written(request, target, origin, proxy), request, _as_it_is
            )
        except BaseException:
            self._places.leave()
            raise
        timer = loop.call_at(deadline, connection.give_up)
        try:
            received: Received | TransportError = await exchange
            return received
        finally:
            timer.cancel()

    def _give_up_the_late(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._deadlines:
            connection, deadline = next(iter(self._deadlines.items()))
            if deadline > loop.time():
                self._timer = loop.call_at(deadline, self._give_up_the_late)
                return
            connection.give_up()

    async def aclose(self) -> None:
        """Close every idle connection; those in use close as their requests end."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _proxy(self, origin: _Origin) -> Proxy | None:
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(origin.scheme, origin.host)
        return self._proxies[origin]

    async def _take_place(self) -> None:
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                await self._places.enter()
        except TimeoutError as error:
            raise NotSentError("no connection was free in time") from error

    def _kept(self, origin: _Origin, now: float) -> Connection | None:
        idle = self._idle.get(origin)
        oldest = now - self._limits.idle_seconds
        while idle:
            connection = idle.pop()
            if connection.is_usable and connection.idle_since >= oldest:
                return connection
            connection.close()
        return None

    def _take_back(self, origin: _Origin, connection: Connection) -> None:
        """Keep a connection whose exchange is over, if another one can follow."""
        self._deadlines.pop(connection, None)
        self._places.leave()
        if connection.is_usable:
            self._idle.setdefault(origin, deque()).append(connection)

    async def _connect(self, origin: _Origin, proxy: Proxy | None, deadline: float) -> Connection:
        loop = asyncio.get_running_loop()
        connection = Connection(loop, functools.partial(self._take_back, origin))
        until = min(loop.time() + self._limits.connect_seconds, deadline)
        try:
            async with asyncio.timeout_at(until):
                await self._open(loop, connection, origin, proxy)
        except TimeoutError as error:
            connection.close()
            raise NotSentError("could not connect in time") from error
        except (OSError, UnicodeError) as error:
            connection.close()
            raise NotSentError(f"could not connect: {error}") from error
        except BaseException:
            connection.close()
            raise
        return connection

    async def _open(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: Connection,
        origin: _Origin,
        proxy: Proxy | None,
    ) -> None:
        tls = self._context() if origin.scheme == "https" else None
        if proxy is None:
            await loop.create_connection(lambda: connection, origin.host, origin.port, ssl=tls)
        elif tls is None:
            await loop.create_connection(lambda: connection, proxy.host, proxy.port)
        else:
            tunnel = Tunnel(proxy, origin.place)
            transport, _ = await loop.create_connection(lambda: tunnel, proxy.host, proxy.port)
            try:
                await tunnel.opened()
                inner = await loop.start_tls(
                    transport, connection, tls, server_hostname=origin.host
                )
            except BaseException:
                transport.abort()
                raise
            if inner is None:
                raise ConnectionError("the tunnel was closed")
            connection.connection_made(inner)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


@functools.lru_cache(maxsize=64)
def _parted(url: str) -> tuple[_Origin, str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotSentError(f"{parts.scheme or 'an address without a scheme'} is not http(s)")
    port = parts.port or _PORTS[parts.scheme]
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    return _Origin(parts.scheme, parts.hostname, port), target


def _as_it_is(received: Received | TransportError) -> Received | TransportError:
    return received


def _written(request: Request, target: str, origin: _Origin, proxy: Proxy | None) -> bytes:
    *before, last = request.headers
    address = request.url if proxy is not None and origin.scheme == "http" else target
    start = _start(f"{request.method} {address}", origin, tuple(before), proxy)
    rest = f"{start}{last[0]}: {last[1]}\r\nContent-Length: {len(request.body)}\r\n\r\n"
    return rest.encode("latin-1") + request.body


@functools.lru_cache(maxsize=16)
def _start(asked: str, origin: _Origin, headers: Headers, proxy: Proxy | None) -> str:
    """Write what is the same in request after request."""
    lines = [
        f"{asked} HTTP/1.1",
        f"Host: {origin.authority}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    if proxy is not None and origin.scheme == "http" and proxy.authorization is not None:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    lines += ["User-Agent: plunk-import", "Accept-Encoding: gzip", ""]
    return "\r\n".join(lines)
