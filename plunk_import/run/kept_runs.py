"""The runs that a directory holds: which there are, and which may go."""

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from plunk_import.errors import PlunkImportError
from plunk_import.report import Books, Report, verdict_of
from plunk_import.run.record import RunRecord, books_of
from plunk_import.storage import RunDirectory, locked, reading_journal, worker_at


@dataclasses.dataclass(frozen=True, slots=True)
class KeptRun:
    """One directory that a command wrote.

    Attributes:
        path: The directory.
        command: `run`, `validate` or `check`.
        started: When it began, UTC; None where that cannot be read.
        verdict: Its outcome in one sentence, or why it cannot be read.
        books: Where its rows ended; None where that cannot be read.
        worker: The process at work on it, None where there is none.

    """

    path: Path
    command: str
    started: datetime | None
    verdict: str
    books: Books | None
    worker: str | None = None

    @property
    def may_go(self) -> bool:
        """Whether nothing is lost with it: no row is pending or in doubt, and nobody works."""
        if self.books is None or self.worker is not None:
            return False
        return self.command != "run" or not (self.books.pending or self.books.in_doubt)


def find_runs(parent: str | Path, *, now: datetime) -> tuple[KeptRun, ...]:
    """Find what commands wrote into directories below `parent`, the latest first.

    Directories that hold something else are left out.
    """
    paths = sorted(Path(parent).iterdir()) if Path(parent).is_dir() else []
    places = (RunDirectory(path) for path in paths if path.is_dir() and not path.is_symlink())
    found = (kept for place in places if (kept := _kept(place, now)) is not None)
    unknown = datetime.min.replace(tzinfo=now.tzinfo)
    return tuple(sorted(found, key=lambda kept: kept.started or unknown, reverse=True))


def prune_runs(
    parent: str | Path,
    *,
    now: datetime,
    keep: int = 0,
    older_than: timedelta = timedelta(0),
    dry_run: bool = False,
) -> tuple[KeptRun, ...]:
    """Remove runs that are over, with every row's end known.

    A run with rows pending or in doubt stays, however old it is, and so do files in its directory
    that no command of this program wrote.

    Args:
        parent: The directory that holds them.
        now: The time.
        keep: The latest so many stay in any case.
        older_than: Younger ones stay too.
        dry_run: Only tell which would go.

    Returns:
        Those that went.

    Raises:
        RunLockedError: Somebody has just begun to work on one.

    """
    going = tuple(
        kept
        for kept in find_runs(parent, now=now)[keep:]
        if kept.may_go and kept.started is not None and now - kept.started > older_than
    )
    for kept in going if not dry_run else ():
        _remove(RunDirectory(kept.path))
    return going


def _kept(place: RunDirectory, now: datetime) -> KeptRun | None:
    try:
        return _from_journal(place, now) if place.holds_run else _from_report(place)
    except PlunkImportError as error:
        return KeptRun(place.path, "run", None, f"cannot be read: {error}", None)


def _from_journal(place: RunDirectory, now: datetime) -> KeptRun:
    worker = worker_at(place.lock, now)
    with reading_journal(place.journal) as journal:
        record = RunRecord.of(journal)
        books = books_of(record.plan, journal.counts(), is_at_work=worker is not None)
    verdict = verdict_of(books, sent=True)
    return KeptRun(place.path, "run", record.started, verdict, books, worker)


def _from_report(place: RunDirectory) -> KeptRun | None:
    """Recall a command that sent nothing; a run without its journal is none that may go."""
    with contextlib.suppress(OSError, ValidationError):
        report = Report.model_validate_json(place.report.read_bytes())
        if report.command != "run":
            return KeptRun(place.path, report.command, report.started, report.verdict, report.books)
    return None


def _remove(place: RunDirectory) -> None:
    with locked(place.lock) if place.holds_run else contextlib.nullcontext():
        for path in _written_by_us(place):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # somebody's own file is in it
        place.path.rmdir()


def _written_by_us(place: RunDirectory) -> Iterator[Path]:
    yield from (place.results, place.rejects, place.in_doubt)
    yield from (*place.kept(place.rejects), *place.kept(place.in_doubt))
    yield from (place.report, place.page, place.spool)
    for database in (place.sandbox, place.journal):
        yield from (database.with_name(database.name + end) for end in ("", "-wal", "-shm"))
    yield place.lock
