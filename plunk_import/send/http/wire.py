"""The wire to one project: requests with its keys go out, replies without them come in."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from plunk_import.errors import SettingsError
from plunk_import.runtime import (
    Clock,
    Headers,
    QuickTransport,
    Received,
    Request,
    Transport,
    TransportError,
)
from plunk_import.send.http.redaction import Redaction
from plunk_import.send.http.server_clock import ServerClock

T = TypeVar("T")

LONGEST_ANSWER_BYTES = 256 * 1024
"""Of the reply to an event, unpacked; Plunk's own have a few hundred bytes."""

LONGEST_PAGE_BYTES = 64 * 1024 * 1024
"""Of what is read from a project, unpacked: a contact's events are read whole."""

_READ_HEADERS = (
    "date",
    "retry-after",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-request-id",
)

_EVENT_ID = re.compile(rb'"event"\s*:\s*"([^"]{8,})"')
_REQUEST_ID = re.compile(rb'"requestId"\s*:\s*"(?=[^"]*\d)([\w-]{16,})"')
"""Long and with a digit: a word that stands for all ids tells no replies apart."""


class Arrived(NamedTuple):
    """A reply as the rest of the program sees it: no key is in it.

    `headers` holds those that mean anything here, by their names in lower case. `content` is None
    where the body is longer than was allowed.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes | None


class Wire:
    """Sends requests to one Plunk server and takes its replies in.

    The only place where a reply enters: keys are taken out here, and the server's clock is read.

    Raises:
        SettingsError: `base_url` is not an http(s) address.

    """

    def __init__(
        self,
        transport: Transport,
        base_url: str,
        *,
        public_key: SecretStr,
        secret_key: SecretStr | None,
        clock: Clock,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.server_clock = ServerClock()
        self._transport = transport
        self._quick = transport if isinstance(transport, QuickTransport) else None
        self._clock = clock
        self._redaction = Redaction((public_key, secret_key))
        self._track_url = f"{_checked(self.base_url)}/v1/track"
        self._track_headers = _headers(public_key)
        self._read_headers = None if secret_key is None else _headers(secret_key)

    def track(
        self, body: bytes, *, key: str | None, read: Callable[[Arrived | TransportError], T]
    ) -> Awaitable[T]:
        """Post an event, `key` as its `Idempotency-Key`; `read` makes the result of what came."""
        headers = self._track_headers
        if key is not None:
            headers = (*headers, ("idempotency-key", key))
        request = Request("POST", self._track_url, headers, body, LONGEST_ANSWER_BYTES, _id_in)
        asked = self._clock.now()

        def into(received: Received | TransportError) -> T:
            return read(self._taken_in(received, asked))

        begun = None if self._quick is None else self._quick.begin(request, into)
        return self._exchanged(request, into) if begun is None else begun

    async def _exchanged(
        self, request: Request, into: Callable[[Received | TransportError], T]
    ) -> T:
        received: Received | TransportError
        try:
            received = await self._transport.exchange(request)
        except TransportError as error:
            received = error
        return into(received)

    async def read(
        self, path: str, query: Mapping[str, Any], *, content: bytes | None, with_key: bool
    ) -> Arrived:
        """Read from the project; raises as `Transport.exchange`.

        Args:
            path: Below the API's root, quoted.
            query: The parameters of the URL.
            content: A JSON body, which makes it a POST.
            with_key: Whether the secret key goes along.

        Raises:
            SettingsError: There is no secret key.

        """
        headers = self._read_headers if with_key else _headers(None)
        if headers is None:
            raise SettingsError(
                f"Reading {path} needs the project's secret key: set PLUNK_SECRET_KEY (sk_…)."
            )
        url = f"{self.base_url}{path}" + (f"?{urlencode(query)}" if query else "")
        method = "GET" if content is None else "POST"
        asked = self._clock.now()
        arrived = await self._exchanged(
            Request(method, url, headers, content or b"", LONGEST_PAGE_BYTES),
            lambda received: self._taken_in(received, asked),
        )
        if isinstance(arrived, TransportError):
            raise arrived
        return arrived

    def _taken_in(
        self, received: Received | TransportError, asked: float
    ) -> Arrived | TransportError:
        """Take a reply in, or the error in place of one; `asked` is when its request left."""
        if isinstance(received, TransportError):
            return type(received)(self._redaction.hide(str(received)))
        status, headers, content = received
        told = {
            name: self._redaction.hide(value)
            for name in _READ_HEADERS
            if (value := headers.get(name)) is not None
        }
        if date := told.get("date"):
            self.server_clock.observe(date, asked=asked, answered=self._clock.now())
        return Arrived(
            status, told, None if content is None else self._redaction.hide_in_body(content)
        )


def _id_in(content: bytes) -> bytes | None:
    """Find the id of the event, or of the request, in an answer of Plunk."""
    found = _EVENT_ID.search(content) or _REQUEST_ID.search(content)
    return None if found is None else found[1]


def _headers(key: SecretStr | None) -> Headers:
    headers = (("content-type", "application/json"), ("accept", "application/json"))
    if key is None:
        return headers
    return (*headers, ("authorization", f"Bearer {key.get_secret_value()}"))


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port
    except ValueError:
        is_address = False
    if not is_address:
        raise SettingsError(
            f"PLUNK_BASE_URL leads to {url!r}, which is not an http(s) address: set it to the "
            "API's root, such as https://next-api.useplunk.com."
        )
    return url
