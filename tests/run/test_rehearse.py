"""A rehearsal: the embedded Plunk serves for one run, with keys of its own."""

import threading
from pathlib import Path

import pytest

import plunk_import
from plunk_import import Connection, Report, SandboxSettings, SettingsError
from plunk_import.sandbox import Sandbox

MAPPING = {"version": 1, "email": "email", "event": "event"}


def rehearse(place: Path, database: Path, connection: Connection | None = None) -> Report:
    (place / "a.csv").write_text("email,event\nada@example.com,hi\n")
    return plunk_import.import_file(
        place / "a.csv",
        MAPPING,
        directory=place / "run",
        connection=connection,
        sandbox=SandboxSettings(database=database),
    )


def test_a_sandbox_serves_for_the_run_without_any_key_of_the_caller(tmp_path: Path) -> None:
    database = tmp_path / "plunk.sqlite"
    report = rehearse(tmp_path, database)
    assert report.books.delivered == 1
    assert Sandbox("", database).stored().events == 1
    assert [thread for thread in threading.enumerate() if thread.name == "sandbox"] == []


def test_a_sandbox_that_cannot_keep_its_database_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="The sandbox could not start"):
        rehearse(tmp_path, tmp_path / "missing" / "plunk.sqlite")
