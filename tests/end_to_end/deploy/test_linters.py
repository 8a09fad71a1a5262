"""Each file is judged by its own field's tool, and each tool finds what is wrong."""

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.deploy.files import DEPLOY, ROOT

pytestmark = pytest.mark.deploy


@dataclasses.dataclass(frozen=True)
class Linter:
    """A tool, the file it judges, and a change to that file that it must refuse."""

    command: str
    file: str
    right: str
    wrong: str

    def complaint(self, tree: Path) -> str:
        """Return what it says in `tree`; nothing where it finds nothing wrong."""
        program, *arguments = self.command.replace("FILE", self.file).split()
        beside_python = Path(sys.executable).with_name(program)
        done = subprocess.run(
            [beside_python if beside_python.exists() else program, *arguments],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
        # systemd only warns of a setting it does not know, so its every word counts.
        warned = done.stderr if program == "systemd-analyze" else ""
        return warned or (done.returncode and (done.stdout + done.stderr)) or ""


SCHEMA = "check-jsonschema --builtin-schema vendor."
SECURITY = "zizmor --offline --pedantic --no-progress"
WORKFLOWS = sorted(path.name for path in (ROOT / ".github" / "workflows").iterdir())
LINTERS = {
    "Dockerfile": Linter(
        "hadolint FILE", "deploy/container/Dockerfile", "python:3.13.9-slim-trixie", "python"
    ),
    "compose": Linter(
        f"{SCHEMA}compose-spec FILE", "deploy/container/compose.yaml", "read_only", "readonly"
    ),
    "service": Linter(
        "systemd-analyze verify FILE",
        "deploy/systemd/plunk-import.service",
        "DynamicUser=",
        "DynamicUsr=",
    ),
    "service's exposure": Linter(
        "systemd-analyze security --offline=true --threshold=15 FILE",
        "deploy/systemd/plunk-import.service",
        "DynamicUser=yes",
        "User=root",
    ),
    "timer": Linter(
        "systemd-analyze verify FILE",
        "deploy/systemd/plunk-import.timer",
        "02:15:00",
        "26:15:00",
    ),
    "CronJob": Linter(
        "kubernetes-validate --strict FILE",
        "deploy/kubernetes/cronjob.yaml",
        "concurrencyPolicy",
        "concurrency",
    ),
    "Job of shards": Linter(
        "kubernetes-validate --strict FILE",
        "deploy/kubernetes/shards.yaml",
        "completionMode",
        "completionsMode",
    ),
    "crontab": Linter(
        "checkcrontab --no-colors -S FILE", "deploy/cron/plunk-import", "15 2 *", "75 2 *"
    ),
    "action": Linter(
        f"{SCHEMA}github-actions FILE", "deploy/github-action/action.yml", "composite", "composed"
    ),
    "action's security": Linter(
        f"{SECURITY} FILE",
        "deploy/github-action/action.yml",
        '"$MAPPING"',
        "${{ inputs.mapping }}",
    ),
    "action's example": Linter(
        f"{SCHEMA}github-workflows FILE", "deploy/github-action/example.yml", "runs-on", "runs_on"
    ),
    "Dependabot": Linter(
        f"{SCHEMA}dependabot FILE", ".github/dependabot.yml", "interval", "intervall"
    ),
    "Read the Docs": Linter(f"{SCHEMA}readthedocs FILE", ".readthedocs.yaml", "python:", "pythn:"),
    **{
        f"workflow {name}": Linter(
            f"{SCHEMA}github-workflows FILE", f".github/workflows/{name}", "runs-on", "runs_on"
        )
        for name in WORKFLOWS
    },
    **{
        f"security of workflow {name}": Linter(
            f"{SECURITY} FILE",
            f".github/workflows/{name}",
            "@de0fac2e4500dabe0009e67214ff5f5447ce83dd",
            "@v6",
        )
        for name in WORKFLOWS
    },
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    shutil.copy(ROOT / ".readthedocs.yaml", tmp_path)
    # systemd looks whether the program is there; on this machine it stands elsewhere.
    service = tmp_path / "deploy" / "systemd" / "plunk-import.service"
    program = str(Path(sys.executable).with_name("plunk-import"))
    moved = service.read_text(encoding="utf-8").replace("/usr/local/bin/plunk-import", program)
    service.write_text(moved, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("linter", LINTERS.values(), ids=LINTERS)
def test_a_linter_finds_nothing_until_something_is_wrong(linter: Linter, tree: Path) -> None:
    assert linter.complaint(tree) == ""
    text = (tree / linter.file).read_text(encoding="utf-8")
    assert linter.right in text
    (tree / linter.file).write_text(text.replace(linter.right, linter.wrong), encoding="utf-8")
    assert linter.complaint(tree) != ""


def test_every_file_to_deploy_has_a_linter_or_is_run() -> None:
    linted = {linter.file for linter in LINTERS.values()}
    run = {
        "deploy/airflow/plunk_import_nightly.py",
        "deploy/airflow/plunk_import_shards.py",
        "deploy/container/Dockerfile.dockerignore",
        "deploy/container/build-requirements.txt",
        "deploy/container/requirements.txt",
    }
    there = {
        str(path.relative_to(ROOT))
        for folder in (DEPLOY, ROOT / ".github")
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there - linted == run
