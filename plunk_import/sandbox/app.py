"""The ASGI application that answers as Plunk does."""

import asyncio
import itertools

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from plunk_import.sandbox import rules, wire
from plunk_import.sandbox.clock import ServerClock
from plunk_import.sandbox.dated import Dated
from plunk_import.sandbox.endpoints import ReadEndpoints, read_body
from plunk_import.sandbox.faults import FaultPlan, FaultSchedule
from plunk_import.sandbox.lock import WriteLock
from plunk_import.sandbox.rules import Answer, JsonValue, Refusal, refuse, unexpected
from plunk_import.sandbox.seeding import seed
from plunk_import.sandbox.settings import Profile, SandboxSettings
from plunk_import.sandbox.store import Store
from plunk_import.sandbox.strike import RefuseFor, Strike, Surroundings
from plunk_import.sandbox.track import Call, Tracker
from plunk_import.sandbox.work import Work


def build_app(
    settings: SandboxSettings,
    store: Store,
    *,
    faults: FaultSchedule | None = None,
    lock: WriteLock | None = None,
    refuse_for: RefuseFor | None = None,
) -> "SandboxApp":
    """Build the application, and put into the store what the project is to hold from the start.

    Args:
        settings: How the server shall behave. Of its times only durations count here: what time it
            is, the store's clock says.
        store: Where everything is kept, with the clock by which the server lives.
        faults: Which request is struck by what; None for the faults of the settings.
        lock: What holds writes back while they are frozen; None for one of its own.
        refuse_for: What the fault `refuse` calls to close the port for a while; None where there
            is not a port.

    Returns:
        An ASGI application. It answers without a server around it, too: there a fault that ends
        the connection raises ConnectionError, unless the scope has a `wire.Connection` of the
        caller's under `state`, `connection`. A request whose task is cancelled counts as one whose
        client has gone, and is finished all the same.
    """
    seed(store, settings)
    lock, work = lock or WriteLock(store.clock), Work()
    tracker = Tracker(settings, store, lock, work)
    around = Surroundings(tracker, lock, store.clock, refuse_for)
    schedule = faults or FaultPlan(settings.faults, settings.seed)
    routes = [
        Route("/v1/track", _Track(around, store, schedule, work).answer, methods=["POST"]),
        *_read_routes(settings, ReadEndpoints(store)),
    ]
    return SandboxApp(routes, tracker, store.clock, work)


def _read_routes(settings: SandboxSettings, endpoints: ReadEndpoints) -> list[Route]:
    routes = [
        Route("/health", endpoints.health),
        Route("/contacts", endpoints.contacts),
        Route("/contacts/fields", endpoints.fields),
        Route("/events/contact/{id}", endpoints.contact_events),
        Route("/events/stats", endpoints.stats),
        Route("/events/names", endpoints.names),
        Route("/events/{name:path}/usage", endpoints.usage),
        Route("/workflows", endpoints.workflows),
        Route("/workflows/{id}", endpoints.workflow),
    ]
    if settings.contact_lookup and settings.profile is not Profile.SPRING:
        routes.append(Route("/contacts/lookup", endpoints.lookup, methods=["POST"]))
    return routes


class SandboxApp:
    """The whole server but its sockets."""

    def __init__(
        self, routes: list[Route], tracker: Tracker, clock: ServerClock, work: Work
    ) -> None:
        self._work = work
        self._tracker = tracker
        self._clock = clock
        app = Starlette(
            routes=routes,
            exception_handlers={
                HTTPException: self._unknown_route,
                Refusal: self._refused,
                Exception: self._unforeseen,
            },
        )
        app.router.redirect_slashes = False
        self._app = Dated(app, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    def resume(self) -> None:
        """Resume what an earlier server on this store has left undone. Needs a running loop."""
        self._tracker.resume()

    def kill(self) -> None:
        """Leave all that is under way as it is at this moment.

        What is committed stays in the store, and keys in flight stay in flight. Another
        application on the same store goes on from there.
        """
        self._work.abandon()

    async def _unknown_route(self, request: Request, error: Exception) -> Response:
        del request, error
        return self._say(Refusal(404, "INTERNAL_SERVER_ERROR", "Unknown route"))

    async def _refused(self, request: Request, error: Exception) -> Response:
        del request
        assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
        return self._say(error)

    async def _unforeseen(self, request: Request, error: Exception) -> Response:
        del request, error
        return self._say(unexpected())

    def _say(self, refusal: Refusal) -> Response:
        return wire.whole(refuse(refusal, self._clock.iso_now()))


class _Track:
    """`POST /v1/track` on the wire: reads the body, lets faults strike, sends the answer."""

    def __init__(
        self, around: Surroundings, store: Store, schedule: FaultSchedule, work: Work
    ) -> None:
        self._work = work
        self._around = around
        self._store = store
        self._schedule = schedule
        self._numbers = itertools.count(store.last_request() + 1)

    async def answer(self, request: Request) -> Response:
        client = wire.Client(request)
        serving = self._work.start(self._serve(next(self._numbers), request, client))
        try:
            return await asyncio.shield(serving)
        except asyncio.CancelledError:
            # A server goes on with what it has begun, though nobody waits for it any more.
            client.leave()
            raise

    async def _serve(self, number: int, request: Request, client: wire.Client) -> Response:
        try:
            body = await read_body(request)
        except ClientDisconnect:
            return Response()
        key = request.headers.get("idempotency-key")
        call = Call(number, request.headers.get("authorization"), key, body)
        email = _email_of(body)
        fault = self._schedule.strike(number=number, email=email)
        if fault is None:
            return wire.whole(await self._answer_well(call, client))
        fault_id = self._store.add_fault(
            fault.kind, seconds=fault.seconds, request=number, idempotency_key=key, email=email
        )
        response, stored = await Strike(fault, call, client, self._around).land()
        self._store.settle_fault(fault_id, stored=stored)
        return response

    async def _answer_well(self, call: Call, client: wire.Client) -> Answer:
        tracker = self._around.tracker
        answer = await tracker.answer(call)
        if answer.claim is not None and not client.is_gone():
            tracker.settle(answer)
        return answer


def _email_of(body: JsonValue | rules.Absent) -> str:
    email = body.get("email") if isinstance(body, dict) else None
    return email if isinstance(email, str) else ""
