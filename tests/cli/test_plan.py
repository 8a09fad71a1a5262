"""`plan` estimates from the rows of files, or with as many as it is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plunk_import.cli import main

MAPPING = "version: 1\nemail: email\nevent: event\nid: [n]\nsubscribed: {const: false}\n"


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = "ada@example.com,hi,1\nada@example.com,hi,2\nbob@example.com,hi,3\nnobody,hi,4\n"
    (tmp_path / "a.csv").write_text("email,event,n\n" + rows)
    (tmp_path / "a.yaml").write_text(MAPPING)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plan", *arguments], prog_name="plunk-import")


def told(*arguments: str) -> dict[str, Any]:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_rows_are_those_of_files_and_nothing_is_left_behind(desk: Path) -> None:
    found = told("a.csv", "-m", "a.yaml", "--machines", "2", "--rate", "1/s")
    assert found["workload"] == {"rows": 4, "sent": 3, "busiest": 2, "has_id": True}
    assert found["send_seconds"] == 3
    assert {path.name for path in desk.iterdir()} == {"a.csv", "a.yaml"}


def test_the_rows_are_as_many_as_it_is_told() -> None:
    found = told("--rows", "1e9", "--busiest", "1_000", "--with-id", "--machines", "8")
    load = {"rows": 10**9, "sent": 10**9, "busiest": 1000, "has_id": True}
    assert found["workload"] == load
    assert found["machines"] == 8
    assert found["asked_per_second"] == pytest.approx(1000 / 60)


def test_unlimited_asks_for_no_pace() -> None:
    found = told("--rows", "1000", "--rate", "unlimited")
    assert found["asked_per_second"] is None


def test_people_read_a_table() -> None:
    result = call("--rows", "1e6", "--rate", "100/s")
    assert result.stdout.startswith("1,000,000 of 1,000,000 rows, by 1 sender, at 100 rows/s\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give files and their mapping (-m), or else --rows N."),
        (("a.csv", "--rows", "5"), "or else --rows N"),
        (("a.csv", "-m", "a.yaml", "--with-id"), "or else --rows N"),
        (("a.csv",), "Files need their mapping"),
        (("--rows", "1.5"), "write a number of rows"),
        (("--rows", "inf"), "write a number of rows"),
        (("--rows", "0"), "write a number of rows"),
        (("--rows", "5", "--busiest", "6"), "--busiest 6 is more than all rows"),
        (("--rows", "5", "--machines", "0"), "x>=1"),
        (("--rows", "5", "--rate", "fast"), "is not a rate"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else None,
)
def test_what_cannot_be_estimated_is_said(arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
