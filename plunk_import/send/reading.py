"""Reading a project back from its API, most of it with the secret key."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from plunk_import.errors import PlunkImportError
from plunk_import.runtime import Clock, TransportError
from plunk_import.send.http import LONGEST_PAGE_BYTES, Wire
from plunk_import.send.project import (
    Contact,
    ContactField,
    ContactPage,
    EventCount,
    EventCounts,
    EventList,
    EventNames,
    EventUsage,
    FieldList,
    Health,
    Lookup,
    StoredEvent,
    Workflow,
    WorkflowPage,
    WorkflowStep,
    WorkflowSteps,
)
from plunk_import.send.replies import Answer, read_answer

LOOKUP_MAX = 500
"""Addresses that one look-up may ask about."""

EVENT_LIMITS = (50, 500, 5_000, 50_000, 500_000)
"""How many of a contact's events are asked for, one after the other, until fewer come back.

The server has no cap of its own, and does not tell how many there are.
"""

TOO_MANY_EVENTS = f"its contact has more than {EVENT_LIMITS[-1]:,} events, which were not all read"
_PAGE_SIZE = 100
_Model = TypeVar("_Model", bound=BaseModel)


class ReadFailedError(PlunkImportError):
    """Something could not be read back; the message says what and why.

    `status` is None where no answer came, and `answer` what the server said with it;
    `retry_after_seconds` is set by a 429.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        answer: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.answer = answer
        self.retry_after_seconds = retry_after_seconds


class ProjectReader:
    """What a project holds. Every method raises ReadFailedError where the server does not say.

    Args:
        wire: The way to the server.
        clock: The time that a `Retry-After` with a date is measured against.
        before_read: Awaited before every request, to pace them.

    """

    def __init__(
        self, wire: Wire, *, clock: Clock, before_read: Callable[[], Awaitable[None]] | None
    ) -> None:
        self._wire = wire
        self._clock = clock
        self._before_read = before_read

    async def health(self) -> Health:
        """Ask whether the server is up; needs no key."""
        return await self._read(Health, "/health", with_key=False)

    async def find_contact(self, address: str) -> Contact | None:
        """Find the contact whose address is exactly `address`, or None."""
        async for page in self.contacts(search=address):
            for contact in page:
                if contact.email == address:
                    return contact
        return None

    async def contacts(self, *, search: str | None = None) -> AsyncIterator[tuple[Contact, ...]]:
        """Read all contacts, page by page; `search` keeps those whose address contains it."""
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

    async def contact_count(self) -> int:
        """Ask how many contacts the project has."""
        total = (await self._read(ContactPage, "/contacts", query={"limit": 1})).total
        if total is None:
            raise ReadFailedError("/contacts does not tell how many contacts there are.")
        return total

    async def contact_events(self, contact_id: str, *, limit: int = 50) -> tuple[StoredEvent, ...]:
        """Read a contact's last `limit` events, newest first."""
        path = f"/events/contact/{quote(contact_id, safe='')}"
        return (await self._read(EventList, path, query={"limit": limit})).events

    async def fields(self) -> tuple[ContactField, ...]:
        """Read the fields of the project's contacts with their inferred types."""
        return (await self._read(FieldList, "/contacts/fields")).fields

    async def workflows(self) -> tuple[Workflow, ...]:
        """Read all workflows of the project."""
        found: list[Workflow] = []
        number, last = 1, 1
        while number <= last:
            query = {"page": number, "pageSize": _PAGE_SIZE}
            page = await self._read(WorkflowPage, "/workflows", query=query)
            found += page.data
            number, last = number + 1, page.total_pages
        return tuple(found)

    async def workflow_steps(self, workflow_id: str) -> tuple[WorkflowStep, ...]:
        """Read the steps of a workflow."""
        path = f"/workflows/{quote(workflow_id, safe='')}"
        return (await self._read(WorkflowSteps, path)).steps

    async def event_counts(self, start: datetime, end: datetime) -> tuple[EventCount, ...]:
        """Count the events that were recorded from `start` to `end`, by name."""
        query = {"startDate": _iso(start), "endDate": _iso(end)}
        return (await self._read(EventCounts, "/events/stats", query=query)).root

    async def event_names(self) -> tuple[str, ...]:
        """Read the names of all events the project has recorded."""
        return (await self._read(EventNames, "/events/names")).event_names

    async def event_usage(self, name: str) -> EventUsage:
        """Say where the event `name` is used."""
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
        query: Mapping[str, Any] | None = None,
        content: str | None = None,
        with_key: bool = True,
    ) -> _Model:
        if self._before_read is not None:
            await self._before_read()
        body = None if content is None else content.encode()
        try:
            arrived = await self._wire.read(path, query or {}, content=body, with_key=with_key)
        except TransportError as error:
            raise ReadFailedError(f"{path} could not be read: {error}.") from None
        if arrived.status != 200:
            raise _failure(path, read_answer(arrived, wall=self._clock.wall))
        if arrived.content is None:
            told = f"{path} was answered with more than {LONGEST_PAGE_BYTES:,} bytes."
            raise ReadFailedError(told, status=200)
        try:
            return model.model_validate_json(arrived.content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "its body"
            message = f"{path} was answered in an unknown shape ({place}: {first['msg']})."
            raise ReadFailedError(message, status=200) from None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _failure(path: str, answer: Answer) -> ReadFailedError:
    told = " ".join(str(p) for p in (answer.status, answer.code, answer.message) if p)
    hint = ""
    if answer.status in {401, 403}:
        hint = " Reading takes only the project's secret key: check PLUNK_SECRET_KEY (sk_…)."
    said = f"HTTP {told.removesuffix('.')}."
    return ReadFailedError(
        f"{path} could not be read: {said}{hint}",
        status=answer.status,
        answer=said,
        retry_after_seconds=answer.retry_after_seconds,
    )
