"""Begins a run: validates every row, then opens the journal."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from plunk_import.errors import (
    ExitCode,
    OutputError,
    PlunkImportError,
    RunDirectoryError,
    SettingsError,
)
from plunk_import.plan import FirstPass, Plan, RunNumbers, make_plan
from plunk_import.run.options import RunOptions
from plunk_import.run.record import EarlierRuns, RunRecord, claim_shard, noted_marks
from plunk_import.settings import Shard
from plunk_import.storage import NEW_RUN_WARNING, History, Journal, RunDirectory, run_files
from plunk_import.validate import Job


def begin(job: Job, place: RunDirectory, options: RunOptions) -> None:
    """Validate every row, then begin the journal: from here on the directory holds a run."""
    started = options.runtime.clock.wall()
    last_run = _last_run(job, place, options, started)
    with stopping_once_begun(place), _first_pass(job, place, options) as (found, files):
        record = _record(job, options, found.plan, started, last_run)
        meta = {"run": record.model_dump(mode="json"), **files, **noted_marks(job.source)}
        duplicates, clock = found.job.duplicates, options.runtime.clock
        Journal.create(place.journal, meta, duplicates=duplicates, clock=clock).close()
        _claim(record, place)


@contextlib.contextmanager
def stopping_once_begun(place: RunDirectory) -> Iterator[None]:
    """Let the exit code say that a run was stopped by what cannot be written, once it has begun.

    From when its journal stands it can be resumed, and rows may have been sent.
    """
    try:
        yield
    except OutputError as error:
        if place.holds_run:
            error.exit_code = ExitCode.STOPPED
        raise


def _record(
    job: Job,
    options: RunOptions,
    plan: Plan,
    started: datetime,
    last_run: RunNumbers | None,
) -> RunRecord:
    return RunRecord(
        sources=job.source.places,
        mapping_path=str(Path(job.loaded.path).resolve()),
        mapping=job.loaded.mapping.model_dump(mode="json", by_alias=True, exclude_unset=True),
        mapping_sha256=job.loaded.sha256,
        fingerprint=job.source.fingerprint(),
        started=started,
        server=options.destination.server,
        scope=options.destination.scope,
        sandbox=options.sandbox,
        settings=options.settings,
        history=options.history,
        plan=plan,
        last_run=last_run,
    )


def _claim(record: RunRecord, place: RunDirectory) -> None:
    """Take the run's shard. Where it is another's, nothing is left here that could be resumed.

    The journal comes first: who is killed between the two can go on, and is known by it.
    """
    try:
        claim_shard(record, place.path)
    except PlunkImportError:
        place.remove_journal()
        raise


def _last_run(
    job: Job, place: RunDirectory, options: RunOptions, now: datetime
) -> RunNumbers | None:
    """Find out before a long first pass whether the history can serve, and what it recalls."""
    with history_of(options) as earlier_runs:
        if earlier_runs is None:
            return None
        earlier_runs.catch_up(place.path)
        return earlier_runs.last_run(run_name(job, options.settings.shard), now)


def run_name(job: Job, shard: Shard | None) -> str:
    """Name what is done every night anew: the mapping's work, or a shard's part of it."""
    return job.loaded.name if shard is None else f"{job.loaded.name} {shard}"


@contextlib.contextmanager
def history_of(options: RunOptions) -> Iterator[EarlierRuns | None]:
    """Open the history that the run was asked to use, if it was."""
    if options.history is None:
        yield None
        return
    clock = options.runtime.clock
    with History.open(options.history, clock=clock) as history:
        yield EarlierRuns(history, options.destination.scope, clock)


def widen(job: Job, place: RunDirectory, journal: Journal, options: RunOptions) -> RunRecord:
    """Validate the rows anew for a higher limit than the run was begun with, or for none."""
    record, limit = RunRecord.of(journal), options.settings.limit
    before = record.settings.limit
    if limit is not None and (before is None or limit < before):
        raise SettingsError(
            f"This run was begun with {'all' if before is None else f'{before:,}'} rows: it "
            f"cannot go on with the first {limit:,} only. Leave --limit out."
        )
    with _first_pass(job, place, options) as (found, files):
        record = record.model_copy(update={"settings": options.settings, "plan": found.plan})
        values = {"run": record.model_dump(mode="json"), **files, **noted_marks(job.source)}
        journal.note_first_pass(values, found.job.duplicates)
    return record


@contextlib.contextmanager
def _first_pass(
    job: Job, place: RunDirectory, options: RunOptions
) -> Iterator[tuple[FirstPass, Mapping[str, Any]]]:
    """Validate every row; the rejects take their place once the block has noted what they are."""
    job = dataclasses.replace(job, limit=options.settings.limit, shard=options.settings.shard)
    runtime = options.runtime
    with run_files(place, job.source) as files:
        found = make_plan(job, progress=runtime.progress, check=runtime.stop.check, files=files)
        yield found, files.noted()


def _named(shard: Shard | None) -> str:
    return "the whole" if shard is None else f"shard {shard}"


def require_same(
    record: RunRecord,
    job: Job,
    place: RunDirectory,
    *,
    scope: str | None,
    shard: Shard | None,
) -> None:
    """Refuse to go on with another source, mapping or project than the run was begun with."""
    if record.settings.shard != shard:
        raise RunDirectoryError(
            f"{place.path} holds {_named(record.settings.shard)} of the import, not "
            f"{_named(shard)}. Choose another directory with -o, or resume what it holds."
        )
    files, mapping = ", ".join(job.source.files), job.loaded.path
    changed = [
        f"the {name} is not what it was when the run began"
        for name, before, now in (
            (f"source ({files})", record.fingerprint, job.source.fingerprint()),
            (f"mapping ({mapping})", record.mapping_sha256, job.loaded.sha256),
            (
                f"project (PLUNK_API_KEY or PLUNK_BASE_URL: it began at {record.server})",
                record.scope,
                scope or record.scope,
            ),
        )
        if before != now
    ]
    if changed:
        raise RunDirectoryError(
            f"{place.path} cannot go on: {'; '.join(changed)}. Restore it. {NEW_RUN_WARNING}"
        )
