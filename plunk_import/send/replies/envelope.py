"""What a reply says: its status, headers and body become an Answer. Pure.

A body that is not Plunk's JSON envelope makes an answer that is not readable; nothing here raises.
"""

import datetime
import email.utils
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import from_json

from plunk_import.runtime import printable
from plunk_import.send.http import Arrived
from plunk_import.send.replies.reply import RETRY_AFTER_LEAST_SECONDS, Answer, FieldError, RateLimit

_LONGEST_TEXT = 1000
# A header beyond it means nothing, and would overflow.
_LARGEST_NUMBER = 10**12


def read_answer(arrived: Arrived, *, wall: Callable[[], datetime.datetime]) -> Answer:
    """Read what a reply says; `wall` tells the time for a `Retry-After` that is a date."""
    status, headers, content = arrived
    told = _rate_limit(headers)
    body = {} if content is None else _load(content)
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
        message=_text(error.get("message")) or "",
        errors=_field_errors(error.get("errors")),
        request_id=_text(error.get("requestId")) or _text(headers.get("x-request-id")),
        retry_after_seconds=_retry_after(headers, wall),
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
    """Return a non-empty string, fit for any file and any terminal."""
    if not isinstance(value, str) or not value:
        return None
    return printable(value[:_LONGEST_TEXT])


def _field_errors(listed: object) -> tuple[FieldError, ...]:
    items = map(_mapping, listed) if isinstance(listed, list) else ()
    return tuple(
        FieldError(
            field=_text(item.get("field")) or "",
            code=_text(item.get("code")) or "invalid",
            message=_text(item.get("message")) or "",
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
        told = RateLimit(int(limit), remaining, reset)
    except (KeyError, ValueError):
        return None
    numbers = (told.limit, told.remaining, told.reset_seconds)
    return told if all(0 <= number <= _LARGEST_NUMBER for number in numbers) else None


def _retry_after(headers: Mapping[str, str], wall: Callable[[], datetime.datetime]) -> float | None:
    """Read the seconds that `Retry-After` asks for: a number, or the time until an HTTP date.

    However little it asks for, there is a pause: the server has just said that it has enough.
    """
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = _date(text)
        if until is None:
            return None
        # The server's own clock, where it tells it.
        seconds = (until - (_date(headers.get("date", "")) or wall())).total_seconds()
    if not math.isfinite(seconds):
        return None
    return min(max(RETRY_AFTER_LEAST_SECONDS, seconds), _LARGEST_NUMBER)


def _date(text: str) -> datetime.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else None
