"""What the server accepts in the body of `POST /v1/track`, and what it stores of it.

Source: the published page of the endpoint, and exchanges recorded with two builds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from plunk_import.sandbox.rules.answers import FieldError, Refusal
from plunk_import.sandbox.rules.javascript import JsonValue, name_type, parse_json, spread
from plunk_import.sandbox.rules.names import MAX_EVENT_NAME_BYTES, index_bytes

MAX_BODY_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 123
"""Levels of nesting that the database driver takes, `data` itself being the first."""

RESERVED_KEYS = frozenset(
    {"id", "email", "plunk_id", "plunk_email", "unsubscribeUrl", "subscribeUrl", "manageUrl"}
)

_EMAIL = re.compile(
    r"(?!\.)(?!.*\.\.)"
    r"[a-z0-9_'+.-]*[a-z0-9_+-]@"
    r"(?:[a-z0-9][a-z0-9-]*\.)+"
    r"[a-z]{2,}",
    re.ASCII | re.IGNORECASE,
)
_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class Absent(Enum):
    """What JavaScript calls undefined, which is not null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Track:
    """A request that passed the server's validation."""

    email: str
    event: str
    subscribed: bool | None
    """None: a new contact is subscribed, a known one stays as it is."""
    data: JsonValue
    """None when left out: the server makes no difference."""


def read_body(raw: bytes, content_type: str | None, *, sent: bool) -> JsonValue | Absent:
    """Parse a request body as the server's parser does; only `application/json` is looked at.

    Args:
        raw: The body's bytes.
        content_type: The header `Content-Type`, if there is one.
        sent: Whether the request had a body at all, if only an empty one.

    Returns:
        What JavaScript sees; ABSENT where the server does not look at the body.

    Raises:
        Refusal: When it is not the JSON of an object or a list.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type != "application/json" or not sent:
        return ABSENT
    if not raw:
        return {}
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    # The parser is strict: it looks for the bracket before it parses.
    if text.lstrip(" \t\n\r")[:1] not in ("{", "["):
        raise _malformed()
    try:
        return parse_json(text)
    except ValueError as error:
        raise _malformed() from error


def _malformed() -> Refusal:
    return Refusal(400, "VALIDATION_ERROR", "Invalid JSON in request body", has_request_id=False)


def validate(body: JsonValue | Absent) -> Track:
    """Check a parsed body as the server's schema does, then its reserved names.

    Raises:
        Refusal: When the server would not take it, with every field that is wrong.
    """
    if not isinstance(body, dict):
        raise _invalid([_wrong_type("", "object", body)])
    errors = [
        *_check_event(body.get("event", ABSENT)),
        *_check_email(body.get("email", ABSENT)),
        *_check_subscribed(body.get("subscribed", ABSENT)),
    ]
    if errors:
        raise _invalid(errors)
    email, event, subscribed = body["email"], body["event"], body.get("subscribed")
    assert isinstance(email, str)  # noqa: S101 - the checks above have seen to it
    assert isinstance(event, str)  # noqa: S101
    if is_reserved_event(event):
        raise _reserved(event)
    return Track(
        email, event, subscribed if isinstance(subscribed, bool) else None, body.get("data")
    )


def _check_event(value: JsonValue | Absent) -> list[FieldError]:
    if not isinstance(value, str):
        return [_wrong_type("event", "string", value)]
    if not value:
        return [FieldError("event", "too_small", "String must contain at least 1 character(s)")]
    return []


def _check_email(value: JsonValue | Absent) -> list[FieldError]:
    if not isinstance(value, str):
        return [_wrong_type("email", "string", value)]
    if not is_email(value):
        return [FieldError("email", "invalid_string", "Invalid email")]
    return []


def _check_subscribed(value: JsonValue | Absent) -> list[FieldError]:
    if value is ABSENT or isinstance(value, bool):
        return []
    return [_wrong_type("subscribed", "boolean", value)]


def _wrong_type(field: str, expected: str, value: JsonValue | Absent) -> FieldError:
    if isinstance(value, Absent):
        return FieldError(field, "invalid_type", "Required")
    return FieldError(field, "invalid_type", f"Expected {expected}, received {name_type(value)}")


def _invalid(errors: list[FieldError]) -> Refusal:
    return Refusal(422, "VALIDATION_ERROR", "Request validation failed", errors=tuple(errors))


def _reserved(event: str) -> Refusal:
    message = f'Event name "{event}" is reserved for system use and cannot be manually tracked'
    error = FieldError("event", "reserved_event", message)
    return Refusal(422, "VALIDATION_ERROR", "Cannot track reserved system event", errors=(error,))


def is_email(text: str) -> bool:
    """Whether the server's address grammar (zod 3's `email()`) takes this."""
    return _EMAIL.fullmatch(text) is not None


def is_reserved_event(name: str) -> bool:
    """Whether Plunk keeps this event name for itself (published contract of `POST /v1/track`)."""
    return (
        name.startswith("email.")
        or name in ("contact.subscribed", "contact.unsubscribed")
        or (name.startswith("segment.") and name.endswith((".entry", ".exit")))
    )


def is_idempotency_key(text: str) -> bool:
    """Whether the autumn build takes this as an `Idempotency-Key`: 1-255 printable ASCII."""
    return _IDEMPOTENCY_KEY.fullmatch(text) is not None


def merge_data(known: Mapping[str, JsonValue] | None, sent: JsonValue) -> dict[str, JsonValue]:
    """Merge sent data into a contact's own, shallowly.

    Empty strings, reserved keys and one-shot values leave no trace; null deletes.

    Args:
        known: The contact's data, if it has any.
        sent: `data` of the request, whatever it is.

    Returns:
        The contact's new data.

    Raises:
        Refusal: When `locale` is sent and is not a string.
    """
    merged = dict(known or {})
    for key, value in spread(sent).items():
        if key in RESERVED_KEYS or value == "":
            continue
        if value is None:
            merged.pop(key, None)
            continue
        if key == "locale" and not isinstance(value, str):
            raise Refusal(400, "INTERNAL_SERVER_ERROR", "Locale must be a string")
        if not _is_one_shot(value):
            merged[key] = value
    return merged


def _is_one_shot(value: JsonValue) -> bool:
    return isinstance(value, dict) and "value" in value and value.get("persistent") is False


def event_data(sent: JsonValue) -> JsonValue:
    """Pick what the event keeps of the data sent: all, unless JavaScript calls it falsy."""
    return None if sent in (None, False, 0, "") else sent


def is_storable_name(name: str) -> bool:
    """Whether the database takes this event name: its size, no NUL, no lone surrogate."""
    return not _UNSTORABLE.search(name) and index_bytes(name) <= MAX_EVENT_NAME_BYTES


def is_storable(value: JsonValue) -> bool:
    """Whether the database takes this JSON: its depth, and no NUL or lone surrogate anywhere."""
    rest: list[tuple[JsonValue, int]] = [(value, 1)]
    while rest:
        item, depth = rest.pop()
        if isinstance(item, str):
            if _UNSTORABLE.search(item):
                return False
        elif isinstance(item, dict | list):
            if depth > MAX_DEPTH:
                return False
            if isinstance(item, dict):
                rest.extend((key, depth) for key in item)
                rest.extend((inner, depth + 1) for inner in item.values())
            else:
                rest.extend((inner, depth + 1) for inner in item)
    return True
