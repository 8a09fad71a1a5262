"""Durations as people write them."""

import re

_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION = re.compile(
    r"(?P<sign>[+-]?)(?P<amount>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?P<unit>ms|[smhd])"
)


def parse_duration(text: str) -> float:
    """Read `250ms`, `90s`, `10m`, `1.5h` or `2d`.

    Args:
        text: A number and its unit; a sign may stand before it.

    Returns:
        Seconds.

    Raises:
        ValueError: When it is no duration; the message says what would do.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"not a duration: {text!r}; write a number and its unit, as 90s, 10m or 24h"
        )
    seconds = float(match["amount"]) * _UNIT_SECONDS[match["unit"]]
    return -seconds if match["sign"] == "-" else seconds


def parse_lifetime(text: str) -> float:
    """Read a duration that lasts.

    Args:
        text: As for `parse_duration`.

    Returns:
        Seconds, more than none.

    Raises:
        ValueError: When it is no duration, or none that lasts.
    """
    seconds = parse_duration(text)
    if seconds <= 0:
        raise ValueError(f"not a lifetime: {text!r}; it must last, as 24h does")
    return seconds
