"""What came back for one request, as frozen values: an answer, no answer, or proof it never left.

The client gives them; the verdict and the pace take them.
"""

from dataclasses import dataclass
from typing import NamedTuple

RETRY_AFTER_DEFAULT_SECONDS = 1.0
"""The pause for a 429 without `Retry-After`."""

RETRY_AFTER_LEAST_SECONDS = 0.5
"""The pause for a `Retry-After` of nothing, or of a time that is past."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of Plunk's `error.errors`: what is wrong with which field."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The `RateLimit-*` headers: a token bucket that the whole project shares.

    `limit` is the bucket's size in requests, `remaining` what is left in it, and `reset_seconds`
    the whole seconds, rounded up, until it is full again.
    """

    limit: int
    remaining: int
    reset_seconds: int


class Answer(NamedTuple):
    """A complete HTTP reply.

    `readable` says that the body is Plunk's JSON envelope; without it only `status`,
    `retry_after_seconds` and `rate_limit` hold anything. `reused` is the 409 for a key that the
    server has seen before, and `original_status` what it answered then: None while that first
    request is in flight.
    """

    status: int
    code: str | None = None
    message: str = ""
    errors: tuple[FieldError, ...] = ()
    event_id: str | None = None
    contact_id: str | None = None
    timestamp: str | None = None
    request_id: str | None = None
    retry_after_seconds: float | None = None
    rate_limit: RateLimit | None = None
    original_status: int | None = None
    reused: bool = False
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The request left, or may have, and no complete reply came: it may be stored."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Not a byte of the request left: the connection was never there."""

    reason: str


Reply = Answer | Unanswered | NotSent
