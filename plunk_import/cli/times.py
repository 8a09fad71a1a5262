"""Reads times as people write them on a command line, as seconds and moments."""

import re
from datetime import UTC, datetime, time, timedelta

_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
_LONGEST_SECONDS = 36_500 * 86_400
_NUMBER = re.compile(r"\d+(\.\d+)?(e\+?\d+)?")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)")


def seconds_of(text: str) -> float:
    """Read `90s`, `10m`, `5h`, `1h30m`, `90d` or a plain number of seconds.

    ValueError for anything else, and for more than 100 years.
    """
    compact = text.strip().lower()
    parts = _PART.findall(compact)
    if parts and _PART.sub("", compact).strip() == "":
        seconds = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
    elif _NUMBER.fullmatch(compact):
        seconds = float(compact)
    else:
        raise ValueError(f"{text!r} is not a duration: write 90s, 10m, 5h or 1h30m")
    if seconds > _LONGEST_SECONDS:
        raise ValueError("that is longer than 100 years")
    return seconds


def next_moment(text: str, now: datetime | None = None) -> datetime:
    """Read `06:00` as the next such time of the local clock, or an ISO date and time.

    Without an offset it is local. Gives it in UTC; ValueError for anything else, and for what is
    past.
    """
    now = now or datetime.now(UTC)
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        return _moment_to_come(text, now)
    # The day and the clock are joined before the offset is known: it may change overnight.
    today = now.astimezone(clock.tzinfo).date()
    moment = datetime.combine(today, clock).astimezone(UTC)
    if moment <= now:
        moment = datetime.combine(today + timedelta(days=1), clock).astimezone(UTC)
    return moment


def _moment_to_come(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a time: write 06:00 or 2026-03-01T06:00") from None
    if moment <= now:
        raise ValueError(f"{text} is past")
    return moment
