"""What became of a run's rows before: which are left to send, and what the sent ones say."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping

import polars as pl

from plunk_import.plan import OwnWords, subscribed_in
from plunk_import.read import ORDINAL
from plunk_import.run.record import Run
from plunk_import.send import StoredEvent
from plunk_import.storage import RowState
from plunk_import.validate import ValidatedBatch

_DONE = (RowState.DELIVERED, RowState.REJECTED, RowState.SKIPPED)
_SENT = (RowState.DELIVERED, RowState.IN_DOUBT)


@dataclasses.dataclass(frozen=True, slots=True)
class SentBefore:
    """The rows of a run that is about to go on; of a new one, those that its history knows."""

    run: Run

    def left(self, batch: ValidatedBatch) -> pl.DataFrame:
        """Keep of a batch's events those that may be sent; one in doubt may be sent again."""
        done = self.run.outcomes(batch).filter(pl.col("state").is_in(_DONE))
        left = batch.events.join(done, on=ORDINAL, how="anti")
        earlier = self.run.earlier_runs
        return left if earlier is None else left.filter(~earlier.knows(left["key"]))

    def words(self, addresses: Collection[str]) -> Mapping[str, OwnWords]:
        """Read the rows once more for what they say of these contacts."""
        subscribing: Counter[str] = Counter()
        unsubscribing: defaultdict[str, set[str]] = defaultdict(set)
        for address, subscribes, event_id, key in self._said(tuple(addresses)):
            if subscribes:
                subscribing[address] += 1
            else:
                unsubscribing[address] |= {key, event_id or key}
        return {
            address: OwnWords(subscribing[address], frozenset(unsubscribing[address]))
            for address in addresses
        }

    def _said(self, addresses: tuple[str, ...]) -> Iterator[tuple[str, bool, str | None, str]]:
        said = subscribed_in(pl.col("body"))
        for batch in self.run.known_job.batches():
            sent = self.run.outcomes(batch).filter(pl.col("state").is_in(_SENT))
            events = batch.events.filter(pl.col("email").is_in(addresses), said.is_not_null())
            rows = events.join(sent.select(ORDINAL, "event_id"), on=ORDINAL)
            yield from rows.select("email", said, "event_id", "key").iter_rows()

    def marks(self, stored: StoredEvent) -> frozenset[str]:
        """Tell the event's id, and the key in its marker."""
        marker = self.run.job.loaded.mapping.marker
        data = stored.data if isinstance(stored.data, dict) else {}
        marked = data.get(marker) if marker is not None else None
        key = marked.get("value") if isinstance(marked, dict) else None
        return frozenset({stored.id, *([key] if isinstance(key, str) else [])})
