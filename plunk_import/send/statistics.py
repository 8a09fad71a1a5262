"""What only the sender sees of a run, for the progress line and the report."""

import dataclasses

from plunk_import.storage import RowState


@dataclasses.dataclass(slots=True)
class SendStatistics:
    """What only the sender of this process knows: requests, 429s and pauses, as Unix seconds."""

    requests: int = 0
    rate_limited: list[float] = dataclasses.field(default_factory=list)
    pauses: list[tuple[float, float, str]] = dataclasses.field(default_factory=list)
    allowed_per_second: float | None = None

    def pause(self, began: float, ended: float, reason: str) -> None:
        """Note a time in which nothing was sent; one that overlaps the last is part of it."""
        if self.pauses and began <= self.pauses[-1][1]:
            first, last, why = self.pauses[-1]
            self.pauses[-1] = (first, max(last, ended), why)
        else:
            self.pauses.append((began, ended, reason))


@dataclasses.dataclass(slots=True)
class Tally:
    """What happened so far in this process, for the progress line; the truth is in the journal."""

    delivered: int = 0
    rejected: int = 0
    in_doubt: int = 0
    skipped: int = 0

    def add(self, state: RowState) -> None:
        """Count a row that ended, by the state it ended in."""
        match state:
            case RowState.DELIVERED:
                self.delivered += 1
            case RowState.SKIPPED:
                self.skipped += 1
            case _:
                self.rejected += 1

    @property
    def settled(self) -> int:
        """Rows that ended."""
        return self.delivered + self.rejected + self.in_doubt + self.skipped
