"""Takes an event's body, gives one reply; reads a project back with its secret key.

With `transport.py` the only file that knows httpx.
"""

import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from plunk_import.errors import PlunkImportError, SettingsError, StoppedError, UnreachableError
from plunk_import.runtime import Clock
from plunk_import.send.envelope import read_answer
from plunk_import.send.project import (
    Contact,
    ContactField,
    ContactPage,
    EventList,
    EventNames,
    EventUsage,
    FieldList,
    Health,
    Lookup,
    StoredEvent,
    Workflow,
    WorkflowPage,
)
from plunk_import.send.reply import Answer, NotSent, RateLimit, Reply, Unanswered
from plunk_import.send.transport import EngineTransport, Received, open_transport
from plunk_import.send.verdict import StopRun, Verdict, Wait, judge

__all__ = ["LOOKUP_MAX", "Capability", "PlunkClient", "ReadFailedError", "open_transport"]

LOOKUP_MAX = 500
"""Addresses that one look-up may ask about."""

_PAGE_SIZE = 100
_PROBE_TRIES = 3
_PROBE_LONGEST_WAIT_SECONDS = 120.0
_PROBE_AFTER_GARBAGE_SECONDS = 1.0
# One character longer than a server that takes keys allows, so that it refuses before it acts.
_PROBE_KEY = "k" * 256
_HIDDEN = "[key]"

# Not a byte of the request left. Every other error leaves that open.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)

_NAMES: dict[type[httpx.RequestError], str] = {
    httpx.ConnectError: "could not connect",
    httpx.ConnectTimeout: "could not connect in time",
    httpx.PoolTimeout: "no connection was free in time",
    httpx.UnsupportedProtocol: "not an address to send to",
    httpx.ReadTimeout: "no reply in time",
    httpx.ReadError: "the connection was lost before the reply was complete",
}

_Model = TypeVar("_Model", bound=BaseModel)
Headers = list[tuple[str, str]]
Post = Callable[[httpx.URL, Headers, bytes], Awaitable[Received]]
"""Sends a body and gives the reply; raises httpx.RequestError."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What the probe found out: whether keys are honoured, and the bucket if one is told."""

    takes_keys: bool
    rate_limit: RateLimit | None = None


