import pytest

from plunk_import.send import Answer, FieldError, NotSent, Reply, Unanswered
from plunk_import.send.replies import (
    Delivered,
    InDoubt,
    Rejected,
    StopRun,
    TryAgain,
    Verdict,
    Wait,
    give_up,
    verdict_on,
)

RESERVED = FieldError("event", "reserved_event", "Event name is reserved")
NO_EMAIL = FieldError("email", "invalid_string", "Invalid email")


def answer(status: int, code: str | None = "CODE", message: str = "told") -> Answer:
    return Answer(status, code=code, message=message, request_id="r", readable=code is not None)


def page(status: int) -> Answer:
    """Some server's HTML page."""
    return Answer(status, readable=False)


def reused(original: int | None) -> Answer:
    return Answer(
        409,
        code="IDEMPOTENCY_KEY_REUSED",
        request_id="r",
        original_status=original,
        reused=True,
    )


def again(reason: str, request_id: str | None = None) -> TryAgain:
    return TryAgain(reason, sent=True, request_id=request_id)


FIRST = "the first request with this key was answered"
IN_FLIGHT = Wait(1.0, "an earlier request with this key is still in flight", False, "r")
NOT_FREE_YET = Wait(
    1.0,
    "the key of an earlier request that was refused is not free yet",
    everyone=False,
    request_id="r",
)
DELIVERED = Delivered("e", "c", "t")
UNKNOWN_ID = Delivered(None, None, None)
TOLD = "HTTP {} CODE told"

# One line for each kind of reply: the verdict where the server takes keys, and where it ignores
# them (None: the same).
TABLE: dict[str, tuple[Reply, Verdict, Verdict | None]] = {
    "200 with ids": (
        Answer(200, event_id="e", contact_id="c", timestamp="t"),
        DELIVERED,
        None,
    ),
    "201 with an event id only": (Answer(201, event_id="e"), Delivered("e", None, None), None),
    "200 without ids": (
        Answer(200),
        again("HTTP 200 without a readable event id"),
        InDoubt("HTTP 200 without a readable event id", None),
    ),
    "200 that is no JSON": (
        page(200),
        again("HTTP 200 without a readable event id"),
        InDoubt("HTTP 200 without a readable event id", None),
    ),
    "409 reused, original 200": (reused(200), UNKNOWN_ID, None),
    "409 reused, original in flight": (reused(None), IN_FLIGHT, None),
    "409 reused, original 4xx, not free yet": (reused(422), NOT_FREE_YET, None),
    "409 reused, original 500": (reused(500), InDoubt(f"{FIRST} 500", "r"), None),
    "409 reused, original 503": (reused(503), InDoubt(f"{FIRST} 503", "r"), None),
    "409 that cannot be read": (page(409), again("HTTP 409"), InDoubt("HTTP 409", None)),
    "409 for something else": (answer(409), Rejected("CODE", None, "told", "r"), None),
    "429 with Retry-After": (
        Answer(429, code="RATE_LIMIT_EXCEEDED", retry_after_seconds=7.0, request_id="r"),
        Wait(7.0, "HTTP 429 RATE_LIMIT_EXCEEDED", True, "r"),
        None,
    ),
    "429 without": (page(429), Wait(1.0, "HTTP 429", True), None),
    "not sent": (NotSent("refused"), TryAgain("refused", sent=False), None),
    "no answer": (Unanswered("reset"), again("reset"), InDoubt("reset", None)),
    "500": (answer(500), again(TOLD.format(500), "r"), InDoubt(TOLD.format(500), "r")),
    "502 from a proxy": (page(502), again("HTTP 502"), InDoubt("HTTP 502", None)),
    "503": (page(503), again("HTTP 503"), InDoubt("HTTP 503", None)),
    "504": (page(504), again("HTTP 504"), InDoubt("HTTP 504", None)),
    "408": (page(408), again("HTTP 408"), InDoubt("HTTP 408", None)),
    "425": (page(425), again("HTTP 425"), InDoubt("HTTP 425", None)),
    "101": (page(101), again("HTTP 101"), InDoubt("HTTP 101", None)),
    "400": (answer(400), Rejected("CODE", None, "told", "r"), None),
    "400 from a proxy": (page(400), Rejected("http_400", None, "HTTP 400", None), None),
    "404 of Plunk's": (answer(404), Rejected("CODE", None, "told", "r"), None),
    "413 from a proxy": (page(413), Rejected("http_413", None, "HTTP 413", None), None),
    "415": (answer(415), Rejected("CODE", None, "told", "r"), None),
    "422 with a field error": (
        Answer(422, code="VALIDATION_ERROR", errors=(RESERVED,), request_id="r"),
        Rejected("reserved_event", "event", "Event name is reserved", "r"),
        None,
    ),
    "422 with several": (
        Answer(422, code="VALIDATION_ERROR", errors=(NO_EMAIL, RESERVED, NO_EMAIL)),
        Rejected(
            "invalid_string; reserved_event",
            "email; event",
            "Invalid email; Event name is reserved; Invalid email",
            None,
        ),
        None,
    ),
    "422 of the whole body": (
        Answer(422, errors=(FieldError("", "custom", "No"),)),
        Rejected("custom", None, "No", None),
        None,
    ),
}
BOTH = [
    pytest.param(
        reply, keys, with_keys if keys or without is None else without, id=f"{kind}, {how}"
    )
    for kind, (reply, with_keys, without) in TABLE.items()
    for keys, how in ((True, "takes keys"), (False, "ignores keys"))
]


