"""Files of ours in SQLite: every trouble of a file becomes a sentence with a remedy."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from plunk_import.errors import OutputError, PlunkImportError, RunLockedError, SettingsError
from plunk_import.storage.sqlite import (
    FileKind,
    connect,
    create_file,
    opened_file,
    transaction,
    translated,
)

KIND = FileKind(
    noun="ledger",
    application_id=77,
    version=2,
    statements=("CREATE TABLE lines (text TEXT)",),
    wrong=SettingsError,
    remedy="Give another file.",
    loss="Its lines would be written twice.",
)


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("said by SQLite")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        pytest.param(sqlite_error(sqlite3.SQLITE_FULL), OutputError, "disk is full", id="full"),
        pytest.param(
            sqlite_error(sqlite3.SQLITE_IOERR_WRITE), OutputError, "cannot be written", id="i/o"
        ),
        pytest.param(
            sqlite_error(sqlite3.SQLITE_READONLY), OutputError, "permissions", id="read only"
        ),
        pytest.param(
            sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), RunLockedError, "another", id="busy"
        ),
        pytest.param(
            sqlite_error(sqlite3.SQLITE_CORRUPT),
            SettingsError,
            "damaged.*Give another.*twice",
            id="bad",
        ),
        pytest.param(sqlite_error(sqlite3.SQLITE_NOTADB), SettingsError, "not a ledger", id="text"),
        pytest.param(
            sqlite3.ProgrammingError("closed"), OutputError, "closed", id="without a code"
        ),
        pytest.param(PermissionError(13, "denied"), OutputError, "denied", id="file system"),
    ],
)
def test_each_trouble_has_its_error(
    error: sqlite3.Error | OSError, expected: type[PlunkImportError], message: str
) -> None:
    found = translated(error, Path("a/ledger"), KIND)
    assert type(found) is expected
    with pytest.raises(expected, match=message):
        raise found
    assert str(found).startswith("a/ledger: ")


def test_a_file_is_made_whole_with_its_first_rows_and_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    create_file(path, KIND, first_rows={"INSERT INTO lines VALUES (?)": [("a",), ("b",)]})
    assert [file.name for file in tmp_path.iterdir()] == ["ledger"]
    with opened_file(path, KIND) as (connection,):
        assert connection.execute("SELECT text FROM lines").fetchall() == [("a",), ("b",)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_every_commit_is_flushed_to_the_disk(tmp_path: Path) -> None:
    connection = connect(tmp_path / "any")
    full = 2
    assert connection.execute("PRAGMA synchronous").fetchone() == (full,)
    connection.close()


def test_a_transaction_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    create_file(path, KIND)
    with opened_file(path, KIND) as (connection,):
        with pytest.raises(sqlite3.OperationalError), transaction(connection):
            connection.execute("INSERT INTO lines VALUES ('a')").connection.execute("nonsense")
        assert connection.execute("SELECT count(*) FROM lines").fetchone() == (0,)


class LookedAt(sqlite3.Connection):
    """A connection whose log is never emptied, as on a full disk: another one looks on."""

    def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:
        cursor = super().execute(sql, *parameters)  # type: ignore[arg-type]
        if sql.startswith("PRAGMA journal_mode"):
            cursor.fetchall()
            ((_, _, file),) = super().execute("PRAGMA database_list").fetchall()
            self.other = sqlite3.connect(file, check_same_thread=False)
            self.other.execute("SELECT * FROM sqlite_schema").fetchall()
        return cursor


def test_a_file_gets_its_name_with_all_that_it_begins_with_though_its_log_is_not_emptied(
    tmp_path: Path,
) -> None:
    opened: list[LookedAt] = []

    def looked_at(path: Path) -> sqlite3.Connection:
        opened.append(sqlite3.connect(path, isolation_level=None, factory=LookedAt))
        return opened[-1]

    first = {"INSERT INTO lines VALUES (?)": [("first",)]}
    create_file(tmp_path / "ledger", KIND, looked_at, first_rows=first)
    (one,) = opened
    one.other.close()

    by_itself = f"file:{tmp_path / 'ledger'}?immutable=1"
    with contextlib.closing(sqlite3.connect(by_itself, uri=True)) as alone:
        assert alone.execute("SELECT text FROM lines").fetchall() == [("first",)]
