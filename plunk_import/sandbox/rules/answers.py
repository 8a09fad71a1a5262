"""Answers before they go on the wire, in the envelopes that Plunk puts them in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

_SUGGESTIONS = {
    "MISSING_AUTH": "Send your API key in the header Authorization: Bearer YOUR_API_KEY",
    "INVALID_API_KEY": "Check the API key: pk_ keys are public, sk_ keys are secret.",
    "PROJECT_DISABLED": "The project has been disabled. Contact support.",
    "VALIDATION_ERROR": "Look at the errors of each field, or for malformed JSON in the body.",
    "RATE_LIMIT_EXCEEDED": "Wait as long as Retry-After says, then go on.",
    "IDEMPOTENCY_KEY_REUSED": "Use a new key for a new request.",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    code: str
    message: str


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - the server's word is no; nothing failed
    """The server's no, with all that its envelope says about it."""

    status: int
    code: str
    message: str
    errors: tuple[FieldError, ...] = ()
    details: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    has_request_id: bool = True
    stored: bool = False
    """True when the event had been stored before things went wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer before it goes on the wire."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    stored: bool = False
    claim: str | None = None
    """The idempotency key that the request holds until it is known how its answer went."""

    def render(self) -> bytes:
        """Write the body; a lone surrogate in it is escaped, as JavaScript does."""
        return json.dumps(self.body, allow_nan=False, separators=(",", ":")).encode("ascii")


def unexpected(*, stored: bool = False, has_request_id: bool = True) -> Refusal:
    """Make the server's answer to what it did not foresee."""
    return Refusal(
        500,
        "INTERNAL_SERVER_ERROR",
        "An unexpected error occurred",
        stored=stored,
        has_request_id=has_request_id,
    )


def refuse(refusal: Refusal, timestamp: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Wrap a refusal in the error envelope.

    Args:
        refusal: What is refused, and why.
        timestamp: The server's time in ISO 8601.
        headers: What goes along with the refusal's own headers.

    Returns:
        The answer to send.
    """
    error: dict[str, Any] = {
        "code": refusal.code,
        "message": refusal.message,
        "statusCode": refusal.status,
    }
    if refusal.has_request_id:
        error["requestId"] = str(uuid4())
    if refusal.errors:
        error["errors"] = [
            {"field": item.field, "message": item.message, "code": item.code}
            for item in refusal.errors
        ]
    if refusal.details is not None:
        error["details"] = dict(refusal.details)
    if refusal.code in _SUGGESTIONS:
        error["suggestion"] = _SUGGESTIONS[refusal.code]
    body = {"success": False, "error": error, "timestamp": timestamp}
    return Answer(
        refusal.status, body, {**(headers or {}), **refusal.headers}, stored=refusal.stored
    )


def iso_time(moment: datetime) -> str:
    """Write a time as JavaScript does: UTC, milliseconds, `Z`."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )
