"""Which proxy the environment names for an address, and the tunnel through one."""

import asyncio
import base64
import urllib.request
from collections.abc import Mapping
from typing import NamedTuple, cast
from urllib.parse import unquote, urlsplit

from plunk_import.errors import SettingsError
from plunk_import.settings import is_loopback

_LONGEST_HEAD_BYTES = 16_384
_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Proxy(NamedTuple):
    """An HTTP proxy, and the value of its `Proxy-Authorization` header, if it wants one."""

    host: str
    port: int
    authorization: str | None


def require_usable_proxies(environment: Mapping[str, str]) -> None:
    """Refuse proxy settings that would be passed over otherwise, sending directly instead.

    Args:
        environment: The variables of the process.

    Raises:
        SettingsError: A variable holds no address of an HTTP proxy. Its value is not told: it may
            hold a password.

    """
    names = [name for upper in _VARIABLES for name in (upper, upper.lower())]
    wrong = [name for name in names if (it := environment.get(name)) and _parsed(it) is None]
    if wrong:
        raise SettingsError(
            f"{' and '.join(wrong)} cannot be used as an HTTP proxy: set it to an address such as "
            "http://proxy.example.com:3128, or unset it to connect directly."
        )


def proxy_for(scheme: str, host: str) -> Proxy | None:
    """Find the proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` give a host.

    This machine is always reached directly.

    Args:
        scheme: `http` or `https`.
        host: A name or an address, without its port.

    Returns:
        The proxy, or None for a direct connection.

    """
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    named = urllib.request.getproxies()
    setting = named.get(scheme) or named.get("all")
    return _parsed(setting) if setting else None


def _parsed(setting: str) -> Proxy | None:
    """Read a setting; without a scheme it is taken for http. None where it is no HTTP proxy."""
    try:
        parts = urlsplit(setting if "://" in setting else f"http://{setting}")
        host, port = parts.hostname, 80 if parts.port is None else parts.port
    except ValueError:
        return None
    if parts.scheme.lower() != "http" or not host or not port or any(c.isspace() for c in setting):
        return None
    if parts.username is None:
        return Proxy(host, port, None)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(host, port, f"Basic {base64.b64encode(pair.encode()).decode()}")


class Tunnel(asyncio.Protocol):
    """The first words with a proxy, until it has connected us to the server.

    Nothing of a request, and no key, is in what the proxy is told.
    """

    def __init__(self, proxy: Proxy, place: str) -> None:
        self._proxy = proxy
        self._place = place
        self._heard = b""
        self._answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def opened(self) -> None:
        """Wait for the proxy's yes.

        Raises:
            ConnectionError: it refused, spoke something else, or closed the connection.

        """
        await self._answered

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        lines = [f"CONNECT {self._place} HTTP/1.1", f"Host: {self._place}"]
        if self._proxy.authorization is not None:
            lines.append(f"Proxy-Authorization: {self._proxy.authorization}")
        cast("asyncio.Transport", transport).write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._heard += data
        head, end, _ = self._heard.partition(b"\r\n\r\n")
        if not end and len(self._heard) < _LONGEST_HEAD_BYTES:
            return
        words = head.split(b" ", 2)
        if end and words[0].startswith(b"HTTP/1.") and words[1:2] == [b"200"]:
            self._end(None)
        else:
            said = head.split(b"\r\n")[0][:100].decode("latin-1")
            self._end(f"answered {said!r}")

    def connection_lost(self, error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._end(str(error) if error else "closed the connection")

    def _end(self, failure: str | None) -> None:
        if self._answered.done():
            return
        if failure is None:
            self._answered.set_result(None)
        else:
            place = f"{self._proxy.host}:{self._proxy.port}"
            self._answered.set_exception(ConnectionError(f"the proxy {place} {failure}"))
