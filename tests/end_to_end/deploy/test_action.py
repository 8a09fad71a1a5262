"""The GitHub Action's steps, carried out in their order, mark what is wrong at its lines."""

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.deploy import files

pytestmark = pytest.mark.deploy
ACTION = files.DEPLOY / "github-action"
[DESCRIPTION] = files.documents(ACTION / "action.yml")
DEFAULTS = {name: it.get("default", "") for name, it in DESCRIPTION["inputs"].items()}
GOOD = "Email,order_id\nada@example.com,1\n"
MAPPING = "version: 1\nemail: Email\nevent: {const: ordered}\nid: [order_id]\n"


@dataclasses.dataclass(frozen=True)
class Runner:
    """Carries out a composite action as GitHub's runner does; setup-python gives this Python."""

    workspace: Path
    temporary: Path

    def run(self, **inputs: str) -> Iterator["subprocess.CompletedProcess[str]"]:
        """Run the steps up to the first that fails."""
        values = {f"inputs.{name}": value for name, value in {**DEFAULTS, **inputs}.items()}
        values["steps.python.outputs.python-path"] = sys.executable
        for step in DESCRIPTION["runs"]["steps"]:
            if "run" in step:
                done = self._step(step, values)
                yield done
                if done.returncode:
                    return

    def _step(
        self, step: Mapping[str, Any], values: dict[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        output = self.temporary / "output"
        output.write_text("", encoding="utf-8")
        given = {name: filled(value, values) for name, value in step["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env={
                "PATH": os.environ["PATH"],
                "GITHUB_ACTION_PATH": str(ACTION),
                "GITHUB_OUTPUT": str(output),
                "RUNNER_TEMP": str(self.temporary),
                **given,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        for line in output.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            values[f"steps.{step['id']}.outputs.{name}"] = value
        return done


def filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: values[found[1]], text)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A repository with two exports, one of them bad in its third line."""
    place = tmp_path_factory.mktemp("action")
    (place / "repository" / "exports").mkdir(parents=True)
    (place / "temporary").mkdir()
    (place / "repository" / "orders.yaml").write_text(MAPPING, encoding="utf-8")
    (place / "repository" / "exports" / "good.csv").write_text(GOOD, encoding="utf-8")
    bad = place / "repository" / "exports" / "bad one.csv"
    bad.write_text(f"{GOOD}nobody,2\n", encoding="utf-8")
    return Runner(place / "repository", place / "temporary")


def test_it_marks_a_bad_row_at_its_line_and_fails(runner: Runner) -> None:
    *_, last = runner.run(files="exports/*.csv\n", mapping="orders.yaml", output="check")
    assert last.returncode == 1, last.stderr
    assert "::error file=exports/bad one.csv,line=3,title=invalid_email" in last.stdout
    assert (runner.workspace / "check" / "rejects.csv").exists()


def test_it_passes_where_every_row_is_good(runner: Runner) -> None:
    *_, last = runner.run(files="\nexports/good.csv\n", mapping="orders.yaml", output="good")
    assert last.returncode == 0, last.stdout + last.stderr
    assert "::error" not in last.stdout


def test_an_input_is_never_a_command(runner: Runner) -> None:
    *_, last = runner.run(files="$(touch taken).csv", mapping="`touch taken`", output="never")
    assert last.returncode == 2
    assert not (runner.workspace / "taken").exists()
