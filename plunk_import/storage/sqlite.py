"""Files of ours in SQLite: made whole, recognised when opened, errors told in our words."""

import contextlib
import dataclasses
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from plunk_import.errors import OutputError, PlunkImportError, RunLockedError

Connect: TypeAlias = Callable[[Path], sqlite3.Connection]

_BUSY_TIMEOUT_SECONDS = 30.0
_FULL = (sqlite3.SQLITE_FULL,)
_FOREIGN = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_NO_ROWS: Mapping[str, Sequence[tuple[object, ...]]] = MappingProxyType({})
_PRIMARY_CODE = 0xFF  # an extended result code keeps its family in the low byte


@dataclasses.dataclass(frozen=True, slots=True)
class FileKind:
    """What tells a file of ours from any other, and what to do when it is another.

    `wrong` is the class of error for a file that is missing, foreign or damaged. A file of a
    format before `oldest_version` is refused, and `too_old` says why and how to go on.
    """

    noun: str
    application_id: int
    version: int
    statements: tuple[str, ...]
    wrong: type[PlunkImportError]
    remedy: str
    oldest_version: int = 1
    too_old: str = ""


def connect(path: Path) -> sqlite3.Connection:
    """Open without looking inside: explicit transactions, every commit flushed to the disk."""
    connection = sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def create_file(
    path: Path,
    kind: FileKind,
    connect: Connect = connect,
    *,
    first_rows: Mapping[str, Sequence[tuple[object, ...]]] = _NO_ROWS,
) -> None:
    """Make a file of this kind, whole or not at all; `first_rows` are parameters by statement."""
    draft = path.with_name(f"{path.name}.new")
    with translating(path, kind):
        for suffix in (
            "",
            "-wal",
            "-shm",
            "-journal",
        ):  # what a process that was killed here left behind
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)
        draft.touch(mode=0o600)  # the files beside it get its permissions
        with contextlib.closing(connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            with transaction(connection):
                connection.execute(f"PRAGMA application_id = {kind.application_id}")
                connection.execute(f"PRAGMA user_version = {kind.version}")
                for statement in kind.statements:
                    connection.execute(statement)
                for statement, parameters in first_rows.items():
                    connection.executemany(statement, parameters)
        draft.replace(path)


def open_file(path: Path, kind: FileKind, connect: Connect = connect) -> sqlite3.Connection:
    """Open an existing file of this kind; nothing is written into a file of another kind.

    Raises the kind's own error when the file is missing, foreign, damaged or of a later version,
    OutputError when it cannot be written, RunLockedError when another process writes it.
    """
    if not path.is_file():
        raise kind.wrong(f"{path}: there is no {kind.noun} here. {kind.remedy}")
    with translating(path, kind):
        connection = connect(path)
        try:
            _check(connection, path, kind)
        except BaseException:
            connection.close()
            raise
    return connection


def _check(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != kind.application_id:
        raise kind.wrong(f"{path}: this is not a {kind.noun} of plunk-import. {kind.remedy}")
    if version > kind.version:
        raise kind.wrong(
            f"{path}: this {kind.noun} has format {version}, and this plunk-import knows formats "
            f"up to {kind.version}. Upgrade plunk-import."
        )
    if version < kind.oldest_version:
        raise kind.wrong(
            f"{path}: this {kind.noun} has format {version}, and this plunk-import reads formats "
            f"from {kind.oldest_version} on: {kind.too_old}"
        )


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block's changes, or none of them."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors, such as a full disk.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def translating(path: Path, kind: FileKind) -> Iterator[None]:
    """Turn what SQLite and the file system raise in the block into an error of ours."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translated(error, path, kind) from error


def translated(error: sqlite3.Error | OSError, path: Path, kind: FileKind) -> PlunkImportError:
    """Translate an error of SQLite or of the file system."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY_CODE
    if code in _FULL:
        return OutputError(
            f"{path}: the disk is full. Free some space, then go on with `plunk-import resume`: "
            "what was written before is safe."
        )
    if code in _FOREIGN:
        return kind.wrong(
            f"{path}: this is not a {kind.noun} of plunk-import, or it is damaged ({error}). "
            f"{kind.remedy}"
        )
    if code in _BUSY:
        return RunLockedError(
            f"{path}: another program is writing this {kind.noun}. Wait for it, or close it."
        )
    return OutputError(
        f"{path}: the {kind.noun} cannot be written ({error}). "
        "Check the space that is left, the permissions of the directory and the health of the disk."
    )
