"""What is said of files and of a live project before anything is sent."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from plunk_import import Connection, ExitCode, check_file, validate_file
from plunk_import.report import Report
from plunk_import.sandbox import Sandbox, SandboxSettings, running

MAPPING = {"version": 1, "email": "email", "event": "event", "data": {"n": "n"}}
ROWS = "email,event,n\nada@example.com,hi,1\nbob@example.com,hi,2\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(ROWS)
    return tmp_path / "a.csv"


@pytest.fixture(scope="module")
def plunk() -> Iterator[Sandbox]:
    with running(SandboxSettings(workflows=("hi",))) as server:
        yield server


def checked(source: Path, plunk: Sandbox, *, api_key: str, secret_key: str | None) -> Report:
    connection = Connection(
        api_key=SecretStr(api_key),
        secret_key=SecretStr(secret_key) if secret_key else None,
        base_url=plunk.base_url,
    )
    mapping = {**MAPPING, "subscribed": {"const": False}}
    return check_file(source, mapping, connection=connection, directory=source.parent / "out")


def states(report: Report) -> dict[str, str]:
    return {check.name: check.state for check in report.checks}


def test_a_check_s_verdict_tells_what_is_wrong_in_the_project(source: Path, plunk: Sandbox) -> None:
    report = checked(source, plunk, api_key=plunk.public_key, secret_key=plunk.secret_key)
    assert report.verdict == "All 2 rows are valid; look first at: workflows."
    assert report.exit_code is ExitCode.INCOMPLETE
    assert (source.parent / "out" / "report.html").read_text().count(report.verdict) >= 2


def test_what_only_the_secret_key_may_read_is_said_to_be_unchecked(
    source: Path, plunk: Sandbox
) -> None:
    report = checked(source, plunk, api_key=plunk.public_key, secret_key=None)
    unread = "workflows, subscriptions, field types, field names, event names"
    assert report.verdict == f"All 2 rows are valid; not checked: {unread}."
    assert report.exit_code is ExitCode.DELIVERED


@pytest.mark.parametrize(
    ("api_key", "wrong", "well"),
    [("pk_wrong", "key", ["connection"]), ("pk_disabled", "project", ["connection", "key"])],
)
def test_after_what_stops_every_run_each_line_is_there_as_unchecked(
    api_key: str, wrong: str, well: list[str], source: Path, plunk: Sandbox
) -> None:
    found = states(checked(source, plunk, api_key=api_key, secret_key=plunk.secret_key))
    assert len(found) == 10
    assert [name for name, state in found.items() if state == "ok"] == well
    assert [name for name, state in found.items() if state == "wrong"] == [wrong]


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
def test_warnings_count_where_strictness_is_asked_for(
    strict: bool, code: int, source: Path, tmp_path: Path
) -> None:
    report = validate_file(source, MAPPING, strict=strict, directory=tmp_path / "out")
    assert "no_date" in report.warnings
    assert report.exit_code == code
    assert json.loads((tmp_path / "out" / "report.json").read_text())["exit_code"] == code
