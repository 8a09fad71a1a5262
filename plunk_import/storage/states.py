"""What the journal keeps of a row: its state, its claim, its outcome."""

import enum
from typing import NamedTuple


class RowState(enum.IntEnum):
    """Where a row stands. A row that the journal does not know was never about to be sent."""

    CLAIMED = 1
    DELIVERED = 2
    REJECTED = 3
    IN_DOUBT = 4
    PENDING = 5
    """Claimed earlier, known not to be stored: to be sent again."""
    SKIPPED = 6
    """Its key was delivered by an earlier run."""


FINISHED = (RowState.DELIVERED, RowState.REJECTED, RowState.IN_DOUBT, RowState.SKIPPED)
"""States of rows that are not to be sent."""


class Claim(NamedTuple):
    """A row that is about to be sent, with the key it is sent under, and what files say of it."""

    ordinal: int
    key: str
    email: str
    event: str


class Outcome(NamedTuple):
    """What became of a row. `attempts` counts this process's requests for it.

    `timestamp` is the server's own; `sent_at`, in Unix seconds, is when the last request left.
    `reason` is why the row is in doubt; the journal keeps it when the row is settled later.
    `email` and `event` are told of a row that this run never claimed.
    """

    ordinal: int
    state: RowState
    attempts: int = 0
    event_id: str | None = None
    contact_id: str | None = None
    timestamp: str | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None
    request_id: str | None = None
    reason: str | None = None
    sent_at: float | None = None
    email: str | None = None
    event: str | None = None
