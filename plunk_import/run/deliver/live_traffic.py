"""Evidence that a server's writes flow, from whatever else the project has stored meanwhile."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from plunk_import.runtime import Clock
from plunk_import.send import PlunkClient, ReadFailedError

FIRST_LOOK_SECONDS = 1.0
LONGEST_LOOK_SECONDS = 8.0
_AROUND = timedelta(hours=1)


async def writes_flow(client: PlunkClient, clock: Clock, settle_seconds: float) -> bool:
    """Wait until the project has stored an event, whoever sent it.

    Requests that a lock keeps waiting are served in order, and counts that grow show that none
    holds: what was given up longer ago than the settling time has been stored by the end of this,
    or never will be.

    Args:
        client: Reads with the secret key.
        clock: Measures the time.
        settle_seconds: How long a server may take to store what it has received. It is waited for
            before the counts are first read, and again once they have grown; in between they are
            read for as long.

    Returns:
        False where nothing was stored in that time, or the project does not answer.

    """
    try:
        await clock.sleep(settle_seconds)
        if not await _has_grown(client, clock, settle_seconds):
            return False
    except ReadFailedError:
        return False
    await clock.sleep(settle_seconds)
    return True


async def _has_grown(client: PlunkClient, clock: Clock, seconds: float) -> bool:
    around = _plunk_time(client, clock)
    before = await _counts(client, around)
    last, pause = clock.now() + seconds, FIRST_LOOK_SECONDS
    while (left := last - clock.now()) > 0:
        await clock.sleep(min(pause, left))
        now = await _counts(client, around)
        if any(count > before.get(name, 0) for name, count in now.items()):
            return True
        pause = min(2 * pause, LONGEST_LOOK_SECONDS)
    return False


async def _counts(client: PlunkClient, around: datetime) -> Mapping[str, int]:
    """Count events by name; the window is wide, as only growth tells anything."""
    counted = await client.event_counts(around - _AROUND, around + _AROUND)
    return {entry.name: entry.count for entry in counted}


def _plunk_time(client: PlunkClient, clock: Clock) -> datetime:
    span = client.server_clock.at(clock.now())
    return clock.wall() if span is None else datetime.fromtimestamp(span.latest, UTC)
