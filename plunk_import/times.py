"""Takes times as people write them on a command line; gives seconds and moments."""

import re
from datetime import UTC, datetime, time, timedelta

_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)")


def seconds_of(text: str) -> float:
    """Take `90s`, `10m`, `5h`, `1h30m`, `90d` or a plain number of seconds; ValueError else."""
    compact = text.strip().lower()
    parts = _PART.findall(compact)
    if parts and _PART.sub("", compact).strip() == "":
        return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
    try:
        seconds = float(compact)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{text!r} is no time: say 90s, 10m, 5h or 1h30m")
    return seconds


def next_moment(text: str, now: datetime | None = None) -> datetime:
    """Take `06:00` as the next such time of the local clock, or an ISO date and time.

    A date and time without an offset is local. Gives it in UTC; ValueError for anything else, and
    for what is past.
    """
    now = now or datetime.now(UTC)
    here = now.astimezone()
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        clock = None
    if clock is not None:
        moment = here.replace(
            hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0
        )
        moment += timedelta(days=moment <= here)
    else:
        try:
            moment = datetime.fromisoformat(text).astimezone()
        except ValueError:
            raise ValueError(f"{text!r} is no time: say 06:00 or 2026-03-01T06:00") from None
        if moment <= here:
            raise ValueError(f"{text} is past")
    return moment.astimezone(UTC)
