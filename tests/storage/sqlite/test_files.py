"""Files of ours in SQLite: every trouble of a file becomes a sentence with a remedy."""

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
