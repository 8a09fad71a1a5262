"""A run held against what Plunk has: what is whole passes, and each kind of difference is found."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from plunk_import import (
    Connection,
    ExitCode,
    Report,
    SendSettings,
    SettingsError,
    import_file,
    resume,
    verify,
)
from plunk_import.report import summarize
from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, running

MAPPING = {
    "version": 1,
    "email": "email",
    "event": "event",
    "subscribed": {"column": "optin"},
    "data": {
        "plan": "plan",
        "n": {"column": "n", "type": "integer"},
        "order": {"column": "order", "persistent": False},
    },
}
ROWS = """\
email,event,optin,plan,n,order
ada@example.com,paid,true,pro,1,o-1
bob@example.com,paid,false,free,2,o-2
Ada@example.com,sent,true,team,3,o-3
cy@example.com,paid,,,,o-4
"""
FAST = SendSettings(rate="unlimited")


@pytest.fixture(params=list(Profile), ids=str)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    settings = SandboxSettings(profile=request.param, database=tmp_path / "plunk.sqlite")
    with running(settings) as started:
        yield started


@pytest.fixture
def connection(server: Sandbox) -> Connection:
    return Connection(
        api_key=SecretStr(server.public_key),
        secret_key=SecretStr(server.secret_key),
        base_url=server.base_url,
    )


@pytest.fixture
def run_directory(tmp_path: Path, connection: Connection) -> Path:
    (tmp_path / "rows.csv").write_text(ROWS)
    report = import_file(
        tmp_path / "rows.csv",
        MAPPING,
        directory=tmp_path / "run",
        connection=connection,
        settings=FAST,
    )
    assert report.books.delivered == 4
    return tmp_path / "run"


def change(run_directory: Path, statement: str) -> None:
    """Change what Plunk has stored, behind the importer's back."""
    with closing(sqlite3.connect(run_directory.parent / "plunk.sqlite")) as database, database:
        assert database.execute(statement).rowcount == 1


def found_by(run_directory: Path, connection: Connection, *, rows: int | None = None) -> Report:
    report = verify(run_directory, connection=connection, rows=rows)
    written = json.loads((run_directory / "report.json").read_bytes())
    assert Report.model_validate(written) == report
    return report


def test_a_run_that_plunk_has_as_it_was_sent_differs_in_nothing(
    run_directory: Path, connection: Connection
) -> None:
    report = found_by(run_directory, connection)
    assert report.verification is not None
    assert report.verification.is_well
    assert (report.verification.rows, report.verification.contacts) == (4, 3)
    totals = {t.name: (t.delivered, t.stored) for t in report.verification.totals}
    assert totals == {"paid": (3, 3), "sent": (1, 1)}
    assert report.exit_code is ExitCode.DELIVERED
    assert report.pace is not None, "what only the run could tell is kept"


DAMAGES = {
    "an event is gone": (
        "DELETE FROM events WHERE data LIKE '%o-2%'",
        "event",
    ),
    "a one-shot value differs": (
        "UPDATE events SET data = replace(data, 'o-1', 'o-9') WHERE data LIKE '%o-1%'",
        "data.order",
    ),
    "an event has another name": (
        "UPDATE events SET name = 'payed' WHERE data LIKE '%o-4%'",
        "event",
    ),
    "a contact's value differs": (
        "UPDATE contacts SET data = replace(data, 'team', 'pro') WHERE email = 'ada@example.com'",
        "contact.plan",
    ),
    "a contact's number became text": (
        "UPDATE contacts SET data = json_set(data, '$.n', '2') WHERE email = 'bob@example.com'",
        "contact.n",
    ),
    "a contact is subscribed again": (
        "UPDATE contacts SET subscribed = 1 WHERE email = 'bob@example.com'",
        "contact.subscribed",
    ),
    "a contact is gone": (
        "UPDATE contacts SET email = 'cy@example.net' WHERE email = 'cy@example.com'",
        "contact",
    ),
}


