"""The files of a run, brought up to what its journal holds."""

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read import ORDINAL, ROW, FileStart
from plunk_import.run.record.order import OrderWatch
from plunk_import.storage import (
    INTERRUPTED,
    BatchOutcome,
    Journal,
    KeptFiles,
    KeptResults,
    ResultsFile,
    RowState,
    RunFiles,
    SectionsDifferError,
    paths_of_rejects,
    run_files,
)
from plunk_import.validate import JudgedBatch

if TYPE_CHECKING:
    from plunk_import.run.record.run import Run

MOST_CONTACTS = 100


def write_files(run: "Run", *, anew: bool = False) -> tuple[str, ...]:
    """Write results, rejects and rows in doubt, so that they hold what the journal does.

    What is there and still true is taken over. Of the source only blocks are read that hold a row
    in doubt, or one that Plunk refused since the files were written last. Other blocks are read
    where the rejects are gone, or were changed by somebody, or an older plunk-import sent rows.

    Args:
        run: Whose; its outcomes are on the disk.
        anew: Take nothing over.

    Returns:
        The first contacts whose events Plunk may have in another order than the file's, because a
        row of theirs was in doubt while later ones went.

    """
    kept = None if anew or run.journal.has_unnamed() else _still_there(run)
    try:
        _write(run, kept)
    except SectionsDifferError:
        _write(run, None)
    return _reordered(run.journal)


def _reordered(journal: Journal) -> tuple[str, ...]:
    order = OrderWatch()
    for rows in journal.sent_to_doubted():
        order.look(rows.select(ORDINAL, "email"), rows)
    return order.contacts()[:MOST_CONTACTS]


def _still_there(run: "Run") -> KeptFiles | None:
    """Recall what the files were when they were written last, if they still are."""
    kept = KeptFiles.of(run.journal)
    paths = paths_of_rejects(run.directory, run.job.source)
    return kept if kept is not None and kept.rejects.are_at(paths) else None


def _write(run: "Run", kept: KeptFiles | None) -> None:
    run.job.source.unchanged()  # what was sent and what stands in the source are told together
    journal = run.journal
    order, _ = journal.orders()
    refused = None if kept is None else journal.refused_since(kept.order)
    has_new = refused is None or not refused.is_empty()
    wanted = None if refused is None else pl.concat([refused, journal.unsettled()]).unique().sort()
    with run_files(
        run.directory,
        run.job.source,
        rejects=has_new,
        before=None if kept is None else kept.rejects,
        doubts=True,
    ) as files:
        _write_rows(run, files, wanted)
        rejects = files.complete() or (None if kept is None else kept.rejects)
        starts = files.starts if kept is None else kept.starts
        results = _write_results(run, starts, kept)
    if rejects is not None:
        found = KeptFiles(order=order, starts=starts, rejects=rejects, results=results)
        journal.note_all(found.noted())


def _write_rows(run: "Run", files: RunFiles, wanted: pl.Series | None) -> None:
    names_rows = run.journal.has_unnamed()
    with contextlib.closing(run.known_job.judged(holding=wanted)) as batches:
        for batch in batches:
            if names_rows:
                run.journal.name_rows(batch.events)
            files.write(_outcome(batch, run.outcomes(batch)))
            del batch  # before the next batch is made


def _write_results(run: "Run", starts: Sequence[FileStart], kept: KeptFiles | None) -> KeptResults:
    """Write the results; where nobody else did, from the first row that ended since."""
    before = None if kept is None else kept.results
    if before is not None and not before.stamp.is_of(run.directory.results):
        before = None
    changed_from = None if kept is None else run.journal.first_ended_since(kept.order)
    file = ResultsFile(run.journal, starts, name_files=len(run.job.source.files) > 1)
    return file.write(run.directory, before, changed_from=changed_from)


def _outcome(batch: JudgedBatch, outcomes: pl.DataFrame) -> BatchOutcome:
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
        span=batch.span,
        events=batch.events.height,
    )
