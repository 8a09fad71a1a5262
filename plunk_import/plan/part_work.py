"""What is done of one part of a source: it is measured, judged, or asked for some addresses."""

import dataclasses

import polars as pl

from plunk_import.plan.census.census import Census
from plunk_import.plan.census.contacts import hash_of
from plunk_import.plan.first_pass import Bodies, rejects_only
from plunk_import.read import ORDINAL, Before, Partition
from plunk_import.storage import BatchOutcome
from plunk_import.validate import Job, JudgedBatch


@dataclasses.dataclass(frozen=True, slots=True)
class MeasureOrder:
    """A part to be measured; with `seeds`, for its ids too."""

    part: Partition
    seeds: tuple[int, int] | None


@dataclasses.dataclass(frozen=True, slots=True)
class PartSize:
    """How many rows a part has, and their `identities`, whose ordinals begin with the part."""

    rows: int
    identities: pl.DataFrame | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JudgeOrder:
    """A part to be judged, and what must be known of the rest of the source for that."""

    part: Partition
    before: Before
    duplicates: pl.Series | None
    show: int = 0
    fingerprint: str = ""
    writes_rejects: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class PartPass:
    """What judging a part found, and the rejects as the file of them takes them."""

    census: Census
    rows: int
    rejects: tuple[BatchOutcome, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class NameOrder:
    """Contacts of a part, by hash, whose addresses are wanted."""

    part: Partition
    before: Before
    hashes: tuple[int, ...]


def measured(job: Job, order: MeasureOrder) -> PartSize:
    """Count the rows of a part, and make what tells repeated ids."""
    if order.seeds is None:
        return PartSize(job.source.rows_of(order.part))
    rows = 0
    found = []
    for size, identities in _of_part(job, order.part, Before()).identities(order.seeds):
        rows += size
        found.append(identities)
    return PartSize(rows, pl.concat(found) if found else None)


def judged(job: Job, order: JudgeOrder) -> PartPass:
    """Validate the rows of a part and sum them up."""
    job = dataclasses.replace(_of_part(job, order.part, order.before), duplicates=order.duplicates)
    bodies = Bodies(job, lambda: order.fingerprint)
    census = Census(job.loaded.mapping, bodies, show=order.show)
    rows, rejects = 0, []
    for batch in job.judged():
        census.add(batch)
        rows += batch.rows
        if order.writes_rejects:
            rejects.append(_only_rejects(batch))
    return PartPass(census, rows, tuple(rejects))


def named(job: Job, order: NameOrder) -> dict[int, str]:
    """Look up the addresses of some contacts of a part."""
    found: dict[int, str] = {}
    for batch in _of_part(job, order.part, order.before).judged():
        contacts = batch.events["email"].unique()
        hashes = hash_of(contacts)
        is_wanted = hashes.is_in(list(order.hashes))
        found |= dict(zip(hashes.filter(is_wanted), contacts.filter(is_wanted), strict=True))
        if len(found) == len(order.hashes):
            break
    return found


def _of_part(job: Job, part: Partition, before: Before) -> Job:
    return dataclasses.replace(job, part=(part, before))


def _only_rejects(batch: JudgedBatch) -> BatchOutcome:
    """Leave the other rows where they are: the rejects may travel."""
    outcome = rejects_only(batch)
    is_reject = pl.col(ORDINAL).is_in(outcome.rejects[ORDINAL].implode())
    source = outcome.source.filter(is_reject)
    return dataclasses.replace(outcome, locations=batch.locations.known(), source=source)
