"""Takes a job and its journal; gives what is still to be sent, the files, and the books."""

import dataclasses
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any

import anyio.to_thread
import polars as pl
from pydantic import BaseModel

from plunk_import.job import Job, Judged
from plunk_import.journal import Journal, RowState
from plunk_import.lanes import Event
from plunk_import.outputs import Chapter, run_files
from plunk_import.plan import Plan, explained
from plunk_import.report import FROZEN, Books, Rejects
from plunk_import.rundir import RunDirectory
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Delivery

CHUNK_ROWS = 2_000


class RunRecord(BaseModel):
    """What a run was begun with, kept in its journal so that it can go on as it was."""

    model_config = FROZEN

    sources: tuple[str, ...]
    mapping_path: str
    mapping: Mapping[str, Any]
    mapping_sha256: str
    fingerprint: str
    started: datetime
    base_url: str
    sandbox: SandboxSettings | None
    delivery: Delivery
    plan: Plan


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One import: the job, its plan, and the journal that knows how far it has come."""

    directory: RunDirectory
    job: Job
    journal: Journal
    record: RunRecord

    @property
    def limit(self) -> int | None:
        """How many rows of the source take part; None for all."""
        return self.record.delivery.limit

    async def events(self) -> AsyncIterator[list[Event]]:
        """Give what is still to be sent, in file order, a chunk at a time."""
        chunks = self._chunks()
        while (chunk := await anyio.to_thread.run_sync(next, chunks, None)) is not None:
            yield chunk

    def _chunks(self) -> Iterator[list[Event]]:
        finished = self.journal.finished()
        prefix = self.journal.finished_prefix()
        for judged in self._judged(after_ordinal=prefix):
            left = judged.events.join(finished.to_frame("_ordinal"), on="_ordinal", how="anti")
            columns = left.sort("_ordinal").select("_ordinal", "email", "key", "body")
            for part in columns.iter_slices(CHUNK_ROWS):
                yield [Event(*row) for row in part.iter_rows()]

    def _judged(self, *, after_ordinal: int = 0) -> Iterator[Judged]:
        return self.job.judged(
            duplicates=self.journal.duplicates(), after_ordinal=after_ordinal, limit=self.limit
        )

    def write_files(self) -> None:
        """Write results, rejects and rows in doubt anew, from the journal and the source."""
        name_files = len(self.job.source.files) > 1
        with run_files(self.directory, name_files=name_files, sent=True) as files:
            for judged in self._judged():
                files.write(self._chapter(judged))

    def _chapter(self, judged: Judged) -> Chapter:
        source = judged.source
        numbers = source["_ordinal"]
        outcomes = self.journal.outcomes(numbers.item(0), numbers.item(-1)).rename(
            {"ordinal": "_ordinal"}
        )
        refused = outcomes.filter(state=RowState.REJECTED).select(
            "_ordinal", _code="code", _field="field", _message="message", _stage=pl.lit("api")
        )
        ours = judged.rejects.with_columns(_stage=pl.lit("validate")).drop("_row")
        doubts = outcomes.filter(pl.col("state").is_in([RowState.IN_DOUBT, RowState.CLAIMED]))
        return Chapter(
            file=judged.batch.file,
            source=source,
            rejects=pl.concat([ours, refused.select(ours.columns)]),
            doubts=doubts.select("_ordinal", _reason="reason", _request_id="request_id"),
            results=outcomes.filter(state=RowState.DELIVERED).join(
                judged.events.select("_ordinal", "email", "event"), on="_ordinal"
            ),
        )

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

    def rejects(self) -> dict[str, Rejects]:
        """Every reject by code: ours as the plan counted them, then Plunk's own."""
        found = dict(self.record.plan.rejects)
        for code, count in self.journal.rejects_by_code().items():
            before = found.get(code)
            total = count + (before.count if before else 0)
            found[code] = explained(code, total, before.examples if before else ())
        return found
