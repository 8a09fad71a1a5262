"""Reads times as people write them, as seconds and moments."""

import re
from datetime import UTC, datetime, time, timedelta

UNIT_SECONDS = {
    "ms": 0.001,
    **dict.fromkeys(("s", "sec", "second"), 1),
    **dict.fromkeys(("m", "min", "minute"), 60),
    **dict.fromkeys(("h", "hour"), 3_600),
    "d": 86_400,
}
"""Every unit of time that people may write, wherever they write one."""

_LONGEST_SECONDS = 36_500 * 86_400
_NUMBER = re.compile(r"\d+(\.\d+)?(e\+?\d+)?")
_UNITS = "|".join(sorted(UNIT_SECONDS, key=len, reverse=True))
_PART = re.compile(rf"(\d+(?:\.\d+)?)\s*({_UNITS})")


def seconds_of(text: str) -> float:
    """Read `90s`, `10m`, `5h`, `1h30m`, `90d` or a plain number of seconds.

    Raises:
        ValueError: It is anything else, or more than 100 years.

    """
    compact = text.strip().lower()
    parts = _PART.findall(compact)
    if parts and _PART.sub("", compact).strip() == "":
        seconds = sum(float(number) * UNIT_SECONDS[unit] for number, unit in parts)
    elif _NUMBER.fullmatch(compact):
        seconds = float(compact)
    else:
        raise ValueError(f"{text!r} is not a duration: write 90s, 10m, 5h or 1h30m")
    if seconds > _LONGEST_SECONDS:
        raise ValueError("that is longer than 100 years")
    return seconds


def next_moment(text: str, now: datetime | None = None) -> datetime:
    """Read `06:00` as the next such time of the local clock, or an ISO date and time.

    Args:
        text: The time; without an offset it is local.
        now: What it is to come after; the present by default.

    Returns:
        The moment, in UTC.

    Raises:
        ValueError: It is anything else, or past.

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
