"""Files of ours in SQLite: made whole, recognised when opened, errors told in our words."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from plunk_import.errors import OutputError, PlunkImportError, RunLockedError
from plunk_import.storage.durable import sync_directory, write_error
from plunk_import.storage.sqlite.kind import FileKind, version_of

Connect: TypeAlias = Callable[[Path], sqlite3.Connection]

_BUSY_TIMEOUT_SECONDS = 30.0
_FULL = (sqlite3.SQLITE_FULL,)
_FOREIGN = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_OPEN_MARK = (
    "CREATE TABLE open_mark (is_open INTEGER NOT NULL)",
    "INSERT INTO open_mark VALUES (0)",
)
_NO_ROWS: Mapping[str, Iterable[tuple[object, ...]]] = MappingProxyType({})
_PRIMARY_CODE = 0xFF  # an extended result code keeps its family in the low byte


def connect(path: Path) -> sqlite3.Connection:
    """Open without looking inside: explicit transactions, every commit flushed to the disk."""
    connection = sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")  # what may undo a statement needs no file
    return connection


def create_file(
    path: Path,
    kind: FileKind,
    connect: Connect = connect,
    *,
    first_rows: Mapping[str, Iterable[tuple[object, ...]]] = _NO_ROWS,
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
            # Not in WAL mode yet: closing empties its log, and says nothing where the disk is full;
            # the file that gets its name then would lack what the log has.
            with transaction(connection):
                connection.execute(f"PRAGMA application_id = {kind.application_id}")
                connection.execute(f"PRAGMA user_version = {kind.version}")
                for statement in (*_OPEN_MARK, *kind.statements):
                    connection.execute(statement)
                for statement, parameters in first_rows.items():
                    connection.executemany(statement, parameters)
            connection.execute("PRAGMA journal_mode = WAL")
        draft.replace(path)
        sync_directory(path.parent)


@contextlib.contextmanager
def opened_file(
    path: Path,
    kind: FileKind,
    connect: Connect = connect,
    *,
    connections: int = 1,
    check_content: bool = True,
) -> Iterator[tuple[sqlite3.Connection, ...]]:
    """Open an existing file of this kind for the block; one of another kind is left untouched.

    While it is open it says so of itself. What was written last stands in the write-ahead log
    beside it, so a file that was not closed and has lost that log is refused: its content would
    be older than what it was told. A file of an earlier format that the kind still knows is
    brought to today's, once its content has been found whole.

    Args:
        path: Where it stands.
        kind: What it must be.
        connect: How to connect to it.
        connections: How many connections to open.
        check_content: Look for damage first, at half a second a million rows.

    Raises:
        PlunkImportError: The kind's own error when the file is missing, foreign, damaged, has lost
            its log or is of another version; OutputError when it cannot be written;
            RunLockedError when another process writes it.

    """
    with contextlib.ExitStack() as opened:
        found = tuple(
            opened.enter_context(
                contextlib.closing(_connected(path, kind, connect, kind.oldest_version))
            )
            for _ in range(connections)
        )
        with translating(path, kind):
            is_old = version_of(found[0]) < kind.version
            if check_content or is_old:
                _check_content(found[0], path, kind)
            if is_old:
                _upgrade(found[0], kind)
            found[0].execute("UPDATE open_mark SET is_open = 1")
            # Into the file itself: a mark that is lost together with the log marks nothing.
            found[0].execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        try:
            yield found
        finally:
            _close(path, found, connect)


@contextlib.contextmanager
def reading_file(path: Path, kind: FileKind) -> Iterator[sqlite3.Connection]:
    """Open a file of this kind to look at it only, also while another process writes it.

    Nothing is changed, so that the log of a process that was killed stays for whoever goes on. So
    a file of an earlier format is refused.

    Raises:
        PlunkImportError: As `opened_file` does.

    """
    with contextlib.closing(_connected(path, kind, _connect_read_only, kind.version)) as connection:
        yield connection


def _connect_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro",
        uri=True,
        timeout=_BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _close(path: Path, connections: tuple[sqlite3.Connection, ...], connect: Connect) -> None:
    is_marked = _marked_closed(connections[0])
    for connection in connections:
        connection.close()
    if not is_marked and not _log_of(path).exists():
        # The disk was full, and the log that has just gone has left some room.
        with contextlib.suppress(sqlite3.Error), contextlib.closing(connect(path)) as again:
            _marked_closed(again)


def _marked_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("UPDATE open_mark SET is_open = 0")
    except sqlite3.Error:
        return False
    return True


def _upgrade(connection: sqlite3.Connection, kind: FileKind) -> None:
    with transaction(connection):
        for statements in kind.upgrades[version_of(connection) - kind.oldest_version :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {kind.version}")


def _connected(
    path: Path, kind: FileKind, connect: Connect, oldest_version: int
) -> sqlite3.Connection:
    if not path.is_file():
        raise kind.wrong(f"{path}: there is no {kind.noun} here. {kind.remedy}")
    with translating(path, kind):
        log = _log_of(path)
        has_log = log.exists() and log.stat().st_size > 0
        connection = connect(path)
        try:
            kind.require(connection, path, oldest_version)
            _check_log(connection, path, kind, has_log=has_log)
        except BaseException:
            connection.close()
            raise
    return connection


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _check_log(
    connection: sqlite3.Connection, path: Path, kind: FileKind, *, has_log: bool
) -> None:
    ((is_open,),) = connection.execute("SELECT is_open FROM open_mark").fetchall()
    if is_open and not has_log:
        log = _log_of(path).name
        raise kind.wrong(
            f"{path}: the program that wrote this {kind.noun} was killed, and {log}, which held "
            f"what it wrote last, is gone. Bring {log} back to where it was, beside "
            f"{path.name}. {kind.loss}"
        )


def _check_content(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    """Refuse damage before anything is built on what is not there, or not as it was written."""
    ((finding,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    if finding != "ok":
        raise damaged(path, kind, finding)


def damaged(path: Path, kind: FileKind, finding: str) -> PlunkImportError:
    """Say that a file does not hold what was written into it, and what that means."""
    found = " ".join(finding.split())
    return kind.wrong(
        f"{path}: this {kind.noun} is damaged ({found}). Restore it from a backup. {kind.loss}"
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
    if isinstance(error, OSError):
        return write_error(path, error, what=kind.noun)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY_CODE
    if code in _FULL:
        return OutputError(
            f"{path}: the disk is full. Free some space, and start again; a run that had sent rows "
            "goes on with `plunk-import resume`: what was written before is safe."
        )
    if "no such table" in str(error) or "no such column" in str(error):
        return damaged(path, kind, str(error))
    if code in _FOREIGN:
        return kind.wrong(
            f"{path}: this is not a {kind.noun} of plunk-import, or it is damaged ({error}). "
            f"{kind.remedy} {kind.loss}"
        )
    if code in _BUSY:
        return RunLockedError(
            f"{path}: another program is writing this {kind.noun}. Wait for it, or close it."
        )
    return OutputError(
        f"{path}: the {kind.noun} cannot be written ({error}). Check the permissions of the file "
        "and its directory, the limit of open files (`ulimit -n`), and the health of the disk."
    )