class ReadFailedError(PlunkImportError):
    """Something could not be read back; the message says what and why.

    `status` is None where no answer came; `retry_after_seconds` is set by a 429.
    """

    def __init__(
        self, message: str, *, status: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class PlunkClient:
    """One project of one Plunk server.

    `before_read` is awaited before every request that reads, to pace them. The transport is the
    caller's to close. No key is in any repr, error or reply that comes from here.

    Raises:
        SettingsError: `base_url` is no http(s) address.

    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        base_url: str,
        key: SecretStr,
        *,
        secret_key: SecretStr | None = None,
        clock: Clock,
        before_read: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._transport = transport
        self._post: Post = (
            transport.post
            if isinstance(transport, EngineTransport)
            else functools.partial(_post_through, transport)
        )
        self._clock = clock
        self._before_read = before_read
        self._secrets = tuple(k.get_secret_value() for k in (key, secret_key) if k is not None)
        self._track_url = _parse_url(f"{self.base_url}/v1/track")
        self._track_headers = _headers(key)
        self._read_headers = None if secret_key is None else _headers(secret_key)

    def __repr__(self) -> str:
        return f"PlunkClient({self.base_url!r})"

    async def track(self, body: bytes, *, key: str | None) -> Reply:
        """Send one event: `body` as JSON in UTF-8, `key` as its `Idempotency-Key`."""
        headers = self._track_headers
        if key is not None:
            headers = [*headers, ("idempotency-key", key)]
        try:
            received = await self._post(self._track_url, headers, body)
        except httpx.RequestError as error:
            return self._unanswered(error)
        return self._answer(received)

    async def probe(self) -> Capability:
        """Find out, without side effects, whether the server works and honours keys.

        An empty body with a key too long: a server that takes keys refuses the key (400
        BAD_REQUEST), another one the body (422 VALIDATION_ERROR).

        Raises StoppedError where the key is refused or it is no Plunk, and UnreachableError
        where nobody answers, or not well.
        """
        for _ in range(_PROBE_TRIES):
            reply = await self.track(b"{}", key=_PROBE_KEY)
            match reply:
                case Answer(status=400, code="BAD_REQUEST"):
                    return Capability(takes_keys=True, rate_limit=reply.rate_limit)
                case Answer(status=422, code="VALIDATION_ERROR"):
                    return Capability(takes_keys=False, rate_limit=reply.rate_limit)
            verdict = judge(reply, takes_keys=False)
            if isinstance(verdict, StopRun):
                raise StoppedError(verdict.message)
            pause = _pause_before_next_probe(reply, verdict)
            if pause is None:
                break
            await self._clock.sleep(pause)
        raise self._probe_failure(reply)

    async def health(self) -> Health:
        """Ask whether the server is up; needs no key."""
        return await self._read(Health, "/health", headers=_headers(None))

    async def find_contact(self, address: str) -> Contact | None:
        """Find the contact whose address is exactly `address`, or None."""
        async for page in self.contacts(search=address):
            for contact in page:
                if contact.email == address:
                    return contact
        return None

    async def contacts(self, *, search: str | None = None) -> AsyncIterator[tuple[Contact, ...]]:
        """Give all contacts, page by page; `search` keeps those whose address contains it."""
        query: dict[str, str | int] = {"limit": _PAGE_SIZE}
        if search is not None:
            query["search"] = search
        seen: set[str] = set()
        while True:
            page = await self._read(ContactPage, "/contacts", query=query)
            yield page.data
            if not page.has_more or page.cursor is None or page.cursor in seen:
                return
            seen.add(page.cursor)
            query["cursor"] = page.cursor

    async def contact_events(self, contact_id: str, *, limit: int = 50) -> tuple[StoredEvent, ...]:
        """Give a contact's last `limit` events, newest first."""
        path = f"/events/contact/{quote(contact_id, safe='')}"
        return (await self._read(EventList, path, query={"limit": limit})).events

    async def fields(self) -> tuple[ContactField, ...]:
        """Give the fields of the project's contacts with their inferred types."""
        return (await self._read(FieldList, "/contacts/fields")).fields

    async def workflows(self) -> tuple[Workflow, ...]:
        """Give all workflows of the project."""
        found: list[Workflow] = []
        number, last = 1, 1
        while number <= last:
            query = {"page": number, "pageSize": _PAGE_SIZE}
            page = await self._read(WorkflowPage, "/workflows", query=query)
            found += page.data
            number, last = number + 1, page.total_pages
        return tuple(found)

    async def event_names(self) -> tuple[str, ...]:
        """Give the names of all events the project has recorded."""
        return (await self._read(EventNames, "/events/names")).event_names

    async def event_usage(self, name: str) -> EventUsage:
        """Say where the event `name` is used and how often it has happened."""
        return await self._read(EventUsage, f"/events/{quote(name, safe='')}/usage")

    async def lookup(self, addresses: Sequence[str]) -> Lookup | None:
        """Say which of up to `LOOKUP_MAX` addresses are contacts; None: no such route there."""
        try:
            return await self._read(
                Lookup, "/contacts/lookup", content=json.dumps({"emails": list(addresses)})
            )
        except ReadFailedError as error:
            if error.status == 404:
                return None
            raise

    async def _read(
        self,
        model: type[_Model],
        path: str,
        *,
        query: dict[str, Any] | None = None,
        content: str | None = None,
        headers: Headers | None = None,
    ) -> _Model:
        headers = headers or self._read_headers
        if headers is None:
            raise SettingsError(
                f"Reading {path} needs the project's secret key: set PLUNK_SECRET_KEY (sk_…)."
            )
        if self._before_read is not None:
            await self._before_read()
        url = f"{self.base_url}{path}" + (f"?{urlencode(query)}" if query else "")
        method = "GET" if content is None else "POST"
        request = httpx.Request(method, url, headers=headers, content=content)
        try:
            received = await _sent(self._transport, request)
        except httpx.RequestError as error:
            message = f"{path} could not be read: {self._unanswered(error).reason}."
            raise ReadFailedError(message) from None
        if received.status != 200:
            raise self._read_failure(path, self._answer(received))
        try:
            return model.model_validate_json(received.content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "its body"
            message = f"{path} was answered in an unknown shape ({place}: {first['msg']})."
            raise ReadFailedError(message, status=200) from None

    def _answer(self, received: Received) -> Answer:
        return read_answer(*received, hide=self._hide, wall=self._clock.wall)

    def _unanswered(self, error: httpx.RequestError) -> Unanswered | NotSent:
        reason = self._hide(f"{_NAMES.get(type(error), 'no complete reply')}: {error}")
        return NotSent(reason) if isinstance(error, _NOT_SENT) else Unanswered(reason)

    def _hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text

    def _probe_failure(self, reply: Reply) -> StoppedError:
        match reply:
            case NotSent(reason=reason):
                return UnreachableError(
                    f"Plunk cannot be reached at {self.base_url} ({reason}). Check PLUNK_BASE_URL "
                    "and the network."
                )
            case Unanswered(reason=reason):
                return UnreachableError(
                    f"Plunk at {self.base_url} does not answer ({reason}). Try again later."
                )
            case Answer(status=429):
                return UnreachableError(
                    f"Plunk at {self.base_url} refuses every request as too many. Try later."
                )
            case Answer(status=status) if status >= 500:
                return UnreachableError(
                    f"Plunk at {self.base_url} is not well (HTTP {status}). Try again later."
                )
            case Answer(status=status):
                return StoppedError(
                    f"What answers at {self.base_url} does not look like Plunk (HTTP {status} to "
                    "a probe of /v1/track). Set PLUNK_BASE_URL to the API's root, such as "
                    "https://next-api.useplunk.com."
                )

    def _read_failure(self, path: str, answer: Answer) -> ReadFailedError:
        told = " ".join(str(p) for p in (answer.status, answer.code, answer.message) if p)
        hint = ""
        if answer.status in {401, 403}:
            hint = " Reading takes only the project's secret key: check PLUNK_SECRET_KEY (sk_…)."
        message = f"{path} could not be read: HTTP {told.removesuffix('.')}.{hint}"
        return ReadFailedError(
            message, status=answer.status, retry_after_seconds=answer.retry_after_seconds
        )


async def _post_through(
    transport: httpx.AsyncBaseTransport, url: httpx.URL, headers: Headers, body: bytes
) -> Received:
    return await _sent(transport, httpx.Request("POST", url, headers=headers, content=body))


async def _sent(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> Received:
    response = await transport.handle_async_request(request)
    content = await response.aread()
    return Received(response.status_code, response.headers, content)


def _pause_before_next_probe(reply: Reply, verdict: Verdict) -> float | None:
    """Say how long to wait before asking again; None where that is of no use."""
    if isinstance(verdict, Wait):
        return verdict.seconds if verdict.seconds <= _PROBE_LONGEST_WAIT_SECONDS else None
    if isinstance(reply, Answer) and reply.status in {400, 422} and not reply.readable:
        # The status is Plunk's own for a probe: the body may have been lost on the way.
        return _PROBE_AFTER_GARBAGE_SECONDS
    return None


def _headers(key: SecretStr | None) -> Headers:
    headers = [("content-type", "application/json"), ("accept", "application/json")]
    if key is not None:
        headers.append(("authorization", f"Bearer {key.get_secret_value()}"))
    return headers


def _parse_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError(
            f"PLUNK_BASE_URL leads to {text!r}, which is not an http(s) address: set it to the "
            "API's root, such as https://next-api.useplunk.com."
        )
    return url