@pytest.mark.parametrize(("reply", "takes_keys", "verdict"), BOTH)
def test_each_kind_of_reply_has_its_verdict(
    reply: Reply, takes_keys: bool, verdict: Verdict
) -> None:
    assert verdict_on(reply, takes_keys=takes_keys) == verdict


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        pytest.param(answer(401, "INVALID_API_KEY"), "only the project's public key", id="401"),
        pytest.param(answer(401, "MISSING_AUTH"), "PLUNK_API_KEY", id="401 without a key"),
        pytest.param(answer(402, "UPGRADE_REQUIRED"), "billing", id="402"),
        pytest.param(answer(403, "PROJECT_DISABLED"), "enabled again", id="403"),
        pytest.param(page(403), "firewall", id="403 of a firewall"),
        pytest.param(page(407), "proxy", id="407"),
        pytest.param(page(301), "redirect", id="301"),
        pytest.param(page(308), "redirect", id="308"),
        pytest.param(page(304), "PLUNK_BASE_URL", id="304"),
        pytest.param(page(404), "no Plunk API at PLUNK_BASE_URL", id="404 of another server"),
        pytest.param(
            answer(404, "INTERNAL_SERVER_ERROR", "Unknown route"),
            "no Plunk API at PLUNK_BASE_URL",
            id="404 of a wrong path",
        ),
        pytest.param(page(405), "no Plunk API at PLUNK_BASE_URL", id="405 of another server"),
    ],
)
@pytest.mark.parametrize("takes_keys", [True, False], ids=["takes keys", "ignores keys"])
def test_what_nothing_later_can_survive_stops_the_run_with_advice(
    reply: Reply, takes_keys: bool, advice: str
) -> None:
    verdict = verdict_on(reply, takes_keys=takes_keys)
    assert isinstance(verdict, StopRun)
    assert advice in verdict.message


@pytest.mark.parametrize("takes_keys", [True, False], ids=["takes keys", "ignores keys"])
@pytest.mark.parametrize("readable", [True, False], ids=["envelope", "page"])
def test_every_status_has_a_verdict_and_only_2xx_with_an_id_or_a_reused_key_is_delivered(
    takes_keys: bool, readable: bool
) -> None:
    for status in range(100, 600):
        verdict = verdict_on(answer(status, "CODE" if readable else None), takes_keys=takes_keys)
        assert isinstance(verdict, Rejected | TryAgain | Wait | InDoubt | StopRun)
        if status < 300 or status >= 500:
            assert isinstance(verdict, TryAgain if takes_keys else InDoubt)


@pytest.mark.parametrize("takes_keys", [True, False], ids=["takes keys", "ignores keys"])
def test_without_keys_nothing_that_may_be_stored_is_asked_again(takes_keys: bool) -> None:
    replies = [reply for reply, _, _ in TABLE.values() if not isinstance(reply, NotSent)]
    for reply in replies:
        verdict = verdict_on(reply, takes_keys=takes_keys)
        if isinstance(verdict, TryAgain):
            assert verdict.sent
            assert takes_keys


@pytest.mark.parametrize(
    ("verdict", "counts", "end"),
    [
        pytest.param(
            again("reset", "r"),
            True,
            InDoubt("reset; asked again, still not settled", "r"),
            id="no answer",
        ),
        pytest.param(
            IN_FLIGHT,
            True,
            InDoubt(f"{IN_FLIGHT.reason}; asked again, still not settled", "r"),
            id="in flight",
        ),
    ],
)
def test_what_may_be_stored_is_in_doubt_when_asking_again_has_not_helped(
    verdict: TryAgain | Wait, counts: bool, end: InDoubt
) -> None:
    assert verdict.counts_as_attempt is counts
    assert give_up(verdict) == end


@pytest.mark.parametrize(
    "verdict",
    [TryAgain("refused", sent=False), Wait(1.0, "refused", everyone=True)],
    ids=["not sent", "429"],
)
def test_an_outage_that_outlives_the_patience_stops_the_run(verdict: TryAgain | Wait) -> None:
    assert not verdict.counts_as_attempt
    end = give_up(verdict)
    assert isinstance(end, StopRun)
    assert "refused" in end.message
    assert "resume" in end.message
