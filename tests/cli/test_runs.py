"""The directories of runs: listed, shown, and pruned without losing a row."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk_import import ExitCode
from plunk_import.cli import main
from plunk_import.sandbox import Profile, SandboxSettings, parse_fault, running
from plunk_import.storage import RunDirectory, locked

ROWS = "email,event\nada@example.com,hi\nbob@example.com,hi\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "a.yaml").write_text(
        "version: 1\nemail: email\nevent: event\nsubscribed: {const: false}\n"
    )
    for name in [name for name in os.environ if name.startswith("PLUNK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="plunk-import")


def deliver(name: str) -> None:
    sent = call(*("run", "a.csv", "-m", "a.yaml", "-o", f"runs/{name}", "--sandbox"))
    assert sent.exit_code == 0, sent.output


def leave_in_doubt(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = (parse_fault("store-then-drop:ada@example.com"),)
    with running(SandboxSettings(profile=Profile.SPRING, faults=faults)) as server:
        monkeypatch.setenv("PLUNK_API_KEY", server.public_key)
        monkeypatch.setenv("PLUNK_BASE_URL", server.base_url)
        sent = call(
            *("run", "a.csv", "-m", "a.yaml", "-o", f"runs/{name}", "--allow-workflows"),
            *("--rate", "unlimited"),
        )
    assert "1 in doubt" in sent.stdout


def leave_pending(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUNK_API_KEY", "pk_x")
    monkeypatch.setenv("PLUNK_BASE_URL", "http://127.0.0.1:1")
    sent = call(
        *("run", "a.csv", "-m", "a.yaml", "-o", f"runs/{name}", "--allow-workflows"),
        *("--patience", "100ms"),
    )
    assert sent.exit_code == ExitCode.STOPPED


def listed() -> list[str]:
    return [Path(kept["path"]).name for kept in json.loads(call("runs", "list", "--json").stdout)]


@pytest.mark.usefixtures("desk")
def test_runs_are_listed_the_latest_first_with_their_outcome() -> None:
    deliver("monday")
    call("validate", "a.csv", "-m", "a.yaml", "-o", "runs/look")
    deliver("tuesday")
    Path("runs/mine").mkdir()
    Path("runs/mine/notes.txt").touch()
    assert listed() == ["tuesday", "look", "monday"]
    lines = call("runs", "list").stdout.splitlines()
    assert "runs/tuesday  run: All 2 rows are delivered." in lines[0]
    assert "runs/look  validate: All 2 rows are valid." in lines[1]


@pytest.mark.usefixtures("desk")
def test_one_run_is_shown_as_its_status() -> None:
    deliver("monday")
    assert call("runs", "show", "runs/monday").stdout == call("status", "runs/monday").stdout


@pytest.mark.usefixtures("desk")
def test_pruning_keeps_the_latest_and_removes_the_rest() -> None:
    for name in ("monday", "tuesday", "wednesday"):
        deliver(name)
    would = call("runs", "prune", "--keep", "1", "--dry-run")
    assert would.stdout == "Would remove runs/tuesday\nWould remove runs/monday\n"
    assert listed() == ["wednesday", "tuesday", "monday"]
    assert json.loads(call("runs", "prune", "--keep", "1", "--json").stdout) == [
        "runs/tuesday",
        "runs/monday",
    ]
    assert listed() == ["wednesday"]
    assert not Path("runs/monday").exists()


@pytest.mark.usefixtures("desk")
def test_what_is_younger_stays() -> None:
    deliver("monday")
    assert call("runs", "prune", "--older-than", "1d").stdout == "Nothing to remove.\n"
    assert listed() == ["monday"]


@pytest.mark.usefixtures("desk")
def test_what_is_pending_or_in_doubt_or_at_work_is_never_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deliver("done")
    deliver("busy")
    leave_in_doubt("doubtful", monkeypatch)
    leave_pending("pending", monkeypatch)
    with locked(RunDirectory(Path("runs/busy")).lock):
        gone = call("runs", "prune", "--keep", "0", "--json")
    assert json.loads(gone.stdout) == ["runs/done"]
    assert set(listed()) == {"busy", "doubtful", "pending"}


@pytest.mark.usefixtures("desk")
def test_a_run_that_cannot_be_read_stays_and_says_why() -> None:
    deliver("monday")
    Path("runs/monday/journal.sqlite").write_bytes(b"no database" * 999)
    assert "Nothing to remove." in call("runs", "prune", "--keep", "0").stdout
    assert "cannot be read: runs/monday/journal.sqlite" in call("runs", "list").stdout


@pytest.mark.usefixtures("desk")
def test_files_of_others_in_a_run_s_directory_stay() -> None:
    deliver("monday")
    Path("runs/monday/notes.txt").write_text("ask Ada")
    assert call("runs", "prune", "--keep", "0").stdout == "Removed runs/monday\n"
    assert [path.name for path in Path("runs/monday").iterdir()] == ["notes.txt"]


@pytest.mark.usefixtures("desk")
def test_pruning_takes_a_word_on_what_to_keep() -> None:
    Path("runs").mkdir()
    result = call("runs", "prune")
    assert result.exit_code == ExitCode.CANNOT_START
    assert "--keep 30" in result.stderr
