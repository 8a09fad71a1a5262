"""Shards of one import put together again: one set of files, one report."""

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from plunk_import.errors import RunDirectoryError
from plunk_import.plan import FirstPass, make_plan
from plunk_import.report import Report
from plunk_import.run.begin import require_same
from plunk_import.run.deliver import Sent
from plunk_import.run.record import Run, RunRecord, write_files
from plunk_import.run.reporting import report_of_run, write_report
from plunk_import.runtime import Runtime
from plunk_import.settings import Shard
from plunk_import.storage import (
    Journal,
    RowReader,
    RowState,
    RunDirectory,
    claimed,
    open_directory,
    reading_journal,
    run_files,
    worker_at,
)
from plunk_import.validate import open_job

_JOURNAL = ".merging.sqlite"


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """One shard's directory, its journal, and what it was begun with."""

    place: RunDirectory
    journal: RowReader
    record: RunRecord
    shard: Shard


def merge(
    directories: Sequence[str | Path],
    *,
    directory: str | Path,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Put the shards of one import together: files and books as of one run, rows in order.

    The directories of the shards are only read. Rows of shards that are missing or unfinished are
    pending in the books, and the notes name these shards.

    Args:
        directories: The run directories of the shards.
        directory: Takes the files; it must be new or empty.
        show_addresses: Leave addresses readable in `report.html`.
        runtime: Clock and progress.

    Returns:
        The report of the whole; `exit_code` is 1 where a shard is missing or unfinished.

    Raises:
        RunDirectoryError: A directory holds no shard, or one of another import or division, or
            the same shard as another one.
        SourceError: The source cannot be read, or is not what it was.
        OutputError: The files cannot be written.

    """
    runtime = runtime or Runtime()
    started = runtime.clock.wall()
    with contextlib.ExitStack() as opened:
        parts = [_part(opened, open_directory(Path(path))) for path in directories]
        _check_parts(parts)
        place = opened.enter_context(claimed(directory, name="merged", now=started))
        if place.holds_run:
            raise RunDirectoryError(f"{place.path} holds a run. Choose a new directory with -o.")
        return _merged(parts, place, started, runtime, show_addresses=show_addresses)


def _part(opened: contextlib.ExitStack, place: RunDirectory) -> _Part:
    journal = opened.enter_context(reading_journal(place.journal))
    record = RunRecord.of(journal)
    if record.settings.shard is None:
        raise RunDirectoryError(
            f"{place.path} holds a whole import, not a shard of one: there is nothing to merge."
        )
    return _Part(place, journal, record, record.settings.shard)


def _check_parts(parts: Sequence[_Part]) -> None:
    """Refuse what does not belong together, with every reason at once."""
    first = parts[0]
    problems = [
        f"{part.place.path} holds a shard of another import than {first.place.path}"
        for part in parts
        if _identity(part.record) != _identity(first.record)
    ]
    problems += [
        f"{part.place.path} holds shard {part.shard}, {first.place.path} shard {first.shard}"
        for part in parts
        if part.shard.count != first.shard.count
    ]
    times = Counter(part.shard for part in parts)
    problems += [
        f"shard {shard} is given {count} times" for shard, count in times.items() if count > 1
    ]
    if problems:
        raise RunDirectoryError(f"These directories cannot be merged: {'; '.join(problems)}.")


def _identity(record: RunRecord) -> tuple[str, str, str, int | None]:
    settings = record.settings
    return record.fingerprint, record.mapping_sha256, record.scope, settings.limit


def _merged(
    parts: Sequence[_Part],
    place: RunDirectory,
    started: datetime,
    runtime: Runtime,
    *,
    show_addresses: bool,
) -> Report:
    target = place.path / _JOURNAL
    try:
        with _first_pass(parts[0], place, runtime) as (found, files):
            duplicates, clock = found.job.duplicates, runtime.clock
            Journal.create(target, files, duplicates=duplicates, clock=clock).close()
        record = _record_of_whole(parts, found)
        with Journal.open(target, clock=runtime.clock) as journal:
            for part in parts:
                journal.take_over(part.journal)
            run = Run(place, found.job, journal, record)
            reordered = write_files(run)
            report = report_of_run(
                run,
                Sent(takes_keys=None, notes=_notes(parts, started)),
                (record.started, runtime.clock.wall()),
                order_may_differ=reordered,
            )
    finally:
        for name in (_JOURNAL, f"{_JOURNAL}-wal", f"{_JOURNAL}-shm"):
            (place.path / name).unlink(missing_ok=True)
    report = report.model_copy(update={"command": "merge"})
    write_report(place, report, show_addresses=show_addresses, writes_page=runtime.writes_page)
    return report


@contextlib.contextmanager
def _first_pass(
    part: _Part, place: RunDirectory, runtime: Runtime
) -> Iterator[tuple[FirstPass, Mapping[str, Any]]]:
    """Validate every row; the rejects take their place once the block has noted what they are."""
    record = part.record
    job = open_job(
        record.sources,
        record.loaded_mapping(),
        spool=part.place.spool,
        limit=record.settings.limit,
        allow_empty=True,
    )
    require_same(record, job, part.place, scope=None, shard=part.shard)
    with run_files(place, job.source) as files:
        found = make_plan(job, progress=runtime.progress, check=runtime.stop.check, files=files)
        yield found, files.noted()


def _record_of_whole(parts: Sequence[_Part], found: FirstPass) -> RunRecord:
    record = parts[0].record
    return record.model_copy(
        update={
            "settings": record.settings.model_copy(update={"shard": None}),
            "plan": found.plan,
            "started": min(part.record.started for part in parts),
        }
    )


def _notes(parts: Sequence[_Part], now: datetime) -> tuple[str, ...]:
    count = parts[0].shard.count
    given = {part.shard.number for part in parts}
    missing = [f"{number}/{count}" for number in range(1, count + 1) if number not in given]
    notes = [f"missing: shard {shard}" for shard in missing]
    for part in parts:
        if (worker := worker_at(part.place.lock, now)) is not None:
            notes.append(f"unfinished: shard {part.shard} in {part.place.path}, {worker} is at it")
        elif left := _left(part):
            notes.append(
                f"unfinished: shard {part.shard} in {part.place.path}, {left:,} rows are pending"
            )
    return tuple(notes)


def _left(part: _Part) -> int:
    counts = part.journal.counts()
    moved = sum(count for state, count in counts.items() if state is not RowState.PENDING)
    return part.record.plan.valid - moved
