"""Plunk's own facts, each with its source: limits, reserved names, default pace, key lifetime."""

import re

DOCUMENTED_PER_SECOND = 1000 / 60
"""Requests a second that Plunk grants each project: 1,000 a minute.

Source: Plunk's documentation: 1,000 requests a minute.
"""

DEFAULT_HEADROOM = 0.10
"""The share of the server's rate left to the project's live traffic.

Source: a choice of this program, since live traffic shares the project's rate (measured).
"""

HOSTED_KEY_LIFETIME_SECONDS = 24 * 3600.0
"""How long the hosted API knows an idempotency key, from its first request.

Source: the server's default of `IDEMPOTENCY_KEY_TTL_HOURS`; measured.
"""

LEAST_KEY_LIFETIME_SECONDS = 3600.0
"""How long any server knows one: operators set whole hours.

Source: the server's setting `IDEMPOTENCY_KEY_TTL_HOURS`.
"""

LARGEST_INTEGER = 2**53
"""Plunk's numbers are doubles: whole numbers beyond it are rounded on the way.

Source: measured; the server parses JSON as JavaScript does.
"""

LONGEST_EVENT_BYTES = 2_600
"""UTF-8 bytes of an event name that the server's index still holds.

Source: measured; the limit is of the compressed index entry, so some longer names pass.
"""

LARGEST_BODY_BYTES = 50_000_000
"""UTF-8 bytes of a request; a larger one is answered 500.

Source: measured.
"""

DEEPEST_LEVEL = 123
"""Levels of objects and lists that are stored, `data` itself being the first.

Source: measured.
"""

DROPPED_KEY = "__proto__"
"""A key that the server drops without a word, at any depth.

Source: measured.
"""

RESERVED_EVENT_NAMES = re.compile(
    r"email\..*|contact\.(subscribed|unsubscribed)|segment\.(.*\.)?(entry|exit)", re.DOTALL
)
"""Event names that Plunk keeps for itself: the whole name matches.

Source: Plunk's API reference, `POST /v1/track`, error code `reserved_event`; measured.
"""

DROPPED_NAMES = frozenset({"id", "email", "plunk_id", "plunk_email", "__proto__"})
"""Names of `data` that never reach the contact, without a word.

Source: Plunk's API reference, reserved variables; `__proto__` measured.
"""

URL_NAMES = frozenset({"unsubscribeUrl", "subscribeUrl", "manageUrl"})
"""Names of `data` in whose place Plunk fills in addresses of its own.

Source: Plunk's API reference, reserved variables.
"""

CONTACT_NAMES = frozenset({"createdAt", "updatedAt", "subscribed"})
"""Names of `data` that belong to the contact itself.

Source: Plunk's API reference, reserved variables.
"""
