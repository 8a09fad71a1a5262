"""Takes an HTTP reply's status, headers and body, gives an Answer. Pure.

A body that is not Plunk's JSON envelope makes an answer that is not readable; nothing here raises.
"""

import datetime
import email.utils
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import from_json

from plunk_import.send.reply import Answer, FieldError, RateLimit

Hide = Callable[[str], str]
"""Takes a secret out of a text."""

_LONGEST_TEXT = 1000


def read_answer(
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    *,
    hide: Hide,
    wall: Callable[[], datetime.datetime],
) -> Answer:
    """Read what a reply says; `wall` tells the time for a `Retry-After` that is a date."""
    told = _rate_limit(headers)
    body = _load(content)
    data = body.get("data")
    if 200 <= status < 300 and isinstance(data, dict):
        return Answer(
            status,
            event_id=_text(data.get("event")),
            contact_id=_text(data.get("contact")),
            timestamp=_text(data.get("timestamp")),
            rate_limit=told,
        )
    error = _mapping(body.get("error"))
    code = _text(error.get("code"))
    original = _mapping(error.get("details")).get("originalStatusCode")
    return Answer(
        status,
        code=code,
        message=hide(_text(error.get("message")) or ""),
        errors=_field_errors(error.get("errors"), hide),
        request_id=_text(error.get("requestId")) or headers.get("x-request-id"),
        retry_after_seconds=_retry_after(headers.get("retry-after"), wall),
        rate_limit=told,
        original_status=original if type(original) is int else None,
        reused=code == "IDEMPOTENCY_KEY_REUSED",
        readable=code is not None,
    )


def _load(content: bytes) -> dict[str, Any]:
    # The first is quicker; the second takes more, such as lone surrogates and other encodings.
    for parse in (from_json, json.loads):
        try:
            return _mapping(parse(content))
        except (ValueError, RecursionError):
            continue
    return {}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """Take a non-empty string, fit for any file: JSON may carry lone surrogates."""
    if not isinstance(value, str) or not value:
        return None
    return value[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")


def _field_errors(listed: object, hide: Hide) -> tuple[FieldError, ...]:
    items = map(_mapping, listed) if isinstance(listed, list) else ()
    return tuple(
        FieldError(
            field=_text(item.get("field")) or "",
            code=_text(item.get("code")) or "invalid",
            message=hide(_text(item.get("message")) or ""),
        )
        for item in items
        if item
    )


def _rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    limit = headers.get("ratelimit-limit")
    if limit is None:
        return None
    try:
        remaining, reset = int(headers["ratelimit-remaining"]), int(headers["ratelimit-reset"])
        return RateLimit(int(limit), remaining, reset)
    except (KeyError, ValueError):
        return None


def _retry_after(text: str | None, wall: Callable[[], datetime.datetime]) -> float | None:
    """Seconds that `Retry-After` asks for: a number, or the time until an HTTP date."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(text) - wall()).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
