"""The bodies that go to and from the simulated server: what is wrong with one, and its answer."""

import json
import re
from typing import Any

_ADDRESS = re.compile(r"[a-z0-9_+-][a-z0-9_.+-]*@[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)


def refusal(
    status: int,
    code: str,
    message: str,
    *,
    details: dict[str, Any] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Write the envelope of an error."""
    error: dict[str, Any] = {"code": code, "message": message, "statusCode": status}
    error["requestId"] = "req"
    if details is not None:
        error["details"] = details
    if errors is not None:
        error["errors"] = errors
    return {"success": False, "error": error}


def described(body: Any) -> str:  # noqa: ANN401 - whatever came
    """Say in a few words what a request asks for."""
    if not isinstance(body, dict) or not body:
        return "a probe"
    return f"{body.get('event')} {uid_of(body.get('data'))} of {body.get('email')}"


def uid_of(data: Any) -> str | None:  # noqa: ANN401 - whatever came
    """Find what tells a row's event from every other, which the world's mappings all send."""
    uid = data.get("uid") if isinstance(data, dict) else None
    return uid.get("value") if isinstance(uid, dict) else None


def invalid(body: Any) -> tuple[int, dict[str, Any]] | None:  # noqa: ANN401 - whatever came
    body = body if isinstance(body, dict) else {}
    errors = []
    if not isinstance(body.get("event"), str) or not body["event"]:
        errors.append({"field": "event", "code": "invalid_type", "message": "Required"})
    email = body.get("email")
    if not isinstance(email, str) or not _ADDRESS.fullmatch(email):
        errors.append({"field": "email", "code": "invalid_string", "message": "Invalid email"})
    elif email.startswith("banned"):
        # A rule of the operator's own, which nobody can know beforehand.
        errors.append({"field": "email", "code": "custom", "message": "Address is banned"})
    if not errors:
        return None
    return 422, refusal(422, "VALIDATION_ERROR", "Request validation failed", errors=errors)


def merged(known: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    result = dict(known)
    for name, value in sent.items():
        if value is None:
            result.pop(name, None)
        elif value != "" and not (isinstance(value, dict) and value.get("persistent") is False):
            result[name] = value
    return result


def load(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Parse a body; None where it is none."""
    try:
        return json.loads(body)
    except ValueError:
        return None
