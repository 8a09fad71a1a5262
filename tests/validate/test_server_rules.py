import json
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from plunk_import.read import ORDINAL, ROW
from tests import TESTS_DIR
from tests.mapped import validated
from tests.wild import UNLIKE

RECORDED = TESTS_DIR / "conformance" / "track.jsonl"
WHITE_SPACE = " \t\n\r\f\v\u00a0\u2003"


def recorded(prefix: str) -> Iterator[Any]:
    for line in RECORDED.read_text().splitlines():
        case = json.loads(line)
        if case["name"].startswith(f"{prefix} ") and len(case["steps"]) == 1:
            yield case


def statuses(case: dict[str, Any]) -> set[int]:
    return {build["steps"][0]["status"] for build in case["expect"].values()}


def named_cases(prefix: str) -> list[Any]:
    cases = []
    for case in recorded(prefix):
        given = json.loads(case["steps"][0]["body"]).get(prefix)
        if isinstance(given, str):
            cases.append(pytest.param(given, statuses(case), id=case["name"]))
    return cases


def is_rejected(email: str, event: str) -> bool:
    frame = pl.DataFrame({"Email": [email], "event": [event]})
    return len(validated({"event": "event"}, frame).rejects) == 1


@pytest.mark.parametrize(("email", "answered"), named_cases("email"))
def test_addresses_are_rejected_just_where_the_server_refused_them(
    email: str, answered: set[int]
) -> None:
    trimmed = email.strip(WHITE_SPACE)
    if trimmed != email:
        # The server trims nothing, the importer does: what it sends was taken when sent so.
        assert trimmed == "a@b.co"
        assert not is_rejected(email, "probe")
    else:
        assert is_rejected(email, "probe") == (answered != {200})


@pytest.mark.parametrize(("event", "answered"), named_cases("event"))
def test_events_are_rejected_just_where_the_server_refused_them(
    event: str, answered: set[int]
) -> None:
    assert is_rejected("ada@example.com", event) == (answered != {200})


def variable_cases() -> Iterator[Any]:
    """Return the recorded cases whose `data` is one variable that JSON cells can write."""
    for case in recorded("data"):
        body = case["steps"][0]["body"].replace("{E}", "ada@example.com")
        start = body.index('"data":') + len('"data":')
        written = body[start:-1]
        if not written.startswith("{") or "NaN" in written:
            continue
        data = json.loads(written)
        name = next(iter(data), "")
        if len(data) == 1 and name not in {"locale", "__proto__", "", "dup"} and "\0" not in name:
            value = written[written.index(":") + 1 : -1]
            yield pytest.param(name, value, statuses(case), id=case["name"][:60])


# What the server takes but changes on the way is rejected too: rounded, or stored as null.
CHANGED = ("9007199254740993", "1e400")


@pytest.mark.parametrize(("name", "value", "answered"), list(variable_cases()))
def test_json_is_rejected_just_where_the_server_refused_or_changed_it(
    name: str, value: str, answered: set[int]
) -> None:
    frame = pl.DataFrame({"Email": ["ada@example.com"], "x": [value]})
    result = validated({"data": {name: {"column": "x", "type": "json"}}}, frame)
    assert len(result.rejects) == (answered != {200} or value in CHANGED)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        (" ada@example.com\u2003", "ada@example.com"),
        ("\tA.B'c+d_e-F@Sub.Example.museum\r\n", "a.b'c+d_e-f@sub.example.museum"),
    ],
)
def test_addresses_are_trimmed_and_lower_cased(given: str, sent: str) -> None:
    events = validated({}, pl.DataFrame({"Email": [given]})).events
    assert events["email"].to_list() == [sent]
    assert json.loads(events["body"][0])["email"] == sent


@pytest.mark.parametrize(
    ("email", "code"),
    [
        (None, "missing_email"),
        ("", "missing_email"),
        (" \u3000", "missing_email"),
        ("a@example.\u212ao", "invalid_email"),
        ("\u017fa@example.com", "invalid_email"),
        ("a@exämple.com", "invalid_email"),
        ("a@b.co\0", "invalid_email"),
        ("a@b.co,c@d.co", "invalid_email"),
        ("a@b.co\nc@d.co", "invalid_email"),
        ("x" * 300 + "@", "invalid_email"),
    ],
)
def test_bad_addresses(email: str | None, code: str) -> None:
    frame = pl.DataFrame({"Email": [email]}, schema={"Email": pl.String})
    assert validated({}, frame).reject_lines["_code"].to_list() == [code]


def test_what_cannot_be_seen_in_an_address_is_named_by_its_code_point() -> None:
    frame = pl.DataFrame({"Email": ["ada\u200b@ex\u00adample.com"]})
    [message] = validated({}, frame).reject_lines["_message"]
    assert "it contains U+200B (zero width space), U+00AD (soft hyphen)" in message


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (None, "missing_event"),
        ("", "missing_event"),
        ("a\0b", "nul_character"),
        (UNLIKE, "event_too_long"),
        (UNLIKE[:-1] + "é", "event_too_long"),
        ("email.\0" + UNLIKE, "reserved_event; event_too_long; nul_character"),
        ("segment.\n.exit", "reserved_event"),
    ],
)
def test_bad_events(event: str | None, code: str) -> None:
    frame = pl.DataFrame(
        {"Email": ["ada@example.com"], "event": [event]}, schema_overrides={"event": pl.String}
    )
    [row] = validated({"event": "event"}, frame).rejects.rows(named=True)
    assert row["_code"] == code.split("; ")
    assert row["_field"] == ["event"] * len(row["_code"])


@pytest.mark.parametrize(
    "event", [" ", " x ", "é" * 1_300, "contact.created", "email", 'a"\\\n', "🎉"]
)
def test_good_events_are_sent_as_they_are(event: str) -> None:
    frame = pl.DataFrame({"Email": ["ada@example.com"], "event": [event]})
    events = validated({"event": "event"}, frame).events
    assert events["event"].to_list() == [event]
    assert json.loads(events["body"][0])["event"] == event


def test_a_name_that_is_stored_because_it_repeats_itself_is_sent_and_noticed() -> None:
    frame = pl.DataFrame({"Email": ["ada@example.com"] * 2, "event": ["x" * 2_601, "x" * 2_600]})
    result = validated({"event": "event"}, frame)
    assert result.rejects.is_empty()
    assert result.notices.select(ROW, "_code", "_field").rows() == [(1, ["long_event"], ["event"])]


def test_a_body_over_50_mb_is_rejected() -> None:
    frame = pl.DataFrame({"Email": ["a@b.co"] * 2, "x": ["x" * 49_000_000, "x" * 51_000_000]})
    result = validated({"data": {"x": "x"}}, frame)
    assert result.events[ORDINAL].to_list() == [1]
    assert result.reject_lines.select("_code", "_field").rows() == [("body_too_large", "")]
