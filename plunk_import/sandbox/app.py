"""Takes settings and a store, gives the ASGI application that answers as Plunk does."""

import itertools
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from plunk_import.sandbox import reads, rules, wire
from plunk_import.sandbox.answers import Answer, Refusal, iso_time, refuse, unexpected
from plunk_import.sandbox.faults import FaultPlan
from plunk_import.sandbox.javascript import JsonValue
from plunk_import.sandbox.settings import Profile, SandboxSettings
from plunk_import.sandbox.store import Store
from plunk_import.sandbox.strike import RefuseFor, Strike
from plunk_import.sandbox.track import Call, KeyKind, Tracker, authenticate


def build_app(
    settings: SandboxSettings, store: Store, refuse_for: RefuseFor | None = None
) -> Starlette:
    """Build the application; `refuse_for` is what the fault `refuse` calls."""
    for event in settings.workflows:
        store.ensure_workflow(event)
    has_lookup = settings.contact_lookup and settings.profile is Profile.AUTUMN
    endpoints = _Reads(store)
    routes = [
        Route("/v1/track", _Track(settings, store, refuse_for).answer, methods=["POST"]),
        Route("/health", _health),
        Route("/contacts", endpoints.contacts),
        Route("/contacts/fields", endpoints.fields),
        Route("/events/contact/{id}", endpoints.contact_events),
        Route("/events/stats", endpoints.stats),
        Route("/events/names", endpoints.names),
        Route("/events/{name:path}/usage", endpoints.usage),
        Route("/workflows", endpoints.workflows),
    ]
    if has_lookup:
        routes.append(Route("/contacts/lookup", endpoints.lookup, methods=["POST"]))
    app = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: _unknown_route,
            Refusal: _refused,
            Exception: _unforeseen,
        },
    )
    app.router.redirect_slashes = False
    return app


class _Track:
    """`POST /v1/track` on the wire: reads the body, lets faults strike, sends the answer."""

    def __init__(
        self, settings: SandboxSettings, store: Store, refuse_for: RefuseFor | None
    ) -> None:
        self._tracker = Tracker(settings, store)
        self._plan = FaultPlan(settings.faults, settings.seed)
        self._store = store
        self._refuse_for = refuse_for
        self._numbers = itertools.count(store.last_request() + 1)

    async def answer(self, request: Request) -> Response:
        number = next(self._numbers)
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response()
        key = request.headers.get("idempotency-key")
        call = Call(number, request.headers.get("authorization"), key, body)
        email = _email_of(body)
        fault = self._plan.strike(number=number, email=email)
        if fault is None:
            return wire.whole(await self._tracker.answer(call))
        fault_id = self._store.add_fault(
            fault.kind, seconds=fault.seconds, request=number, idempotency_key=key, email=email
        )
        strike = Strike(fault, call, request.state.connection, self._refuse_for)
        response, stored = await strike.land(self._tracker)
        self._store.settle_fault(fault_id, stored=stored)
        return response


async def _read(request: Request) -> JsonValue | rules.Absent:
    """Read and parse a body. Raises Refusal, and ClientDisconnect when the client goes away."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > rules.MAX_BODY_BYTES:
            raise unexpected(has_request_id=False)
    sent = "content-length" in request.headers or "transfer-encoding" in request.headers
    return rules.read_body(bytes(raw), request.headers.get("content-type"), sent=sent)


def _email_of(body: JsonValue | rules.Absent) -> str:
    email = body.get("email") if isinstance(body, dict) else None
    return email if isinstance(email, str) else ""


class _Reads:
    """The read endpoints on the wire: all take the secret key, none is limited."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def contacts(self, request: Request) -> Response:
        _check_secret_key(request)
        query = request.query_params
        limit = min(_whole_number(query.get("limit"), 20), 100)
        return _json(
            reads.list_contacts(
                self._store, search=query.get("search"), limit=limit, cursor=query.get("cursor")
            )
        )

    async def fields(self, request: Request) -> Response:
        _check_secret_key(request)
        return _json(reads.list_fields(self._store))

    async def lookup(self, request: Request) -> Response:
        body = await _read(request)
        _check_secret_key(request)
        emails = body.get("emails") if isinstance(body, dict) else None
        if not isinstance(emails, list) or not emails:
            return _json({"error": "emails must be a non-empty array"}, 400)
        if len(emails) > 500:
            return _json({"error": "Maximum 500 emails per lookup"}, 400)
        return _json(reads.find_contacts(self._store, [str(email) for email in emails]))

    async def contact_events(self, request: Request) -> Response:
        _check_secret_key(request)
        limit = _whole_number(request.query_params.get("limit"), 50)
        contact_id = request.path_params["id"]
        return _json(reads.list_contact_events(self._store, contact_id, limit=limit))

    async def stats(self, request: Request) -> Response:
        _check_secret_key(request)
        start, end = (_moment(request.query_params.get(n)) for n in ("startDate", "endDate"))
        return _json(reads.count_events(self._store, start=start, end=end))

    async def names(self, request: Request) -> Response:
        _check_secret_key(request)
        return _json(reads.list_event_names(self._store))

    async def usage(self, request: Request) -> Response:
        _check_secret_key(request)
        return _json(reads.describe_event(self._store, request.path_params["name"]))

    async def workflows(self, request: Request) -> Response:
        _check_secret_key(request)
        page = _whole_number(request.query_params.get("page"), 1)
        size = min(_whole_number(request.query_params.get("pageSize"), 20), 100)
        return _json(reads.list_workflows(self._store, page=page, page_size=size))


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


async def _health(request: Request) -> Response:
    del request
    return _json({"status": "ok", "environment": "sandbox"})


async def _unknown_route(request: Request, error: Exception) -> Response:
    del request, error
    return wire.whole(refuse(Refusal(404, "INTERNAL_SERVER_ERROR", "Unknown route")))


async def _refused(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
    return wire.whole(refuse(error))


async def _unforeseen(request: Request, error: Exception) -> Response:
    del request, error
    return wire.whole(refuse(unexpected()))
