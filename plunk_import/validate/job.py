"""Validates files by a mapping, one batch of rows at a time."""

import dataclasses
import functools
import itertools
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import polars as pl

from plunk_import.mapping import LoadedMapping
from plunk_import.read import ORDINAL, Batch, Before, Partition, Source
from plunk_import.settings import Shard
from plunk_import.validate.batch import JudgedBatch, ValidatedBatch
from plunk_import.validate.compile import Compiled
from plunk_import.validate.compiled import NO_FINGERPRINT
from plunk_import.validate.duplicates import DuplicateFinder
from plunk_import.validate.shards import part_of

_JUDGES = 2

AnyBatch = TypeVar("AnyBatch", bound=JudgedBatch)


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """A mapping and the source it is for, compiled into one, and which rows take part.

    Attributes:
        loaded: The mapping and where it came from.
        source: The rows.
        compiled: The mapping, ready for rows of this source's columns.
        limit: Only the first so many rows of the source take part; None for all.
        shard: The part of them that this run takes; None for all.
        duplicates: Ordinals of the rows that repeat an earlier row's `id`, which are rejected;
            None where the mapping has no `id`, or nobody has looked (see `judged`).
        part: The part of the source that is read, with what comes before it; None for all of it.
        validated: What the rows of a small source were validated to, by their duplicates, so that
            it is done once.

    """

    loaded: LoadedMapping
    source: Source
    compiled: Compiled
    limit: int | None = None
    shard: Shard | None = None
    duplicates: pl.Series | None = None
    part: tuple[Partition, Before] | None = None
    validated: dict[tuple[int, ...] | None, ValidatedBatch] = dataclasses.field(
        default_factory=dict, repr=False, compare=False
    )

    def batches(
        self,
        *,
        after_ordinal: int = 0,
        holding: pl.Series | None = None,
        without: frozenset[tuple[int, int]] = frozenset(),
    ) -> Iterator[ValidatedBatch]:
        """Read and validate the rows after `after_ordinal`, one batch at a time.

        Args:
            after_ordinal: The last row that is not to be read.
            holding: Validate only batches that hold one of these rows (ordinals, ascending).
            without: Leave out batches of these spans.

        Raises:
            SourceError: The source cannot be read on.
            MappingError: An expression of the mapping cannot be evaluated for a row.

        """
        fingerprint = self.source.fingerprint()
        for batch in self._chosen(after_ordinal, holding, without):
            if batch is self.source.kept:
                validated = self._validated_once(batch, self.duplicates)
            else:
                validated = self._validated(batch, fingerprint)
            part = _with_rows(self._part(validated))
            del batch, validated  # before the next one is read
            yield from part

    def judged(
        self, finder: DuplicateFinder | None = None, *, holding: pl.Series | None = None
    ) -> Generator[JudgedBatch, None, None]:
        """Read the rows and judge them, several batches side by side.

        Bodies are written only where the rows are few: then they are kept for `batches`.

        Args:
            finder: Looks for rows that repeat an `id` meanwhile, which are then rejected; without
                it those are that are in `duplicates`.
            holding: Judge only batches that hold one of these rows (ordinals, ascending).

        Raises:
            SourceError: The source cannot be read on.
            MappingError: An expression of the mapping cannot be evaluated for a row.

        """
        batches = self._chosen(0, holding, frozenset())
        for batch in batches:
            if batch is not self.source.kept:
                every = itertools.chain([batch], batches)
                del batch  # before the next one is read
                yield from self._judged_side_by_side(every, finder)
                return
            found = self.duplicates if finder is None else self._repeated(batch, finder)
            yield from _with_rows(self._part(self._validated_once(batch, found)))

    def identities(self, seeds: tuple[int, int]) -> Iterator[tuple[int, pl.DataFrame]]:
        """Read the rows for their ids alone.

        Args:
            seeds: Those of the `DuplicateFinder` that they are for.

        Yields:
            How many rows the next batch has, good and bad, and their `identities`.

        """
        for batch in self._read(0):
            yield batch.size, self.compiled.identities(batch.frame, seeds)

    def _repeated(self, batch: Batch, finder: DuplicateFinder) -> pl.Series:
        """Find the rows of a batch that repeat an `id`."""
        return finder.add(self.compiled.identities(batch.frame, finder.seeds))

    def _judged_side_by_side(
        self, batches: Iterator[Batch], finder: DuplicateFinder | None
    ) -> Iterator[JudgedBatch]:
        judge = functools.partial(
            self.compiled.judge,
            duplicates=None if finder else self.duplicates,
            seeds=None if finder is None else finder.seeds,
        )
        waiting: deque[Future[JudgedBatch]] = deque()
        with ThreadPoolExecutor(_JUDGES, thread_name_prefix="plunk-import-judge") as judges:
            try:
                for batch in batches:
                    waiting.append(judges.submit(judge, batch))
                    del batch  # before the next one is read
                    if len(waiting) >= _JUDGES:
                        yield from self._taken(waiting.popleft().result(), finder)
                while waiting:
                    yield from self._taken(waiting.popleft().result(), finder)
            finally:
                for one in waiting:
                    one.cancel()

    def _taken(self, batch: JudgedBatch, finder: DuplicateFinder | None) -> Iterator[JudgedBatch]:
        """Take the next batch in file order, without the rows that repeat an earlier one's id."""
        if finder is not None and batch.identities is not None:
            batch = self.compiled.refuse(batch, finder.add(batch.identities))
            batch = dataclasses.replace(batch, identities=None)
        yield from _with_rows(self._part(batch))

    def _part(self, batch: AnyBatch) -> AnyBatch:
        return batch if self.shard is None else part_of(batch, self.shard)

    def bodies(
        self, batch: JudgedBatch, events: pl.DataFrame, *, fingerprint: str = NO_FINGERPRINT
    ) -> pl.Series:
        """Write the bodies of some events of a batch, in their order.

        They are as they would be sent where the source's `fingerprint` is given; without it those
        that have a marker differ in that, but not in their length.
        """
        if isinstance(batch, ValidatedBatch):
            return events.select(ORDINAL).join(batch.events, on=ORDINAL, how="left")["body"]
        is_wanted = pl.col(ORDINAL).is_in(events[ORDINAL].implode())
        rows = dataclasses.replace(batch.read, frame=batch.read.frame.filter(is_wanted))
        written = self.compiled.validate(rows, fingerprint=fingerprint).events
        return events.select(ORDINAL).join(written, on=ORDINAL, how="left")["body"]

    def _validated_once(self, batch: Batch, duplicates: pl.Series | None) -> ValidatedBatch:
        known = None if duplicates is None else tuple(duplicates)
        if known not in self.validated:
            self.validated[known] = self.compiled.validate(
                batch, fingerprint=self.source.fingerprint(), duplicates=duplicates
            )
        return self.validated[known]

    def _validated(self, batch: Batch, fingerprint: str) -> ValidatedBatch:
        return self.compiled.validate(batch, fingerprint=fingerprint, duplicates=self.duplicates)

    def _chosen(
        self, after_ordinal: int, holding: pl.Series | None, without: frozenset[tuple[int, int]]
    ) -> Iterator[Batch]:
        """Read no further than to the last batch that is asked for."""
        if holding is not None:
            yield from self._holding(holding)
            return
        for first, last in sorted(without):
            after_ordinal = last if first == after_ordinal + 1 else after_ordinal
        for batch in self._read(after_ordinal):
            if batch.span not in without:
                yield batch
            del batch  # before the next one is read

    def _holding(self, ordinals: pl.Series) -> Iterator[Batch]:
        if ordinals.is_empty():
            return
        for batch in self._read(ordinals[0] - 1):
            if ordinals.is_between(*batch.span).any():
                yield batch
            if batch.span[1] >= ordinals[-1]:
                return

    def _read(self, after_ordinal: int) -> Iterator[Batch]:
        source = self.source
        batches = source.batches_of(*self.part) if self.part else None
        for batch in batches or source.batches(after_ordinal=after_ordinal):
            part = batch if self.limit is None else _up_to(batch, self.limit)
            if part.size == 0:
                return
            yield part
            del batch, part  # before the next one is read


def _with_rows(batch: AnyBatch) -> Iterator[AnyBatch]:
    """Leave out what nothing of a batch is left of in a shard."""
    if batch.rows:
        yield batch


def _up_to(batch: Batch, limit: int) -> Batch:
    within = pl.col(ORDINAL) <= limit
    return dataclasses.replace(
        batch, frame=batch.frame.filter(within), bad=batch.bad.filter(within)
    )
