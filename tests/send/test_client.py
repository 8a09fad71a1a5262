import contextlib
import datetime
import functools
import itertools
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from plunk_import.errors import SettingsError, StoppedError
from plunk_import.runtime import NoReplyError, NotSentError, Received, Request, SystemClock
from plunk_import.sandbox import Fault, FaultKind, Limit, Profile, Sandbox, SandboxSettings, running
from plunk_import.send import (
    Answer,
    ContactField,
    Lookup,
    NotSent,
    PlunkClient,
    RateLimit,
    ReadFailedError,
    Unanswered,
    open_transport,
)
from tests.fakes import EPOCH, FakeClock, ScriptedTransport, Step, delivered, refused

pytestmark = pytest.mark.anyio

PUBLIC, SECRET = "pk_0123456789", "sk_9876543210"
BASE = "https://plunk.example.com"
BODY = b'{"email":"a@example.com","event":"paid"}'


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def client_of(*steps: Step, base_url: str = BASE, clock: FakeClock | None = None) -> PlunkClient:
    return PlunkClient(
        ScriptedTransport(*steps),
        base_url,
        SecretStr(PUBLIC),
        secret_key=SecretStr(SECRET),
        clock=clock or FakeClock(),
    )


@pytest.mark.parametrize(
    ("error", "kind"),
    [(NotSentError("why"), NotSent), (NoReplyError("why"), Unanswered)],
    ids=["never left", "may have arrived"],
)
async def test_only_what_surely_never_left_is_not_sent(error: Exception, kind: type) -> None:
    assert await client_of(error).track(BODY, key="k") == kind("why")


async def test_an_event_goes_out_with_its_key_and_the_public_one() -> None:
    transport = ScriptedTransport(delivered())
    client = PlunkClient(transport, BASE + "/", SecretStr(PUBLIC), clock=FakeClock())
    await client.track(BODY, key="row-1")
    await client.track(BODY, key=None)
    first, second = transport.requests
    assert (first.method, str(first.url)) == ("POST", f"{BASE}/v1/track")
    assert first.content == BODY
    assert first.headers["authorization"] == f"Bearer {PUBLIC}"
    assert first.headers["content-type"] == "application/json"
    assert first.headers["idempotency-key"] == "row-1"
    assert "idempotency-key" not in second.headers


