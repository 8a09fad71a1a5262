"""How long sending a plan would take at a pace, and the warnings that follow.

Pure: when sending would begin is passed in.
"""

from datetime import datetime, timedelta

from plunk_import.plan.model import Estimate, Warnings
from plunk_import.plan.plan import Plan
from plunk_import.plan.warnings import WarningCode
from plunk_import.plunk import HOSTED_KEY_LIFETIME_SECONDS

REPLY_SECONDS = 0.075
"""What a real server takes for one event at its best pace (measured: median of 75 ms)."""

SERVER_PER_SECOND = 100.0
"""What one real server process answers (measured: 95 to 130), where no pace is set."""

WORTH_SAYING_SECONDS = 60.0
"""Below this nobody minds that one contact, not the pace, bounds the time."""


def duration(plan: Plan, rate_per_second: float | None, started: datetime) -> Estimate:
    """Estimate the time for every valid row, from `started` on.

    `rate_per_second` is None where no pace is set. Rows of one contact go one at a time, so the
    busiest contact may bound the time.
    """
    pace = rate_per_second or SERVER_PER_SECOND
    by_pace = plan.valid / pace
    rows_of_one = plan.busiest[0].count if plan.busiest else 0
    by_contact = rows_of_one * REPLY_SECONDS
    seconds = max(by_pace, by_contact)
    until_last = datetime.max.replace(tzinfo=started.tzinfo) - started
    length = timedelta(seconds=min(seconds, until_last.total_seconds() - 1))
    return Estimate(
        per_second=plan.valid / seconds if seconds else pace,
        duration_seconds=seconds,
        ends=started + length,
        outlives_keys=seconds > HOSTED_KEY_LIFETIME_SECONDS,
        bound_by=_contact_in_words(rows_of_one)
        if by_contact > max(by_pace, WORTH_SAYING_SECONDS)
        else None,
    )


def warnings_of(estimate: Estimate) -> dict[str, Warnings]:
    """Look for what deserves a warning in an estimate."""
    found = {
        WarningCode.OUTLIVES_KEYS: estimate.outlives_keys,
        WarningCode.ONE_CONTACT_BOUNDS: estimate.bound_by,
    }
    return {code.value: code.found() for code, applies in found.items() if applies}


def _contact_in_words(rows: int) -> str:
    milliseconds = round(REPLY_SECONDS * 1000)
    return f"one contact's {rows:,} rows, which go one at a time, about {milliseconds} ms each"
