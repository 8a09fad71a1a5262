"""Journals of an older plunk-import are carried over: nothing is sent twice or left out."""

import contextlib
import csv
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from plunk_import import Connection, SendSettings, import_file, resume, status
from plunk_import.errors import RunDirectoryError
from plunk_import.run import Consent, merge
from plunk_import.sandbox import Sandbox, SandboxSettings, running
from plunk_import.settings import Shard
from plunk_import.storage import Journal, RunDirectory

CONSENT = Consent(allow_workflows=True, allow_resubscribe=True)
MAPPING = {"version": 1, "email": "email", "event": "event", "data": {"n": "n"}}
ROWS = 12
FORMAT_2 = (
    """CREATE TABLE rows (
        ordinal INTEGER PRIMARY KEY, state INTEGER NOT NULL, key TEXT, attempts INTEGER,
        claimed_at REAL, first_claimed_at REAL, sent_at REAL, settled_at REAL, event_id TEXT,
        contact_id TEXT, timestamp TEXT, code TEXT, field TEXT, message TEXT, request_id TEXT,
        reason TEXT, left_order INTEGER, settled_order INTEGER,
        CHECK (typeof(state) = 'integer' AND state BETWEEN 1 AND 6),
        CHECK (typeof(key) IN ('text', 'null')),
        CHECK (typeof(attempts) IN ('integer', 'null')),
        CHECK (typeof(claimed_at) IN ('real', 'null')),
        CHECK (typeof(first_claimed_at) IN ('real', 'null')),
        CHECK (typeof(sent_at) IN ('real', 'null')),
        CHECK (typeof(settled_at) IN ('real', 'null')),
        CHECK (typeof(left_order) IN ('integer', 'null')),
        CHECK (typeof(settled_order) IN ('integer', 'null')))""",
    (
        "INSERT INTO rows SELECT ordinal, state, key, attempts, claimed_at, first_claimed_at, "
        "sent_at, settled_at, event_id, contact_id, timestamp, code, field, message, "
        "request_id, reason, left_order, settled_order FROM of_today"
    ),
    "DROP TABLE of_today",
    "CREATE INDEX rows_by_state ON rows (state)",
    "CREATE INDEX unidentified ON rows (ordinal) WHERE state = 2 AND event_id IS NULL",
    """CREATE TRIGGER keep_former_key BEFORE UPDATE OF key ON rows
        WHEN old.key IS NOT NULL AND old.key IS NOT new.key
        BEGIN
            INSERT INTO former_keys SELECT old.ordinal, old.key, old.first_claimed_at
            WHERE NOT EXISTS (
                SELECT 1 FROM former_keys WHERE ordinal = old.ordinal AND key = old.key);
        END""",
    "DELETE FROM meta WHERE name = 'files'",
    "PRAGMA user_version = 2",
)


def turn_back(place: RunDirectory) -> None:
    """Make of a journal what the version before this format would have written."""
    with contextlib.closing(sqlite3.connect(place.journal)) as connection, connection:
        connection.execute("DROP TRIGGER keep_former_key")
        connection.execute("ALTER TABLE rows RENAME TO of_today")
        for statement in FORMAT_2:
            connection.execute(statement)


def lines_of(place: RunDirectory) -> list[dict[str, str]]:
    with place.results.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def place(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path / "run")


class Project:
    """A server, and a source to send to it."""

    def __init__(self, server: Sandbox, folder: Path) -> None:
        self.connection = Connection(api_key=SecretStr(server.public_key), base_url=server.base_url)
        self._database = folder / "plunk.sqlite"
        self.source = folder / "rows.csv"
        lines = [f"p{n % 5}@example.com,paid,{n}" for n in range(1, ROWS + 1)]
        self.source.write_text("\n".join(["email,event,n", *lines]) + "\n")

    def send(self, place: RunDirectory, **settings: object) -> None:
        import_file(
            self.source,
            MAPPING,
            directory=place.path,
            connection=self.connection,
            settings=SendSettings.model_validate({"rate": "unlimited", **settings}),
            consent=CONSENT,
        )

    def resume(self, place: RunDirectory) -> None:
        settings = SendSettings(rate="unlimited", limit=None)
        resume(place.path, connection=self.connection, settings=settings, consent=CONSENT)

    def stored(self) -> list[str]:
        with contextlib.closing(sqlite3.connect(self._database)) as connection:
            found = connection.execute("SELECT json_extract(data, '$.n') FROM events").fetchall()
        return sorted(str(n) for (n,) in found)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with running(SandboxSettings(database=tmp_path / "plunk.sqlite")) as server:
        yield Project(server, tmp_path)


def open_only(place: RunDirectory) -> None:
    """Carry the journal over, and end before any file is written."""
    Journal.open(place.journal).close()


@pytest.mark.parametrize(
    "before", [lambda _: None, open_only], ids=["at once", "after a kill once carried over"]
)
def test_a_run_of_an_older_journal_goes_on_without_sending_a_row_again(
    before: Callable[[RunDirectory], None], project: Project, place: RunDirectory
) -> None:
    project.send(place, limit=5)
    turn_back(place)
    before(place)
    project.resume(place)
    assert project.stored() == sorted(str(n) for n in range(1, ROWS + 1))
    named = [(line["row"], line["email"], line["event"]) for line in lines_of(place)]
    assert named == [(str(n), f"p{n % 5}@example.com", "paid") for n in range(1, ROWS + 1)]


def test_files_of_an_older_journal_are_written_as_they_were(
    project: Project, place: RunDirectory
) -> None:
    project.send(place)
    before = place.results.read_bytes()
    turn_back(place)
    place.results.unlink()
    status(place.path, write=True)
    assert place.results.read_bytes() == before


def test_contacts_sent_after_a_doubt_of_an_older_journal_are_named(
    project: Project, place: RunDirectory
) -> None:
    project.send(place)
    turn_back(place)
    with contextlib.closing(sqlite3.connect(place.journal)) as connection, connection:
        connection.execute("UPDATE rows SET state = 4, reason = 'no reply' WHERE ordinal = 2")
    report = status(place.path, write=True)
    assert report.order_may_differ == ("p2@example.com",)


@pytest.mark.parametrize(
    "look",
    [
        lambda place: status(place.path),
        lambda place: merge([place.path], directory=place.path.parent / "merged"),
    ],
    ids=["status", "merge"],
)
def test_a_look_leaves_an_older_journal_as_it_is_and_says_what_brings_it_up_to_date(
    look: Callable[[RunDirectory], object], project: Project, place: RunDirectory
) -> None:
    project.send(place, shard=Shard(1, 1))
    turn_back(place)
    before = place.journal.read_bytes()
    with pytest.raises(RunDirectoryError, match=r"format 2.*resume DIR.*status DIR --write"):
        look(place)
    assert place.journal.read_bytes() == before


def test_an_older_journal_that_is_damaged_is_refused_before_it_is_touched(
    project: Project, place: RunDirectory
) -> None:
    project.send(place)
    turn_back(place)
    with contextlib.closing(sqlite3.connect(place.journal)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.execute("UPDATE rows SET state = 77 WHERE ordinal = 2")
        connection.commit()
    before = place.journal.read_bytes()
    with pytest.raises(RunDirectoryError, match="damaged"):
        Journal.open(place.journal, check_content=False)
    assert place.journal.read_bytes() == before
