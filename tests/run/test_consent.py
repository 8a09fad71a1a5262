"""No customer gets an e-mail because a history was imported."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plunk_import.sandbox import SandboxSettings
from plunk_import.sandbox.server import Sandbox, running

MAPPING = "version: 1\nemail: email\nevent: event\n"
ROWS = (
    "email,event\nada@example.com,order.paid\nbob@example.com,visit\nada@example.com,order.paid\n"
)


@pytest.fixture
def plunk(tmp_path: Path) -> Iterator[Sandbox]:
    (tmp_path / "orders.csv").write_text(ROWS)
    (tmp_path / "orders.yaml").write_text(MAPPING)
    settings = SandboxSettings(database=tmp_path / "plunk.sqlite", workflows=("order.paid",))
    with running(settings) as server:
        yield server


def run(
    plunk: Sandbox, place: Path, *options: str, secret: bool = True
) -> subprocess.CompletedProcess[str]:
    keys = {"PLUNK_BASE_URL": plunk.base_url, "PLUNK_API_KEY": plunk.public_key}
    if secret:
        keys["PLUNK_SECRET_KEY"] = plunk.secret_key
    program = Path(sys.executable).with_name("plunk-import")
    command = [str(program), "run", "orders.csv", "-m", "orders.yaml", "-o", "run", *options]
    environment = {name: value for name, value in os.environ.items() if "PLUNK" not in name}
    return subprocess.run(
        [*command, "--rate", "unlimited"],
        cwd=place,
        env={**environment, **keys},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_terminal_a_workflow_that_would_fire_stops_the_run_before_it_sends(
    plunk: Sandbox, tmp_path: Path
) -> None:
    done = run(plunk, tmp_path)
    assert done.returncode == 2
    assert "'order.paid': 1 contact" in done.stdout
    assert "--allow-workflows" in done.stdout
    assert plunk.stored().events == 0
    assert json.loads((tmp_path / "run" / "report.json").read_text())["books"]["pending"] == 3


def test_yes_alone_is_no_word_for_workflows(plunk: Sandbox, tmp_path: Path) -> None:
    assert run(plunk, tmp_path, "--yes").returncode == 2
    assert plunk.stored().events == 0


def test_with_the_word_for_it_the_run_goes_on_where_it_was_stopped(
    plunk: Sandbox, tmp_path: Path
) -> None:
    run(plunk, tmp_path)
    done = run(plunk, tmp_path, "--allow-workflows")
    assert done.returncode == 0, done.stdout + done.stderr
    assert plunk.stored().events == 3
    assert plunk.stored().workflow_runs == 1


def test_without_the_secret_key_it_says_that_workflows_were_not_asked_about(
    plunk: Sandbox, tmp_path: Path
) -> None:
    done = run(plunk, tmp_path, secret=False)
    assert done.returncode == 0
    assert "? workflows, " in done.stdout
    assert "Set PLUNK_SECRET_KEY" in done.stderr


@pytest.mark.parametrize(("column", "code"), [("", 0), ("subscribed: {const: true}\n", 2)])
def test_a_workflow_on_changes_of_subscription_counts_where_the_file_may_cause_them(
    column: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(ROWS)
    (tmp_path / "orders.yaml").write_text(MAPPING + column)
    settings = SandboxSettings(workflows=("contact.subscribed",))
    with running(settings) as plunk:
        assert run(plunk, tmp_path).returncode == code
