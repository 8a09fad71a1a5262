"""The run directory, where everything that one run writes stands."""

import contextlib
import dataclasses
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from plunk_import.errors import OutputError, RunDirectoryError
from plunk_import.storage.durable import writing
from plunk_import.storage.journal_file import NEW_RUN_WARNING

DEFAULT_PARENT = Path("runs")
KEPT_ENDINGS = (".ndjson", ".parquet")
DRAFT_ROWS = ".rows-"
"""What the names of folders begin with in which rows wait until all are there."""


@dataclasses.dataclass(frozen=True, slots=True)
class RunDirectory:
    """All that one run writes. Files in it hold addresses, so only their owner may read them."""

    path: Path

    @property
    def journal(self) -> Path:
        """The truth of the run."""
        return self.path / "journal.sqlite"

    @property
    def journal_log(self) -> Path:
        """What was written last into the journal, until it is closed."""
        return self.path / "journal.sqlite-wal"

    @property
    def lock(self) -> Path:
        """Held by the one process that works here."""
        return self.path / ".lock"

    @property
    def results(self) -> Path:
        """One line a delivered row."""
        return self.path / "results.csv"

    @property
    def rejects(self) -> Path:
        """The source's own columns of every reject, and why."""
        return self.path / "rejects.csv"

    def kept(self, path: Path) -> tuple[Path, ...]:
        """The files that may stand beside one of CSV to keep the types of its rows."""
        return tuple(path.with_suffix(ending) for ending in KEPT_ENDINGS)

    @property
    def in_doubt(self) -> Path:
        """The source's own columns of every row in doubt, and why."""
        return self.path / "in_doubt.csv"

    @property
    def report(self) -> Path:
        """The report for machines."""
        return self.path / "report.json"

    @property
    def page(self) -> Path:
        """The report for people."""
        return self.path / "report.html"

    @property
    def sandbox(self) -> Path:
        """The embedded Plunk's database, for runs with `--sandbox`."""
        return self.path / "sandbox.sqlite"

    @property
    def spool(self) -> Path:
        """Copies of sources that cannot be read twice: standard input and remote files."""
        return self.path / "source"

    @property
    def holds_run(self) -> bool:
        """Whether a run stands here that could be resumed."""
        return self.journal.exists()

    def remove_journal(self) -> None:
        """Take back a run that nothing was sent of."""
        for suffix in ("", "-wal", "-shm"):
            self.journal.with_name(f"{self.journal.name}{suffix}").unlink(missing_ok=True)


def claim_directory(wanted: Path | None, *, name: str, now: datetime) -> RunDirectory:
    """Make the directory of a new run, or take the one asked for where its run can be resumed.

    Without one it is `runs/NAME-YYYYMMDD-HHMMSS`. Raises RunDirectoryError where that
    directory holds anything else, and OutputError where it cannot be written.
    """
    _require_text(wanted)
    if wanted is None:
        return _make_fresh(DEFAULT_PARENT / f"{name}-{now:%Y%m%d-%H%M%S}")
    directory = RunDirectory(wanted)
    if directory.holds_run:
        _check_writable(directory.path)
        return directory
    if wanted.exists() and not (wanted.is_dir() and _is_blank(wanted)):
        raise _occupied(directory)
    with writing(wanted):
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_writable(wanted)
    return directory


def _require_text(path: Path | None) -> None:
    """Refuse a name that no report can hold, as Linux allows it."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(str(path)).decode("utf-8", "backslashreplace")
        complaint = f"{shown}: the name is no UTF-8 text. Choose another directory with -o."
        raise RunDirectoryError(complaint) from error


@contextlib.contextmanager
def claimed(wanted: str | Path | None, *, name: str, now: datetime) -> Iterator[RunDirectory]:
    """Claim a run's directory; one made here is removed if an error leaves no run in it."""
    was_there = wanted is not None and Path(wanted).exists()
    place = claim_directory(None if wanted is None else Path(wanted), name=name, now=now)
    try:
        yield place
    except BaseException:
        if not (was_there or place.holds_run):
            shutil.rmtree(place.path, ignore_errors=True)
        raise


def open_directory(path: Path) -> RunDirectory:
    """Open the directory of an existing run; RunDirectoryError where there is none."""
    directory = RunDirectory(path)
    if not directory.holds_run:
        raise _without_journal(directory)
    return directory


def _occupied(directory: RunDirectory) -> RunDirectoryError:
    """Say what stands where a new run's files were to go, and what to do."""
    path = directory.path
    if _has_lost_its_journal(directory):
        return _without_journal(directory)
    if not path.is_dir():
        found = f"{path} is a file, not a directory"
    elif directory.report.exists():
        found = f"{path} holds the files of an earlier validation or check, which are kept"
    else:
        found = f"{path} holds other files and no run"
    return RunDirectoryError(
        f"{found}. Choose a new directory with -o, or leave -o out: then one is made under "
        f"{DEFAULT_PARENT}/."
    )


def _has_lost_its_journal(directory: RunDirectory) -> bool:
    return directory.results.exists() or directory.journal_log.exists()


def _without_journal(directory: RunDirectory) -> RunDirectoryError:
    path = directory.path
    if _has_lost_its_journal(directory):
        return RunDirectoryError(
            f"{path} holds no run to resume: files of one are there, but its journal.sqlite is "
            "gone. Bring it back. " + NEW_RUN_WARNING
        )
    if path.exists():
        return RunDirectoryError(
            f"{path} holds no run to resume: there is no journal.sqlite in it. Name the directory "
            "of a run; `plunk-import runs list` lists those under runs/."
        )
    return RunDirectoryError(f"{path} holds no run to resume: there is no such directory.")


def _is_blank(path: Path) -> bool:
    """Whether nothing stands here but what a run leaves that was killed before its journal."""
    drafts = {f"journal.sqlite.new{suffix}" for suffix in ("", "-wal", "-shm", "-journal")}
    drafts |= {f"rejects{ending}.part" for ending in (".csv", *KEPT_ENDINGS)}
    return all(
        entry.name in {".lock", "source", *drafts} or entry.name.startswith(DRAFT_ROWS)
        for entry in path.iterdir()
    )


def _make_fresh(path: Path) -> RunDirectory:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix in ["", *(f"-{number}" for number in range(2, 1000))]:
            candidate = path.with_name(path.name + suffix)
            with contextlib.suppress(FileExistsError):
                candidate.mkdir(mode=0o700)
                return RunDirectory(candidate)
    raise RunDirectoryError(f"{path.parent} is full of runs of this very second. Choose one by -o.")


def _check_writable(path: Path) -> None:
    if not os.access(path, os.W_OK | os.X_OK):
        raise OutputError(
            f"{path} cannot be written: permission denied. Choose another directory with -o."
        )
