"""Every command takes `--json`, and then prints its outcome alone on standard output."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from plunk_import.cli import main
from plunk_import.sandbox import Sandbox, SandboxSettings, running
from plunk_import.storage import History
from tests.fakes import EPOCH

MAPPING = "version: 1\nemail: email\nevent: event\nsubscribed: {const: false}\n"
EXPECTED = "tests:\n  - row: {email: nobody, event: hi}\n    rejects: [invalid_email]\n"
RUN = ("a.csv", "-m", "a.yaml", "-o", "run")
SENT = ("run", *RUN, "--yes", "--sandbox", "--history", "seen.sqlite")
SHARDS = [
    ("run", "a.csv", "-m", "a.yaml", "-o", f"shard{n}", "--yes", "--sandbox", "--shard", f"{n}/2")
    for n in (1, 2)
]
AFTER_A_RUN: dict[tuple[str, ...], tuple[str, ...]] = {
    ("resume",): ("run",),
    ("resolve",): ("run",),
    ("status",): ("run",),
    ("verify",): ("run",),
    ("runs", "list"): (".",),
    ("runs", "prune"): (".", "--keep", "1", "--dry-run"),
    ("runs", "show"): ("run",),
    ("history", "prune"): ("seen.sqlite", "--older-than", "1d"),
}
ON_ITS_OWN: dict[tuple[str, ...], tuple[str, ...]] = {
    ("init",): ("a.csv", "-m", "new.yaml", "--event", "hi"),
    ("validate",): RUN,
    ("check",): RUN,
    ("plan",): ("a.csv", "-m", "a.yaml"),
    ("run",): (*RUN, "--yes"),
    ("config",): (),
    ("mapping", "test"): ("a.yaml",),
    ("schema",): (),
    ("codes",): (),
}
OTHERS = {("merge",), ("history", "forget"), ("sandbox",)}
"""Commands that need more than one run, a lost one, or to be stopped: each has a test below."""


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.csv").write_text(
        "email,event\nada@example.com,hi\nbob@example.com,hi\nnobody,hi\n"
    )
    (tmp_path / "a.yaml").write_text(MAPPING)
    (tmp_path / "a.test.yaml").write_text(EXPECTED)
    for name in [name for name in os.environ if name.startswith("PLUNK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def plunk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with running(SandboxSettings()) as server:
        monkeypatch.setenv("PLUNK_API_KEY", server.public_key)
        monkeypatch.setenv("PLUNK_SECRET_KEY", server.secret_key)
        monkeypatch.setenv("PLUNK_BASE_URL", server.base_url)
        yield server


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="plunk-import")


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield path
        return
    for name, below in command.commands.items():
        yield from leaves(below, (*path, name))


def told(result: Result) -> object:
    assert result.exit_code in {0, 1}, result.output
    return json.loads(result.stdout)


def test_each_command_is_called_below() -> None:
    assert set(leaves(main)) == {*AFTER_A_RUN, *ON_ITS_OWN, *OTHERS}


@pytest.mark.usefixtures("plunk")
@pytest.mark.parametrize("path", ON_ITS_OWN, ids=" ".join)
def test_a_command_prints_json_alone(path: tuple[str, ...]) -> None:
    assert told(call(*path, *ON_ITS_OWN[path], "--json"))


@pytest.mark.usefixtures("plunk")
@pytest.mark.parametrize("path", AFTER_A_RUN, ids=" ".join)
def test_a_command_about_a_run_prints_json_alone(path: tuple[str, ...]) -> None:
    assert call("run", *RUN, "--yes", "--history", "seen.sqlite").exit_code == 1
    assert told(call(*path, *AFTER_A_RUN[path], "--json")) is not None


def test_merged_shards_are_told_as_json() -> None:
    for shard in SHARDS:
        call(*shard)
    report = told(call("merge", "shard1", "shard2", "-o", "whole", "--json"))
    assert isinstance(report, dict)
    assert report["books"]["read"] == 3


def test_a_lost_run_that_is_given_up_is_told_as_json(desk: Path) -> None:
    with History.open(desk / "seen.sqlite") as history:
        history.begin(desk / "lost", scope="a project", at=EPOCH)
    forgotten = call("history", "forget", "seen.sqlite", "lost", "--json")
    assert told(forgotten) == {"forgotten": "lost"}


def test_a_sandbox_says_in_json_where_it_is() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "plunk_import", "sandbox", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        server.terminate()
    assert {"base_url", "public_key", "secret_key", "database"} == set(json.loads(line))
