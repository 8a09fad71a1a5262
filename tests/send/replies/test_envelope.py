import httpx
import pytest

from plunk_import.send import Answer, FieldError, RateLimit
from plunk_import.send.http import Arrived
from plunk_import.send.replies import read_answer
from tests.fakes import FakeClock, delivered, refused, reused


def read(response: httpx.Response) -> Answer:
    arrived = Arrived(response.status_code, response.headers, response.content)
    return read_answer(arrived, wall=FakeClock().wall)


LIMITS = {"RateLimit-Limit": "200", "RateLimit-Remaining": "150", "RateLimit-Reset": "1"}
TOLD = RateLimit(200, 150, 1)


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        pytest.param(
            delivered("e", "c", **LIMITS),
            Answer(
                200,
                event_id="e",
                contact_id="c",
                timestamp="2026-01-01T00:00:00.000Z",
                rate_limit=TOLD,
            ),
            id="200",
        ),
        pytest.param(
            refused(
                422,
                "VALIDATION_ERROR",
                "Request validation failed",
                errors=[{"field": "event", "code": "reserved_event", "message": "Reserved"}],
            ),
            Answer(
                422,
                code="VALIDATION_ERROR",
                message="Request validation failed",
                errors=(FieldError("event", "reserved_event", "Reserved"),),
                request_id="req-1",
            ),
            id="422",
        ),
        pytest.param(
            refused(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": "7", **LIMITS}),
            Answer(
                429,
                code="RATE_LIMIT_EXCEEDED",
                message="no",
                request_id="req-1",
                retry_after_seconds=7,
                rate_limit=TOLD,
            ),
            id="429",
        ),
        pytest.param(
            reused(200),
            Answer(
                409,
                code="IDEMPOTENCY_KEY_REUSED",
                message="no",
                request_id="req-1",
                original_status=200,
                reused=True,
            ),
            id="409 reused",
        ),
        pytest.param(
            httpx.Response(502, text="<html>Bad Gateway", headers={"X-Request-Id": "proxy-1"}),
            Answer(502, request_id="proxy-1", readable=False),
            id="a page",
        ),
        pytest.param(httpx.Response(200, text="{"), Answer(200, readable=False), id="half JSON"),
        pytest.param(
            httpx.Response(200, json={"data": {"event": 5, "contact": ""}}),
            Answer(200),
            id="200 with odd ids",
        ),
        pytest.param(httpx.Response(204), Answer(204, readable=False), id="nothing"),
    ],
)
def test_a_reply_is_read(response: httpx.Response, answer: Answer) -> None:
    assert read(response) == answer


ODD_BODIES = [
    b"",
    b"null",
    b"[]",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"error":null}',
    b'{"error":[]}',
    b'{"error":{"code":5}}',
    b'{"data":[1]}',
    b"9" * 5000,
]


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("body", ODD_BODIES, ids=lambda body: repr(body[:20]))
def test_an_odd_body_is_an_unreadable_answer(status: int, body: bytes) -> None:
    reply = read(httpx.Response(status, content=body))
    assert reply == Answer(status, readable=False)


def test_odd_field_errors_are_taken_as_far_as_they_go() -> None:
    error = {"code": "C", "errors": [5, {}, {"field": None, "message": "M"}], "details": []}
    reply = read(httpx.Response(422, json={"error": error}))
    assert reply == Answer(422, code="C", errors=(FieldError("", "invalid", "M"),))


UNPRINTABLE = {
    "an OSC": "\x1b]0;owned\x07",
    "a C1 mark": "\x9b31m",
    "a turn of the writing": "\u202egnp.exe",
    "a return": "\rInjected: 1",
    "a NUL": "a\0b",
}


@pytest.mark.parametrize("odd", UNPRINTABLE.values(), ids=UNPRINTABLE)
def test_what_a_server_says_acts_on_no_terminal_from_its_entrance_on(odd: str) -> None:
    ids = {"event": odd, "contact": odd, "timestamp": odd}
    stored = read(httpx.Response(200, json={"data": ids}))
    refused = {"field": odd, "code": odd, "message": odd}
    error = {"code": odd, "message": odd, "requestId": odd, "errors": [refused]}
    rejected = read(httpx.Response(422, json={"error": error}))
    told = [stored.event_id, stored.contact_id, stored.timestamp]
    told += [rejected.code, rejected.message, rejected.request_id]
    told += [part for one in rejected.errors for part in (one.field, one.code, one.message)]
    assert len(told) == 9
    assert all(text is not None and text.isprintable() for text in told)


def test_a_lone_surrogate_in_a_message_can_be_written_to_a_file() -> None:
    response = httpx.Response(422, content=rb'{"error":{"code":"C","message":"\ud800!"}}')
    reply = read(response)
    assert reply.message.encode("utf-8") == rb"\ud800!"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.5),
        ("2.5", 2.5),
        ("-3", 0.5),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2020 00:00:00 GMT", 0.5),
        ("Thu, 01 Jan 2026 00:01:00", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    response = refused(429, "RATE_LIMIT_EXCEEDED", headers={"Retry-After": text})
    reply = read(response)
    assert reply.retry_after_seconds == seconds


def test_a_date_to_wait_for_is_measured_by_the_server_s_own_clock() -> None:
    headers = {
        "Retry-After": "Thu, 01 Jan 2026 09:00:30 GMT",
        "Date": "Thu, 01 Jan 2026 09:00:00 GMT",
    }
    reply = read(refused(429, "RATE_LIMIT_EXCEEDED", headers=headers))
    assert reply.retry_after_seconds == 30.0


@pytest.mark.parametrize("number", ["-1", "9" * 400, "9" * 5000, "1e3", ""])
def test_limits_that_mean_nothing_are_passed_over(number: str) -> None:
    response = delivered(**{**LIMITS, "RateLimit-Limit": number})
    assert read(response).rate_limit is None


@pytest.mark.parametrize("name", LIMITS)
def test_half_told_limits_are_no_limits(name: str) -> None:
    for told in ({**LIMITS, name: "many"}, {k: v for k, v in LIMITS.items() if k != name}):
        reply = read(delivered(**told))
        assert reply.rate_limit is None
