"""The endpoints that only read: what they take from a request's address, and who may ask."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from plunk_import.sandbox import reads, rules, wire
from plunk_import.sandbox.rules import Answer, JsonValue, Refusal, iso_time, unexpected
from plunk_import.sandbox.store import Store
from plunk_import.sandbox.track import KeyKind, authenticate


async def read_body(request: Request) -> JsonValue | rules.Absent:
    """Read and parse a body.

    Raises:
        Refusal: When the server's parser would not take it.
        ClientDisconnect: When the client goes away meanwhile.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > rules.MAX_BODY_BYTES:
            raise unexpected(has_request_id=False)
    sent = "content-length" in request.headers or "transfer-encoding" in request.headers
    return rules.read_body(bytes(raw), request.headers.get("content-type"), sent=sent)


class ReadEndpoints:
    """The read endpoints on the wire: all take the secret key, none is limited."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def health(self, request: Request) -> Response:
        """Answer `GET /health`, for which no key is needed."""
        del request
        return _json({"status": "ok", "environment": "sandbox"})

    async def contacts(self, request: Request) -> Response:
        """Answer `GET /contacts`."""
        _check_secret_key(request)
        query = request.query_params
        limit = min(_whole_number(query.get("limit"), 20), 100)
        return _json(
            reads.list_contacts(
                self._store, search=query.get("search"), limit=limit, cursor=query.get("cursor")
            )
        )

    async def fields(self, request: Request) -> Response:
        """Answer `GET /contacts/fields`."""
        _check_secret_key(request)
        return _json(reads.list_fields(self._store))

    async def lookup(self, request: Request) -> Response:
        """Answer `POST /contacts/lookup`."""
        body = await read_body(request)
        _check_secret_key(request)
        emails = body.get("emails") if isinstance(body, dict) else None
        if not isinstance(emails, list) or not emails:
            return _json({"error": "emails must be a non-empty array"}, 400)
        if len(emails) > 500:
            return _json({"error": "Maximum 500 emails per lookup"}, 400)
        return _json(reads.find_contacts(self._store, [str(email) for email in emails]))

    async def contact_events(self, request: Request) -> Response:
        """Answer `GET /events/contact/ID`; `limit` has no cap."""
        _check_secret_key(request)
        limit = _whole_number(request.query_params.get("limit"), 50)
        contact_id = request.path_params["id"]
        return _json(reads.list_contact_events(self._store, contact_id, limit=limit))

    async def stats(self, request: Request) -> Response:
        """Answer `GET /events/stats`."""
        _check_secret_key(request)
        start, end = (_moment(request.query_params.get(n)) for n in ("startDate", "endDate"))
        return _json(reads.count_events(self._store, start=start, end=end))

    async def names(self, request: Request) -> Response:
        """Answer `GET /events/names`."""
        _check_secret_key(request)
        return _json(reads.list_event_names(self._store))

    async def usage(self, request: Request) -> Response:
        """Answer `GET /events/NAME/usage`."""
        _check_secret_key(request)
        return _json(reads.describe_event(self._store, request.path_params["name"]))

    async def workflows(self, request: Request) -> Response:
        """Answer `GET /workflows`."""
        _check_secret_key(request)
        page = _whole_number(request.query_params.get("page"), 1)
        size = min(_whole_number(request.query_params.get("pageSize"), 20), 100)
        return _json(reads.list_workflows(self._store, page=page, page_size=size))

    async def workflow(self, request: Request) -> Response:
        """Answer `GET /workflows/ID`."""
        _check_secret_key(request)
        found = reads.describe_workflow(self._store, request.path_params["id"])
        if found is None:
            raise Refusal(404, "INTERNAL_SERVER_ERROR", "Workflow not found")
        return _json(found)


def _check_secret_key(request: Request) -> None:
    authenticate(request.headers.get("authorization"), KeyKind.SECRET)


def _whole_number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and int(text) else default


def _moment(text: str | None) -> str | None:
    """Write a query's time in the form in which times are stored, None when it is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return iso_time(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _json(body: object, status: int = 200) -> Response:
    return wire.whole(Answer(status, body))
