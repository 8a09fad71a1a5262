"""Takes a job and its journal; gives what is still to be sent, the files, and the books."""

import dataclasses
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import polars as pl
from pydantic import BaseModel

from plunk_import.job import Job, Judged
from plunk_import.journal import INTERRUPTED, Entry, Journal, RowState
from plunk_import.lanes import Event
from plunk_import.mapping import LoadedMapping, load_mapping, mapping_from
from plunk_import.order import OrderWatch
from plunk_import.outputs import Chapter, run_files
from plunk_import.past import Past
from plunk_import.plan import Plan, explained
from plunk_import.report import FROZEN, Books, Rejects
from plunk_import.rundir import RunDirectory
from plunk_import.running import in_thread
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Delivery

CHUNK_ROWS = 2_000
MOST_CONTACTS = 100
CONSENTED = "consented"
"""The journal's note that this run was agreed to."""


class RunRecord(BaseModel):
    """What a run was begun with, kept in its journal so that it can go on as it was."""

    model_config = FROZEN

    sources: tuple[str, ...]
    mapping_path: str
    mapping: Mapping[str, Any]
    mapping_sha256: str
    fingerprint: str
    started: datetime
    server: str
    scope: str
    sandbox: SandboxSettings | None
    delivery: Delivery
    history: Path | None
    plan: Plan

    @classmethod
    def of(cls, journal: Journal) -> Self:
        """Read it from a journal."""
        return cls.model_validate(journal.meta()["run"])

    def loaded_mapping(self) -> LoadedMapping:
        """Give the mapping: from its file where that is still there, else as it was kept."""
        if Path(self.mapping_path).is_file():
            return load_mapping(self.mapping_path)
        return mapping_from(dict(self.mapping))


@dataclasses.dataclass(frozen=True, slots=True)
class Destination:
    """Where a run's events go: `server` as the report names it, `scope` names the project."""

    server: str
    scope: str
    sandbox: SandboxSettings | None


def redirected(record: RunRecord, journal: Journal, to: Destination) -> RunRecord:
    """Give the record with another destination, as long as nothing of the run reached the first.

    So a run that stopped at a wrong key or address goes on once that is mended.
    """
    if to.scope == record.scope or set(journal.counts()) - {RowState.PENDING}:
        return record
    record = record.model_copy(
        update={"server": to.server, "scope": to.scope, "sandbox": to.sandbox}
    )
    journal.note("run", record.model_dump(mode="json"))
    journal.note(CONSENTED, value=False)
    return record


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One import: the job, its plan, and the journal that knows how far it has come."""

    directory: RunDirectory
    job: Job
    journal: Journal
    record: RunRecord
    past: Past | None = None

    @property
    def limit(self) -> int | None:
        """How many rows of the source take part; None for all."""
        return self.record.delivery.limit

    async def events(self, *, asked_again: Mapping[int, Entry]) -> AsyncIterator[list[Event]]:
        """Give what is still to be sent, in file order, a chunk at a time.

        `asked_again`: rows in doubt that go again under the key of their last request, which
        settles them at a server that takes keys.
        """
        chunks = self._chunks(asked_again)
        while (chunk := await in_thread(next, chunks, None)) is not None:
            yield chunk

    async def events_of(self, entries: Mapping[int, Entry]) -> AsyncIterator[list[Event]]:
        """Give the events of these rows alone, under the key of their last request."""
        chunks = self._chunks_of(entries)
        while (chunk := await in_thread(next, chunks, None)) is not None:
            yield chunk

    def _chunks(self, asked_again: Mapping[int, Entry]) -> Iterator[list[Event]]:
        finished = self.journal.finished()
        finished = finished.filter(~finished.is_in(list(asked_again)))
        for judged in self._judged(after_ordinal=_prefix(finished)):
            left = judged.events.join(finished.to_frame("_ordinal"), on="_ordinal", how="anti")
            if self.past is not None:
                again = pl.col("_ordinal").is_in(list(asked_again))
                unknown = self.past.leave_out(left.filter(~again), self.journal)
                left = pl.concat([unknown, left.filter(again)])
            yield from _events(left, asked_again)

    def _chunks_of(self, entries: Mapping[int, Entry]) -> Iterator[list[Event]]:
        if not entries:
            return
        wanted = pl.DataFrame({"_ordinal": list(entries)}, schema={"_ordinal": pl.UInt64})
        for judged in self._judged(after_ordinal=min(entries) - 1):
            yield from _events(judged.events.join(wanted, on="_ordinal", how="semi"), entries)

    def _judged(self, *, after_ordinal: int = 0) -> Iterator[Judged]:
        return self.job.judged(
            duplicates=self.journal.duplicates(), after_ordinal=after_ordinal, limit=self.limit
        )

    def write_files(self) -> tuple[str, ...]:
        """Write results, rejects and rows in doubt anew, from the journal and the source.

        Gives the first contacts whose events Plunk may have in another order than the file's,
        because a row of theirs was in doubt while later ones went.
        """
        order = OrderWatch()
        with run_files(self.directory, self.job.source, sent=True) as files:
            for judged in self._judged():
                outcomes = self._outcomes(judged)
                files.write(_chapter(judged, outcomes))
                order.look(judged.events, outcomes)
                del judged, outcomes  # before the next batch is made
        return order.contacts()[:MOST_CONTACTS]

    def _outcomes(self, judged: Judged) -> pl.DataFrame:
        numbers = judged.source["_ordinal"]
        outcomes = self.journal.outcomes(numbers.item(0), numbers.item(-1))
        return outcomes.rename({"ordinal": "_ordinal"})

    def books(self) -> Books:
        """Where every row that was read stands now, derived from the outcomes."""
        plan, counts = self.record.plan, self.journal.counts()
        delivered = counts.get(RowState.DELIVERED, 0)
        refused = counts.get(RowState.REJECTED, 0)
        in_doubt = counts.get(RowState.IN_DOUBT, 0) + counts.get(RowState.CLAIMED, 0)
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

    def rejects_left(self, guard: float | None) -> float | None:
        """Give how many more rejects `--max-rejects` leaves; None without it, negative if passed.

        `guard` is a number of rows or, below 1, a share of those that `where` keeps.
        """
        if guard is None:
            return None
        plan = self.record.plan
        allowed = guard * (plan.rows - plan.filtered) if guard < 1 else guard
        return allowed - self.books().rejected

    def rejects(self) -> dict[str, Rejects]:
        """Every reject by code: ours as the plan counted them, then Plunk's own."""
        found = dict(self.record.plan.rejects)
        for code, count in self.journal.rejects_by_code().items():
            before = found.get(code)
            total = count + (before.count if before else 0)
            found[code] = explained(code, total, before.examples if before else ())
        return found


