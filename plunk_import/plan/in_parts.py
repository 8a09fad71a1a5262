"""The first pass over a source whose parts are read apart, on several machines or in turn.

Each part is read twice: once to learn where its rows are numbered from, and which ids it has; then
it is judged by itself, and what was counted is joined in the order of the source. What comes out is
what one pass counts, but for the busiest of very many contacts, whose counts are lower bounds.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.plan.census.census import Census
from plunk_import.plan.first_pass import Bodies, FirstPass, beside, make_plan, with_remarks
from plunk_import.plan.part_work import (
    JudgeOrder,
    MeasureOrder,
    NameOrder,
    PartSize,
    judged,
    measured,
    named,
)
from plunk_import.read import ORDINAL, Before, Partition
from plunk_import.runtime import Progress
from plunk_import.storage import RunFiles
from plunk_import.validate import DuplicateFinder, Job

PART_BYTES = 64 << 20
"""About how much of a file is one part: some seconds of work."""

Order = TypeVar("Order")
Found = TypeVar("Found")


class Workers(Protocol):
    """Whoever does the work on parts."""

    def each(self, work: Callable[[Job, Order], Found], orders: Iterable[Order]) -> Iterator[Found]:
        """Have each order worked on, with the job opened there; results in the same order."""


class HereInTurn:
    """Does the work in this thread, one part after the other."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def each(self, work: Callable[[Job, Order], Found], orders: Iterable[Order]) -> Iterator[Found]:
        """See `Workers.each`."""
        return (work(self._job, order) for order in orders)


def make_plan_in_parts(
    job: Job,
    workers: Workers,
    *,
    progress: Progress,
    show: int = 0,
    files: RunFiles | None = None,
    check: Callable[[], None] = lambda: None,
    part_bytes: int = PART_BYTES,
) -> FirstPass:
    """Validate every row of the job and sum them up, as `make_plan` does, part by part.

    What cannot be cut is one part a file: packed files, workbooks, lists of JSON, text in a wide
    encoding, and text whose quotes do not have their place.

    Args:
        job: The source and the mapping.
        workers: They do the work.
        progress: Told how far the passes have come, in rows.
        show: How many bodies to keep in the plan, as they would be sent.
        files: Where to write the rejects, if anywhere.
        check: Called between parts; may raise to end the pass.
        part_bytes: About how much of a file is one part.

    Returns:
        The plan, and the job with its duplicates known.

    Raises:
        SourceError: The source cannot be read to its end.
        SourceChangedError: The source was written to during the pass.

    """
    parts = tuple(job.source.partitions(part_bytes))
    if job.limit is not None or len(parts) == 1:
        return make_plan(job, progress=progress, show=show, files=files, check=check)
    work = _InParts(job, workers, progress, check)
    with beside(job.source.fingerprint) as known:
        sizes = work.measure(parts)
        wanted = functools.partial(
            _judge_order, show=show, fingerprint=known() if show else "", files=files
        )
        census = work.judge([wanted(size) for size in sizes], show=show, files=files)
        known()
    job.source.unchanged()
    duplicates = [size.duplicates for size in sizes if size.duplicates is not None]
    if duplicates:
        job = dataclasses.replace(job, duplicates=pl.concat(duplicates))
    return FirstPass(with_remarks(census.plan(), job.source), job)


@dataclasses.dataclass(frozen=True, slots=True)
class _Measured:
    """A part, what comes before it, and which of its rows repeat an id."""

    part: Partition
    before: Before
    duplicates: pl.Series | None


def _judge_order(
    size: _Measured, *, show: int, fingerprint: str, files: RunFiles | None
) -> JudgeOrder:
    return JudgeOrder(
        part=size.part,
        before=size.before,
        duplicates=size.duplicates,
        show=show,
        fingerprint=fingerprint,
        writes_rejects=files is not None,
    )


class _InParts:
    """The passes over the parts of one source."""

    def __init__(
        self, job: Job, workers: Workers, progress: Progress, check: Callable[[], None]
    ) -> None:
        self._job = job
        self._workers = workers
        self._progress = progress
        self._check = check

    def measure(self, parts: Sequence[Partition]) -> list[_Measured]:
        """Learn where the rows of each part are numbered from, and which repeat an id."""
        while True:
            done: list[_Measured] = []
            try:
                self._measure(parts, done)
            except SourceError:
                failed = parts[len(done)]
                if failed.span is None:
                    raise
                # The part before may have been cut within a cell: this file is read as a whole.
                parts = tuple(_uncut(parts, failed.file))
            else:
                return done

    def _measure(self, parts: Sequence[Partition], done: list[_Measured]) -> None:
        finder = DuplicateFinder() if self._job.loaded.mapping.id else None
        orders = [MeasureOrder(part, None if finder is None else finder.seeds) for part in parts]
        before, file = Before(), 0
        with self._progress.phase("counting", None) as phase:
            for part, size in zip(parts, self._workers.each(measured, orders), strict=True):
                self._check()
                if part.file != file:
                    before, file = Before(files=before.files + before.rows), part.file
                done.append(_Measured(part, before, _repeated(finder, size, before)))
                before = dataclasses.replace(before, rows=before.rows + size.rows)
                phase.reached(before.files + before.rows)

    def judge(self, orders: Sequence[JudgeOrder], *, show: int, files: RunFiles | None) -> Census:
        """Judge every part, and join what was counted."""
        job, reached = self._job, 0
        census = Census(job.loaded.mapping, Bodies(job, job.source.fingerprint), show=show)
        with self._progress.phase("checking", None) as phase:
            for number, found in enumerate(self._workers.each(judged, orders)):
                self._check()
                census.absorb(found.census, part=number)
                for outcome in found.rejects:
                    if files is not None:
                        files.write(outcome)
                reached += found.rows
                phase.reached(reached)
        self._name(census, orders)
        return census

    def _name(self, census: Census, orders: Sequence[JudgeOrder]) -> None:
        wanted = census.unnamed()
        names = [
            NameOrder(orders[number].part, orders[number].before, tuple(hashes))
            for number, hashes in wanted.items()
        ]
        for found in self._workers.each(named, names):
            census.name(found)


def _repeated(finder: DuplicateFinder | None, size: PartSize, before: Before) -> pl.Series | None:
    if finder is None or size.identities is None:
        return None
    shift = before.files + before.rows
    return finder.add(size.identities.with_columns(pl.col(ORDINAL) + shift))


def _uncut(parts: Iterable[Partition], file: int) -> Iterator[Partition]:
    """Join the parts of one file."""
    yield from dict.fromkeys(Partition(file) if part.file == file else part for part in parts)
