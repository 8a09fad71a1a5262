"""One import: what is still to be sent, its files, and its books."""

import dataclasses
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

import polars as pl

from plunk_import.read import ORDINAL
from plunk_import.run.record.earlier_runs import EarlierRuns
from plunk_import.run.record.finished import finished_sections
from plunk_import.run.record.standing import Standing
from plunk_import.runtime import in_thread
from plunk_import.send import EarlierTry, Event
from plunk_import.storage import Journal
from plunk_import.validate import Job, JudgedBatch

MOST_EVENTS = 2_000


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
        """Iterate over the events of these rows alone; with `earlier`, to send them again.

        Raises StoppedError where the history knows the id of one that is to be sent as another's.
        """
        lists = self._lists_of(tuple(ordinals), earlier or {})
        while (events := await in_thread(next, lists, None)) is not None:
            yield events

    def _lists(self, earlier: Mapping[int, EarlierTry]) -> Iterator[list[Event]]:
        doubted = [ordinal for ordinal, tried in earlier.items() if tried.in_doubt]
        for batch in self.known_job.batches(without=self._finished_blocks(doubted)):
            finished = self.journal.finished(*batch.span)
            finished = finished.filter(~finished.is_in(doubted))
            left = batch.events.join(finished.to_frame(ORDINAL), on=ORDINAL, how="anti")
            if self.earlier_runs is not None:
                # What was pending when another run began may be stored by that one since.
                is_doubted = pl.col(ORDINAL).is_in(doubted)
                own = left.filter(is_doubted)
                self.earlier_runs.refuse_floats_for_known_ids(own)
                unknown = self.earlier_runs.leave_out(left.filter(~is_doubted), self.journal)
                left = pl.concat([unknown, own])
                del unknown, own
            lists = _events(left, earlier)
            del batch, left  # before the next batch is made
            yield from lists

    def _finished_blocks(self, doubted: Sequence[int]) -> frozenset[tuple[int, int]]:
        """Tell which blocks of rows need not be looked at: all that is to be sent is finished."""
        again = pl.Series(doubted, dtype=pl.UInt64)
        finished = (block.span for block in finished_sections(self.journal))
        return frozenset(span for span in finished if not again.is_between(*span).any())

    def _lists_of(
        self, ordinals: Sequence[int], earlier: Mapping[int, EarlierTry]
    ) -> Iterator[list[Event]]:
        wanted = pl.Series(ORDINAL, ordinals, dtype=pl.UInt64).sort()
        for batch in self.known_job.batches(holding=wanted):
            events = batch.events.join(wanted.to_frame(), on=ORDINAL, how="semi")
            if earlier and self.earlier_runs is not None:  # they are to be sent again
                self.earlier_runs.refuse_floats_for_known_ids(events)
            lists = _events(events, earlier)
            del batch, events  # before the next one is made
            yield from lists

    def outcomes(self, batch: JudgedBatch) -> pl.DataFrame:
        """Look up what the journal has of a batch's rows, as `Journal.outcomes` with `ORDINAL`."""
        numbers = batch.source[ORDINAL]
        outcomes = self.journal.outcomes(numbers.item(0), numbers.item(-1))
        return outcomes.rename({"ordinal": ORDINAL})


def _events(left: pl.DataFrame, earlier: Mapping[int, EarlierTry]) -> Iterator[list[Event]]:
    columns = left.select(ORDINAL, "email", "key", "body", "event").sort(ORDINAL)
    del left
    for part in columns.iter_slices(MOST_EVENTS):
        yield [
            Event(ordinal, contact, key, body, name, earlier.get(ordinal))
            for ordinal, contact, key, body, name in part.iter_rows()
        ]