class MarkingTransport(ScriptedTransport):
    """Keeps what tells each reply from every other."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(*steps)
        self.marks: list[bytes | None] = []

    async def exchange(self, request: Request) -> Received:
        received = await super().exchange(request)
        assert request.mark is not None
        self.marks.append(request.mark(received.content or b""))
        return received


EVENT_ID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


@pytest.mark.parametrize(
    ("reply", "mark"),
    [
        (delivered(EVENT_ID), EVENT_ID.encode()),
        (httpx.Response(422, json={"error": {"requestId": EVENT_ID}}), EVENT_ID.encode()),
        (httpx.Response(422, json={"error": {"requestId": "no-request-id-is-known"}}), None),
        (refused(422, "VALIDATION_ERROR", errors=[{"field": "event"}]), None),
        (httpx.Response(502, text="<html>502 Bad Gateway</html>"), None),
    ],
    ids=["an event", "a request", "a word for all", "no id", "a proxy's"],
)
async def test_an_answer_is_told_from_others_by_the_ids_in_it(
    reply: httpx.Response, mark: bytes | None
) -> None:
    transport = MarkingTransport(reply)
    client = PlunkClient(transport, BASE, SecretStr(PUBLIC), clock=FakeClock())
    await client.track(BODY, key=None)
    assert transport.marks == [mark]


@pytest.mark.parametrize(
    ("response", "takes_keys"),
    [(refused(400, "BAD_REQUEST"), True), (refused(422, "VALIDATION_ERROR"), False)],
    ids=["takes keys", "ignores keys"],
)
async def test_the_probe_finds_out_whether_keys_are_taken(
    response: httpx.Response, takes_keys: bool
) -> None:
    transport = ScriptedTransport(response)
    client = PlunkClient(transport, BASE, SecretStr(PUBLIC), clock=FakeClock())
    assert (await client.probe()).takes_keys is takes_keys
    (request,) = transport.requests
    assert request.content == b"{}"
    assert len(request.headers["idempotency-key"]) == 256


@pytest.mark.parametrize(
    ("step", "advice"),
    [
        pytest.param(refused(401, "INVALID_API_KEY"), "public key", id="secret key"),
        pytest.param(refused(402, "UPGRADE_REQUIRED"), "billing", id="plan"),
        pytest.param(refused(403, "PROJECT_DISABLED"), "barred this project", id="disabled"),
        pytest.param(httpx.Response(308), "redirect", id="redirect"),
        pytest.param(httpx.Response(404, text="<html>"), "PLUNK_BASE_URL", id="another server"),
        pytest.param(httpx.Response(200, text="<html>"), "does not look like Plunk", id="a site"),
        pytest.param(refused(400, "OTHER"), "does not look like Plunk", id="another API"),
        pytest.param(delivered(), "does not look like Plunk", id="an echo"),
        pytest.param(httpx.Response(503), "not well", id="503"),
        pytest.param(NotSentError("refused"), "cannot be reached", id="refused"),
        pytest.param(NoReplyError("silence"), "does not answer", id="silent"),
    ],
)
async def test_a_probe_that_fails_says_what_to_do(step: Step, advice: str) -> None:
    with pytest.raises(StoppedError, match=advice):
        await client_of(step).probe()


@pytest.mark.parametrize("status", [400, 422])
async def test_a_probe_whose_answer_was_garbled_is_made_again(status: int) -> None:
    clock = FakeClock()
    garbled = httpx.Response(status, content=b"{'success': fal")
    capability = await client_of(garbled, refused(400, "BAD_REQUEST"), clock=clock).probe()
    assert capability.takes_keys
    assert clock.slept == [1.0]


async def test_the_probe_waits_as_a_429_tells_it() -> None:
    clock = FakeClock()
    full = refused(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": "9"})
    capability = await client_of(full, refused(400, "BAD_REQUEST"), clock=clock).probe()
    assert capability.takes_keys
    assert clock.slept == [9.0]


@pytest.mark.parametrize("told", ["1", "86400"], ids=["again and again", "for a day"])
async def test_a_probe_that_is_too_many_for_long_gives_up(told: str) -> None:
    clock = FakeClock()
    full = refused(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": told})
    with pytest.raises(StoppedError, match="too many"):
        await client_of(full, clock=clock).probe()
    assert clock.now() < 10


@pytest.mark.parametrize(
    "url", ["plunk.example.com", "ftp://x.co", "https://", "http://x.co:port", ""]
)
def test_what_is_no_web_address_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="PLUNK_BASE_URL"):
        client_of(delivered(), base_url=url)


Read = Callable[[PlunkClient], Awaitable[Any]]


async def all_contacts(client: PlunkClient) -> list[str]:
    return [contact.email async for page in client.contacts() for contact in page]


READS: dict[str, Read] = {
    "contacts": all_contacts,
    "find_contact": lambda client: client.find_contact("a@b.co"),
    "contact_events": lambda client: client.contact_events("id"),
    "fields": lambda client: client.fields(),
    "workflows": lambda client: client.workflows(),
    "event_names": lambda client: client.event_names(),
    "event_usage": lambda client: client.event_usage("paid"),
    "lookup": lambda client: client.lookup(["a@b.co"]),
    "health": lambda client: client.health(),
}
every_read = pytest.mark.parametrize("read", READS.values(), ids=READS.keys())


@every_read
@pytest.mark.parametrize(
    ("step", "told"),
    [
        pytest.param(NotSentError("refused"), "refused", id="refused"),
        pytest.param(NoReplyError("reset"), "reset", id="reset"),
        pytest.param(refused(401, "INVALID_API_KEY"), "PLUNK_SECRET_KEY", id="401"),
        pytest.param(httpx.Response(502, text="<html>"), "HTTP 502", id="502"),
        pytest.param(httpx.Response(200, text="<html>"), "unknown shape", id="a page"),
        pytest.param(httpx.Response(200, json=5), "unknown shape", id="another shape"),
    ],
)
async def test_a_failed_read_is_one_sentence(read: Read, step: Step, told: str) -> None:
    with pytest.raises(ReadFailedError, match=told) as caught:
        await read(client_of(step))
    assert "\n" not in str(caught.value)


async def test_the_server_s_own_sentence_is_ended_once() -> None:
    step = refused(401, "INVALID_API_KEY", "Use a secret key.")
    with pytest.raises(ReadFailedError, match=r"Use a secret key\. Reading takes only"):
        await client_of(step).fields()


async def test_a_failed_read_tells_how_long_to_wait() -> None:
    response = refused(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": "3"})
    with pytest.raises(ReadFailedError) as caught:
        await client_of(response).fields()
    assert (caught.value.status, caught.value.retry_after_seconds) == (429, 3.0)


@pytest.mark.parametrize("name", [name for name in READS if name != "health"])
async def test_reading_without_a_secret_key_says_which_one_is_missing(name: str) -> None:
    client = PlunkClient(ScriptedTransport(delivered()), BASE, SecretStr(PUBLIC), clock=FakeClock())
    with pytest.raises(SettingsError, match="PLUNK_SECRET_KEY"):
        await READS[name](client)


async def test_each_request_that_reads_waits_its_turn() -> None:
    turns = itertools.count(1)
    taken: list[int] = []

    async def before_read() -> None:
        taken.append(next(turns))

    pages = [{"data": [], "totalPages": 3} for _ in range(3)]
    client = PlunkClient(
        ScriptedTransport(*(httpx.Response(200, json=page) for page in pages)),
        BASE,
        SecretStr(PUBLIC),
        secret_key=SecretStr(SECRET),
        clock=FakeClock(),
        before_read=before_read,
    )
    assert await client.workflows() == ()
    assert taken == [1, 2, 3]


def contact(name: str) -> dict[str, Any]:
    moment = EPOCH.isoformat()
    return {
        "id": name,
        "email": f"{name}@b.co",
        "subscribed": True,
        "data": None,
        "createdAt": moment,
        "updatedAt": moment,
    }


async def test_contacts_end_even_where_the_server_repeats_itself() -> None:
    page = {"data": [contact("a")], "total": 1, "hasMore": True, "cursor": "same"}
    assert await all_contacts(client_of(httpx.Response(200, json=page))) == ["a@b.co"] * 2


async def test_a_contact_is_found_by_its_whole_address_on_any_page() -> None:
    pages = [
        {"data": [contact("xa"), contact("ba")], "total": 3, "hasMore": True, "cursor": "2"},
        {"data": [contact("a")], "total": 0, "hasMore": False},
    ]
    transport = ScriptedTransport(*(httpx.Response(200, json=page) for page in pages))
    client = PlunkClient(
        transport, BASE, SecretStr(PUBLIC), secret_key=SecretStr(SECRET), clock=FakeClock()
    )
    found = await client.find_contact("a@b.co")
    assert found is not None
    assert found.id == "a"
    first, second = (dict(request.url.params) for request in transport.requests)
    assert first == {"limit": "100", "search": "a@b.co"}
    assert second == {"limit": "100", "search": "a@b.co", "cursor": "2"}


async def test_odd_names_are_escaped_in_paths() -> None:
    usage = httpx.Response(200, json={"totalCount": 0, "uniqueContacts": 0})
    transport = ScriptedTransport(usage)
    client = PlunkClient(
        transport, BASE, SecretStr(PUBLIC), secret_key=SecretStr(SECRET), clock=FakeClock()
    )
    await client.event_usage("a/b?c#d é")
    assert transport.requests[0].url.raw_path == b"/events/a%2Fb%3Fc%23d%20%C3%A9/usage"


async def everything_it_tells(step: Step) -> AsyncIterator[str]:
    client = client_of(step)
    yield f"{client!r} {client} {[client]}"
    yield repr(await client.track(BODY, key="k"))
    acts: list[Callable[[], Awaitable[Any]]] = [client.probe]
    acts += [functools.partial(read, client) for read in READS.values()]
    for act in acts:
        try:
            yield repr(await act())
        except (StoppedError, ReadFailedError) as error:
            yield "".join(traceback.format_exception(error))


LEAK = f"Bearer {PUBLIC} or {SECRET}"
ESCAPED = LEAK.replace("p", r"\u0070").replace("s", r"\u0073")


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(NotSentError(LEAK), id="error not sent"),
        pytest.param(NoReplyError(LEAK), id="error"),
        pytest.param(refused(401, "INVALID_API_KEY", LEAK), id="message"),
        pytest.param(
            refused(422, "C", LEAK, errors=[{"field": "f", "code": "c", "message": LEAK}]),
            id="field error",
        ),
        pytest.param(httpx.Response(200, text=LEAK), id="page"),
        pytest.param(refused(422, LEAK), id="code"),
        pytest.param(
            refused(422, "C", errors=[{"field": LEAK, "code": LEAK, "message": "m"}]),
            id="field and its code",
        ),
        pytest.param(delivered(LEAK, LEAK), id="ids"),
        pytest.param(httpx.Response(422, headers={"X-Request-Id": LEAK}), id="request id"),
        pytest.param(
            httpx.Response(422, content=json.dumps({"error": {"code": LEAK}}).encode("utf-16")),
            id="another encoding",
        ),
        pytest.param(
            httpx.Response(422, text='{"error":{"code":"' + ESCAPED + '"}}'), id="escapes"
        ),
    ],
)
async def test_no_key_is_ever_told(step: Step) -> None:
    async for told in everything_it_tells(step):
        assert PUBLIC not in told
        assert SECRET not in told


@pytest.fixture
async def open_client() -> AsyncIterator[Callable[[Sandbox], PlunkClient]]:
    async with contextlib.aclosing(open_transport()) as transport:

        def against(sandbox: Sandbox) -> PlunkClient:
            return PlunkClient(
                transport,
                sandbox.base_url,
                SecretStr(sandbox.public_key),
                secret_key=SecretStr(sandbox.secret_key),
                clock=SystemClock(),
            )

        yield against


OpenClient = Callable[[Sandbox], PlunkClient]


def event(email: str = "ada@example.com", **more: object) -> bytes:
    return json.dumps({"email": email, "event": "paid", **more}).encode()


@pytest.mark.parametrize("profile", Profile)
async def test_the_sandbox_is_probed_and_nothing_stored(
    profile: Profile, open_client: OpenClient
) -> None:
    with running(SandboxSettings(profile=profile)) as sandbox:
        capability = await open_client(sandbox).probe()
        assert capability.takes_keys is (profile is not Profile.SPRING)
        assert capability.rate_limit is None
        assert (sandbox.stored().contacts, sandbox.stored().events) == (0, 0)


async def test_the_sandbox_tells_its_limit(open_client: OpenClient) -> None:
    with running(SandboxSettings(limiter=Limit(per_second=100, burst=200))) as sandbox:
        capability = await open_client(sandbox).probe()
        assert capability.rate_limit == RateLimit(200, 199, 1)


@pytest.mark.parametrize("profile", Profile)
async def test_the_sandbox_takes_an_event_and_gives_it_back(
    profile: Profile, open_client: OpenClient
) -> None:
    with running(SandboxSettings(profile=profile)) as sandbox:
        client = open_client(sandbox)
        reply = await client.track(
            event(data={"ltv": 7, "ref": {"value": "r", "persistent": False}}), key="k"
        )
        assert isinstance(reply, Answer)
        assert reply.status == 200
        found = await client.find_contact("ada@example.com")
        assert found is not None
        assert (found.id, found.subscribed, found.data) == (reply.contact_id, True, {"ltv": 7})
        (stored,) = await client.contact_events(found.id, limit=5)
        assert (stored.id, stored.name) == (reply.event_id, "paid")
        assert stored.data["ref"] == {"value": "r", "persistent": False}
        assert stored.created_at.utcoffset() == datetime.timedelta(0)
        assert await client.find_contact("da@example.com") is None


async def test_the_sandbox_refuses_a_key_it_has_seen(open_client: OpenClient) -> None:
    with running(SandboxSettings()) as sandbox:
        client = open_client(sandbox)
        await client.track(event(), key="k")
        reply = await client.track(event(), key="k")
        assert isinstance(reply, Answer)
        assert (reply.status, reply.reused, reply.original_status) == (409, True, 200)


async def test_the_sandbox_is_read_in_every_way(open_client: OpenClient) -> None:
    with running(SandboxSettings(workflows=("paid", "left"))) as sandbox:
        client = open_client(sandbox)
        for number in range(3):
            await client.track(event(f"a{number}@example.com", data={"n": number}), key=None)
        assert sorted(await all_contacts(client)) == [f"a{n}@example.com" for n in range(3)]
        assert ContactField(field="data.n", type="number") in await client.fields()
        workflows = await client.workflows()
        assert {(flow.event_name, flow.enabled) for flow in workflows} == {
            ("paid", True),
            ("left", True),
        }
        assert await client.event_names() == ("paid",)
        usage = await client.event_usage("paid")
        assert len(usage.used_in_workflows) == 1
        assert (await client.health()).status == "ok"


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (Profile.AUTUMN, Lookup(found=("ada@example.com",), not_found=("b@example.com",))),
        (Profile.SPRING, None),
    ],
)
async def test_a_look_up_is_none_where_the_sandbox_has_no_such_route(
    profile: Profile, expected: Lookup | None, open_client: OpenClient
) -> None:
    with running(SandboxSettings(profile=profile)) as sandbox:
        client = open_client(sandbox)
        await client.track(event(), key=None)
        assert await client.lookup(["ada@example.com", "b@example.com"]) == expected


FAULTS = {
    FaultKind.LATE: 200,
    FaultKind.LATE_STORE: 200,
    FaultKind.DROP: Unanswered,
    FaultKind.STORE_THEN_DROP: Unanswered,
    FaultKind.RESET: Unanswered,
    FaultKind.STORE_THEN_RESET: Unanswered,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.STORE_THEN_SERVER_ERROR: 500,
    FaultKind.BAD_GATEWAY: 502,
    FaultKind.STORE_THEN_BAD_GATEWAY: 502,
    FaultKind.TOO_MANY: 429,
    FaultKind.HALF: Unanswered,
    FaultKind.NOT_JSON: 200,
    FaultKind.SLOW: 200,
    FaultKind.HANG: Unanswered,
    FaultKind.STORE_THEN_HANG: Unanswered,
    FaultKind.REFUSE: Unanswered,
    FaultKind.FREEZE: 200,
    FaultKind.DISPATCH_FAILS: 500,
    FaultKind.CLIENT_GONE: Unanswered,
    FaultKind.STORE_THEN_CLIENT_GONE: Unanswered,
}


@pytest.mark.parametrize("kind", FaultKind)
async def test_the_sandboxs_faults_are_met_as_what_they_are(
    kind: FaultKind, open_client: OpenClient
) -> None:
    fault = Fault(kind=kind, requests=frozenset({1}), seconds=0.05)
    with running(SandboxSettings(faults=(fault,))) as sandbox:
        reply = await open_client(sandbox).track(event(), key="k")
        told = reply.status if isinstance(reply, Answer) else type(reply)
        assert told == FAULTS[kind]
        if isinstance(reply, Answer):
            late = {FaultKind.LATE, FaultKind.LATE_STORE, FaultKind.SLOW, FaultKind.FREEZE}
            assert (reply.event_id is not None) is (kind in late)


async def test_a_sandbox_that_refuses_connections_is_not_sent_to(open_client: OpenClient) -> None:
    fault = Fault(kind=FaultKind.REFUSE, requests=frozenset({1}), seconds=30)
    with running(SandboxSettings(faults=(fault,))) as sandbox:
        client = open_client(sandbox)
        await client.track(event(), key="k")
        assert isinstance(await client.track(event(), key="k"), NotSent)
