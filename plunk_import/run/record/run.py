"""One import: what is still to be sent, its files, and its books."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

import polars as pl

from plunk_import.read import ORDINAL, ROW
from plunk_import.run.record.earlier_runs import EarlierRuns
from plunk_import.run.record.order import OrderWatch
from plunk_import.run.record.standing import Standing
from plunk_import.runtime import in_thread
from plunk_import.send import EarlierTry, Event
from plunk_import.storage import INTERRUPTED, BatchOutcome, Journal, RowState, RunFiles, run_files
from plunk_import.validate import Job, JudgedBatch

MOST_EVENTS = 2_000
MOST_CONTACTS = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Run(Standing):
    """One import: the job, its plan, and the journal that knows how far it has come."""

    journal: Journal
    earlier_runs: EarlierRuns | None = None

    @property
    def known_job(self) -> Job:
        """The job with the rows that take part, and the duplicates that the first pass found."""
        settings, duplicates = self.record.settings, self.journal.duplicates()
        return dataclasses.replace(
            self.job, limit=settings.limit, shard=settings.shard, duplicates=duplicates
        )

    @property
    def is_whole(self) -> bool:
        """Whether every row of the file took part and came to its end, and any could be sent."""
        is_part = self.record.settings.limit is not None
        return bool(self.record.plan.valid) and not is_part and not self.books().pending

    async def events(self, *, earlier: Mapping[int, EarlierTry]) -> AsyncIterator[list[Event]]:
        """Iterate over what is still to be sent, in file order, a few thousand events at a time.

        `earlier` tells of rows that were sent before; those among them that are in doubt are taken
        along, to be settled.
        """
        lists = self._lists(earlier)
        while (events := await in_thread(next, lists, None)) is not None:
            yield events

    async def events_of(
        self, ordinals: Iterable[int], *, earlier: Mapping[int, EarlierTry] | None = None
    ) -> AsyncIterator[list[Event]]:
        """Iterate over the events of these rows alone."""
        lists = self._lists_of(tuple(ordinals), earlier or {})
        while (events := await in_thread(next, lists, None)) is not None:
            yield events

    def _lists(self, earlier: Mapping[int, EarlierTry]) -> Iterator[list[Event]]:
        finished = self.journal.finished()
        finished = finished.filter(~finished.is_in(list(earlier)))
        for batch in self.known_job.batches(after_ordinal=_prefix(finished)):
            left = batch.events.join(finished.to_frame(ORDINAL), on=ORDINAL, how="anti")
            if self.earlier_runs is not None:
                # What was pending when another run began may be stored by that one since.
                doubted = [ordinal for ordinal, tried in earlier.items() if tried.in_doubt]
                is_doubted = pl.col(ORDINAL).is_in(doubted)
                unknown = self.earlier_runs.leave_out(left.filter(~is_doubted), self.journal)
                left = pl.concat([unknown, left.filter(is_doubted)])
            yield from _events(left, earlier)

    def _lists_of(
        self, ordinals: Sequence[int], earlier: Mapping[int, EarlierTry]
    ) -> Iterator[list[Event]]:
        if not ordinals:
            return
        wanted = pl.DataFrame({ORDINAL: ordinals}, schema={ORDINAL: pl.UInt64})
        for batch in self.known_job.batches(after_ordinal=min(ordinals) - 1):
            yield from _events(batch.events.join(wanted, on=ORDINAL, how="semi"), earlier)

    def write_files(self) -> tuple[str, ...]:
        """Write results, rejects and rows in doubt anew, from the journal and the source.

        Gives the first contacts whose events Plunk may have in another order than the file's,
        because a row of theirs was in doubt while later ones went.
        """
        order = OrderWatch()
        with self._files() as files, contextlib.closing(self.known_job.judged()) as batches:
            for batch in batches:
                outcomes = self.outcomes(batch)
                files.write(_batch_outcome(batch, outcomes))
                order.look(batch.events, outcomes)
                del batch, outcomes  # before the next batch is made
        return order.contacts()[:MOST_CONTACTS]

    def _files(self) -> contextlib.AbstractContextManager[RunFiles]:
        return run_files(self.directory, self.job.source, sent=True)

    def outcomes(self, batch: JudgedBatch) -> pl.DataFrame:
        """Look up what the journal has of a batch's rows, as `Journal.outcomes` with `ORDINAL`."""
        numbers = batch.source[ORDINAL]
        outcomes = self.journal.outcomes(numbers.item(0), numbers.item(-1))
        return outcomes.rename({"ordinal": ORDINAL})


def _batch_outcome(batch: JudgedBatch, outcomes: pl.DataFrame) -> BatchOutcome:
    refused = outcomes.filter(state=RowState.REJECTED).select(
        ORDINAL, _code="code", _field="field", _message="message", _stage=pl.lit("api")
    )
    ours = batch.reject_lines.with_columns(_stage=pl.lit("validate")).drop(ROW)
    # A claim without an outcome: the run was stopped at once.
    open_claims = outcomes.filter(state=RowState.CLAIMED).with_columns(reason=pl.lit(INTERRUPTED))
    doubts = pl.concat([outcomes.filter(state=RowState.IN_DOUBT), open_claims])
    return BatchOutcome(
        locations=batch.locations,
        source=batch.source,
        rejects=pl.concat([ours, refused.select(ours.columns)]),
        doubts=doubts.select(ORDINAL, _reason="reason", _request_id="request_id"),
        results=outcomes.filter(state=RowState.DELIVERED).join(
            batch.events.select(ORDINAL, "email", "event"), on=ORDINAL
        ),
    )


def _prefix(ordinals: pl.Series) -> int:
    """Find the greatest N such that 1 to N are all among these sorted ordinals."""
    numbers = pl.int_range(1, len(ordinals) + 1, dtype=pl.UInt64, eager=True)
    return int((ordinals == numbers).sum())


def _events(left: pl.DataFrame, earlier: Mapping[int, EarlierTry]) -> Iterator[list[Event]]:
    columns = left.sort(ORDINAL).select(ORDINAL, "email", "key", "body")
    for part in columns.iter_slices(MOST_EVENTS):
        yield [
            Event(ordinal, contact, key, body, earlier.get(ordinal))
            for ordinal, contact, key, body in part.iter_rows()
        ]
