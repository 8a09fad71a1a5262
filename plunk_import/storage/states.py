"""The states of a row in the journal."""

import enum


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
