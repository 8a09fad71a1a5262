"""Masks addresses and keys in every value before it reaches the page."""

import dataclasses
import re
from typing import Any

DOTS = "•••"

# An @ as people and machines write it: plain, full-width, in a URL, in JSON.
_AT = re.compile(r"([@\uFF20]|%40|\\u0040)", re.IGNORECASE)
_BREAKS = ' \t\r\n\u00a0"<>(),;:|[]{}'
_LETTER = re.compile(r"[^\W_]")
_KEY = re.compile(r"(?<![A-Za-z0-9])([ps]k_)[A-Za-z0-9_-]+", re.IGNORECASE)
# What our own messages teach with is nobody's address.
_TAUGHT = re.compile(r"(such as ada@example\.com)(?![\w-]|\.\w)")


@dataclasses.dataclass(frozen=True, slots=True)
class Masking:
    """Makes keys unreadable, and addresses too unless `show_addresses`.

    What is marked as safe HTML passes as it is.
    """

    show_addresses: bool = False

    def __call__(self, value: Any) -> Any:  # noqa: ANN401  a template prints values of any kind
        """Return `value` as it may stand in the page."""
        if hasattr(value, "__html__"):
            return value
        text = _KEY.sub(rf"\1{DOTS}", str(value))
        return text if self.show_addresses else mask_addresses(text)


def mask_addresses(text: str) -> str:
    """Leave of each address its first letter and its domain: `a•••@example.com`.

    Wrong addresses are personal too, so whatever stands directly before an @ counts as one.
    """
    spoken = _TAUGHT.split(text)
    spoken[::2] = map(_mask_all, spoken[::2])
    return "".join(spoken)


def _mask_all(text: str) -> str:
    parts = _AT.split(text)
    parts[:-1:2] = map(_mask_end, parts[:-1:2])
    return "".join(parts)


def _mask_end(text: str) -> str:
    start = _start_of_local_part(text)
    if start == len(text):
        return text
    first = _LETTER.search(text, start)
    return text[: first.end() if first else start] + DOTS


def _start_of_local_part(text: str) -> int:
    if not text.endswith('"'):
        return 1 + max(text.rfind(mark) for mark in _BREAKS)
    opening = text.rfind('"', 0, -1)
    is_quoted = opening >= 0 and _LETTER.search(text, opening) is not None
    return opening if is_quoted else len(text)