@pytest.mark.parametrize(("statement", "field"), DAMAGES.values(), ids=DAMAGES)
def test_what_differs_is_named_with_its_row_and_ends_in_1(
    run_directory: Path, connection: Connection, statement: str, field: str
) -> None:
    change(run_directory, statement)
    report = found_by(run_directory, connection)
    assert report.verification is not None
    assert [one.field for one in report.verification.differences] == [field]
    (difference,) = report.verification.differences
    assert difference.row in {1, 2, 3, 4}
    assert report.exit_code is ExitCode.INCOMPLETE
    assert f"row {difference.row}, line {difference.row + 1}: {field}" in summarize(report)
    page = (run_directory / "report.html").read_text(encoding="utf-8")
    assert f"<td>{field}</td>" in page.split('<section id="verification"')[1]


def test_a_number_that_differs_beyond_what_plunk_keeps_is_no_difference(
    run_directory: Path, connection: Connection
) -> None:
    statement = "UPDATE contacts SET data = json_set(data, '$.n', 2.0000000000000004)"
    change(run_directory, f"{statement} WHERE email = 'bob@example.com'")
    report = found_by(run_directory, connection)
    assert report.verification is not None
    assert report.verification.differences == ()


def test_all_events_of_a_contact_are_read(tmp_path: Path, connection: Connection) -> None:
    lines = [f"ada@example.com,paid,,x,{number},o-{number}" for number in range(60)]
    (tmp_path / "many.csv").write_text("\n".join(["email,event,optin,plan,n,order", *lines]))
    import_file(
        tmp_path / "many.csv",
        MAPPING,
        directory=tmp_path / "run",
        connection=connection,
        settings=FAST,
    )
    report = found_by(tmp_path / "run", connection)
    assert report.verification is not None
    assert (report.verification.rows, report.verification.differences) == (60, ())


def test_a_row_whose_moment_nobody_told_is_not_missed_in_the_time_of_the_others(
    run_directory: Path, connection: Connection
) -> None:
    change(
        run_directory,
        "UPDATE events SET created_at = '2020-01-01T00:00:00.000Z' WHERE data LIKE '%o-2%'",
    )
    with closing(sqlite3.connect(run_directory / "journal.sqlite")) as journal, journal:
        journal.execute("UPDATE rows SET timestamp = NULL, event_id = NULL WHERE ordinal = 2")
    report = found_by(run_directory, connection)
    assert report.verification is not None
    assert report.verification.is_well
    totals = {t.name: (t.delivered, t.stored) for t in report.verification.totals}
    assert totals == {"paid": (2, 2), "sent": (1, 1)}


def test_what_others_write_afterwards_is_no_difference(
    run_directory: Path, connection: Connection, tmp_path: Path
) -> None:
    (tmp_path / "later.csv").write_text(
        "email,event,optin,plan,n,order\nada@example.com,paid,,x,9,z\n"
    )
    import_file(
        tmp_path / "later.csv",
        MAPPING,
        directory=tmp_path / "later",
        connection=connection,
        settings=FAST,
    )
    report = found_by(run_directory, connection)
    assert report.verification is not None
    assert report.verification.differences == ()
    assert report.exit_code is ExitCode.DELIVERED


def test_a_sample_reads_back_as_many_rows_as_asked_for(
    run_directory: Path, connection: Connection
) -> None:
    report = found_by(run_directory, connection, rows=2)
    assert report.verification is not None
    assert report.verification.rows == 2


def test_it_takes_the_secret_key(run_directory: Path, connection: Connection) -> None:
    keyless = connection.model_copy(update={"secret_key": None})
    with pytest.raises(SettingsError, match="PLUNK_SECRET_KEY"):
        verify(run_directory, connection=keyless)


def test_a_verified_run_can_go_on(run_directory: Path, connection: Connection) -> None:
    found_by(run_directory, connection)
    assert resume(run_directory, connection=connection).books.delivered == 4
