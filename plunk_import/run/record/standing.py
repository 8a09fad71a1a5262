"""Where a run stands: its books and its rejects, from its journal and its plan."""

import dataclasses
from collections.abc import Mapping

from plunk_import.plan import (
    Comparison,
    GateQuestion,
    Plan,
    Rejects,
    RunNumbers,
    answered,
    compare_runs,
    unlike,
)
from plunk_import.report import Books
from plunk_import.run.record.record import RunRecord
from plunk_import.storage import RowReader, RowState, RunDirectory
from plunk_import.validate import Job


def books_of(plan: Plan, counts: Mapping[RowState, int], *, is_at_work: bool) -> Books:
    """Derive where every row stands from the plan and the journal's counts by state.

    A claim without an outcome is in flight while somebody is at work, and in doubt afterwards.
    """
    delivered = counts.get(RowState.DELIVERED, 0)
    refused = counts.get(RowState.REJECTED, 0)
    claimed = 0 if is_at_work else counts.get(RowState.CLAIMED, 0)
    in_doubt = counts.get(RowState.IN_DOUBT, 0) + claimed
    skipped = counts.get(RowState.SKIPPED, 0)
    return Books(
        read=plan.rows,
        filtered=plan.filtered,
        rejected=plan.rejected + refused,
        skipped=skipped,
        delivered=delivered,
        in_doubt=in_doubt,
        pending=plan.valid - refused - delivered - in_doubt - skipped,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """A run as its journal knows it. A row that is being sent is pending while it is at work."""

    directory: RunDirectory
    job: Job
    journal: RowReader
    record: RunRecord

    @property
    def is_at_work(self) -> bool:
        """Whether another process sends its rows at this moment."""
        return False

    def books(self) -> Books:
        """Where every row that was read stands now, derived from the outcomes."""
        return books_of(self.record.plan, self.journal.counts(), is_at_work=self.is_at_work)

    def rejects_left(self, guard: float | None) -> float | None:
        """Count how many more rejects `--max-rejects` leaves; None without it, negative if passed.

        `guard` is a number of rows or, below 1, a share of those that `where` keeps.
        """
        return None if guard is None else self._rows_of(guard) - self.books().rejected

    def accepts_rejects(self, guard: float) -> bool:
        """Whether there are no more rejects than `--accept-rejects` lets pass, read alike."""
        return self.books().rejected <= self._rows_of(guard)

    def _rows_of(self, guard: float) -> float:
        plan = self.record.plan
        return guard * (plan.rows - plan.filtered) if guard < 1 else guard

    def numbers(self) -> RunNumbers:
        """Sum up what the run's file held, for the next run of the history."""
        record = self.record
        refused = self.journal.rejects_by_code()
        return RunNumbers.of(record.plan, record.started, record.mapping_sha256, refused)

    def comparison(self) -> Comparison | None:
        """Lay the run beside the last one; None without one, or for a part of the rows."""
        record = self.record
        if record.last_run is None or record.settings.limit is not None:
            return None
        max_drop = record.settings.max_drop
        return compare_runs(record.last_run, self.numbers(), record.plan, max_drop)

    def drop(self, max_drop: float | None) -> GateQuestion | None:
        """Ask about a file that is further than this from the last run's; None without either."""
        record = self.record
        if max_drop is None or record.last_run is None or record.settings.limit is not None:
            return None
        return answered("drop", unlike(record.last_run, record.plan, max_drop))

    def rejects(self) -> dict[str, Rejects]:
        """Every reject by code: ours as the plan counted them, then Plunk's own."""
        found = dict(self.record.plan.rejects)
        for code, count in self.journal.rejects_by_code().items():
            before = found.get(code)
            total = count + (before.count if before else 0)
            examples, by_field = (before.examples, before.by_field) if before else ((), ())
            found[code] = Rejects.of(code, total, examples, by_field)
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class StandingAtWork(Standing):
    """A run that another process is at work on."""

    @property
    def is_at_work(self) -> bool:
        """See `Standing.is_at_work`."""
        return True
