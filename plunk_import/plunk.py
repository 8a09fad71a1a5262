"""Plunk's own facts, each with its source: limits, reserved names, default pace, key lifetime."""

DOCUMENTED_PER_SECOND = 1000 / 60
"""Plunk's documented limit: 1,000 requests a minute for each project."""


DEFAULT_HEADROOM = 0.10
"""The share of the server's rate left to the project's live traffic."""


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
