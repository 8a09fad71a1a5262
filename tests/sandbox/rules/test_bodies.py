import pytest

from plunk_import.sandbox.rules import (
    ABSENT,
    MAX_DEPTH,
    MAX_EVENT_NAME_BYTES,
    JsonValue,
    Refusal,
    event_data,
    is_email,
    is_idempotency_key,
    is_reserved_event,
    is_storable,
    is_storable_name,
    merge_data,
    read_body,
    validate,
)
from tests.wild import UNLIKE


def nest(levels: int) -> JsonValue:
    value: JsonValue = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("raw", "content_type", "body"),
    [
        (b'{"a":1}', "application/json", {"a": 1}),
        (b'\xef\xbb\xbf{"a":1}', "Application/JSON ; charset=utf-8", {"a": 1}),
        (b'{"a":"\xff"}', "application/json", {"a": "\ufffd"}),
        (b"", "application/json", {}),
        (b'{"a":1}', "text/json", ABSENT),
        (b'{"a":1}', None, ABSENT),
    ],
)
def test_only_json_bodies_are_read(raw: bytes, content_type: str | None, body: object) -> None:
    assert read_body(raw, content_type, sent=True) == body


def test_request_without_body_has_none() -> None:
    assert read_body(b"", "application/json", sent=False) is ABSENT


@pytest.mark.parametrize("raw", [b" ", b"null", b'"x"', b"5", b"{", b'{"a":NaN}'])
def test_malformed_body_is_refused_without_request_id(raw: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read_body(raw, "application/json", sent=True)
    assert (caught.value.status, caught.value.has_request_id) == (400, False)


def test_all_problems_of_a_body_are_named_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        validate({"email": "nobody", "event": "", "subscribed": None})
    assert [error.field for error in caught.value.errors] == ["event", "email", "subscribed"]


@pytest.mark.parametrize(
    "name", ["email.x", "contact.subscribed", "segment.entry", "segment.a.exit"]
)
def test_reserved_events_are_known(name: str) -> None:
    assert is_reserved_event(name)


@pytest.mark.parametrize("name", ["Email.x", "contact.created", "segment.a.entered", " email.x"])
def test_names_like_reserved_ones_are_free(name: str) -> None:
    assert not is_reserved_event(name)


@pytest.mark.parametrize(
    "address",
    ["a@b.co\n", "\u212a@b.co", "a@b.co\u017f", "a@\u0131.co", "a..b@c.co", ""],
    ids=["line break", "Kelvin sign", "long s", "dotless i", "two dots", "empty"],
)
def test_addresses_beyond_the_grammar_are_refused(address: str) -> None:
    assert not is_email(address)


def test_long_addresses_are_taken() -> None:
    assert is_email(f"{'a' * 5000}@{'b' * 5000}.co")


@pytest.mark.parametrize(
    ("key", "good"),
    [("k", True), ("k" * 255, True), (" ~", True), ("k" * 256, False), ("", False), ("é", False)],
)
def test_idempotency_keys_are_short_printable_ascii(key: str, good: bool) -> None:
    assert is_idempotency_key(key) is good


def test_merge_is_shallow_and_drops_what_does_not_persist() -> None:
    known: dict[str, JsonValue] = {"keep": 1, "gone": 2, "o": {"x": 1}}
    sent: JsonValue = {
        "gone": None,
        "keep": "",
        "id": "reserved",
        "once": {"value": 1, "persistent": False},
        "o": {"y": 2},
    }
    assert merge_data(known, sent) == {"keep": 1, "o": {"y": 2}}


@pytest.mark.parametrize("locale", [5, True, ["nl"], {"value": "nl", "persistent": False}])
def test_locale_must_be_a_string(locale: JsonValue) -> None:
    with pytest.raises(Refusal, match="Locale must be a string"):
        merge_data(None, {"locale": locale})


@pytest.mark.parametrize("sent", [None, False, 0, ""])
def test_falsy_data_is_not_kept_on_the_event(sent: JsonValue) -> None:
    assert event_data(sent) is None


@pytest.mark.parametrize("sent", [{}, [], True, 5, "x"])
def test_other_data_is_kept_on_the_event(sent: JsonValue) -> None:
    assert event_data(sent) == sent


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (nest(MAX_DEPTH), True),
        (nest(MAX_DEPTH + 1), False),
        (nest(100_000), False),
        ({"a\0": 1}, False),
        ([["\ud800"]], False),
        ({"a": ["😀", None, 1.5]}, True),
    ],
    ids=["123 levels", "124 levels", "100,000 levels", "NUL in a key", "surrogate", "plain"],
)
def test_database_takes_shallow_clean_json_only(value: JsonValue, good: bool) -> None:
    assert is_storable(value) is good


@pytest.mark.parametrize(
    ("name", "good"),
    [
        (UNLIKE[:MAX_EVENT_NAME_BYTES], True),
        (UNLIKE[: MAX_EVENT_NAME_BYTES + 1], False),
        ("a\0b", False),
        ("\udfff", False),
    ],
    ids=["2,600 bytes", "2,601 bytes", "NUL", "surrogate"],
)
def test_database_takes_short_clean_names_only(name: str, good: bool) -> None:
    assert is_storable_name(name) is good