def _chapter(judged: Judged, outcomes: pl.DataFrame) -> Chapter:
    refused = outcomes.filter(state=RowState.REJECTED).select(
        "_ordinal", _code="code", _field="field", _message="message", _stage=pl.lit("api")
    )
    ours = judged.rejects.with_columns(_stage=pl.lit("validate")).drop("_row")
    # A claim without an outcome: the run was stopped at once.
    open_claims = outcomes.filter(state=RowState.CLAIMED).with_columns(reason=pl.lit(INTERRUPTED))
    doubts = pl.concat([outcomes.filter(state=RowState.IN_DOUBT), open_claims])
    return Chapter(
        file=judged.batch.file,
        source=judged.source,
        rejects=pl.concat([ours, refused.select(ours.columns)]),
        doubts=doubts.select("_ordinal", _reason="reason", _request_id="request_id"),
        results=outcomes.filter(state=RowState.DELIVERED).join(
            judged.events.select("_ordinal", "email", "event"), on="_ordinal"
        ),
    )


def _prefix(ordinals: pl.Series) -> int:
    """Give the greatest N such that 1 to N are all among these sorted ordinals."""
    numbers = pl.int_range(1, len(ordinals) + 1, dtype=pl.UInt64, eager=True)
    return int((ordinals == numbers).sum())


def _events(left: pl.DataFrame, entries: Mapping[int, Entry]) -> Iterator[list[Event]]:
    columns = left.sort("_ordinal").select("_ordinal", "email", "key", "body")
    for part in columns.iter_slices(CHUNK_ROWS):
        yield [
            _event(Event(ordinal, contact, key, body, key), entries.get(ordinal))
            for ordinal, contact, key, body in part.iter_rows()
        ]


def _event(event: Event, entry: Entry | None) -> Event:
    """Give the event as it was sent before, if it was."""
    if entry is None:
        return event
    maybe_stored = entry.state is RowState.IN_DOUBT
    return dataclasses.replace(event, sent_key=entry.key or event.key, maybe_stored=maybe_stored)
