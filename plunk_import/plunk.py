"""Plunk's own facts, each with its source: limits, reserved names, default pace, key lifetime."""

import re

DOCUMENTED_PER_SECOND = 1000 / 60
"""Plunk's documented limit: 1,000 requests a minute for each project."""


DEFAULT_HEADROOM = 0.10
"""The share of the server's rate left to the project's live traffic."""


HOSTED_KEY_LIFETIME_SECONDS = 24 * 3600.0
"""How long the hosted API knows an idempotency key, from its first request."""


LEAST_KEY_LIFETIME_SECONDS = 3600.0
"""How long any server knows one: operators set whole hours (`IDEMPOTENCY_KEY_TTL_HOURS`)."""


LARGEST_INTEGER = 2**53
"""Plunk's numbers are doubles: whole numbers beyond it are rounded on the way."""


LONGEST_EVENT_BYTES = 2_600
"""UTF-8 bytes of an event name that the server's index still holds."""


LARGEST_BODY_BYTES = 50_000_000
"""UTF-8 bytes of a request; a larger one is answered 500."""


DEEPEST_LEVEL = 123
"""Levels of objects and lists that are stored, `data` itself being the first."""


DROPPED_KEY = "__proto__"
"""A key that the server drops without a word, at any depth."""

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
