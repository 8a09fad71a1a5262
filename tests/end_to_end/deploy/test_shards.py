"""The pods of the Indexed Job, and the tasks of Airflow, take all shards between them."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plunk_import.sandbox import SandboxSettings, running
from tests.end_to_end.deploy.files import DEPLOY, documents
from tools import airflow_check

pytestmark = pytest.mark.deploy


def test_each_pod_takes_the_shard_of_its_index(tmp_path: Path) -> None:
    [job] = documents(DEPLOY / "kubernetes/shards.yaml")
    [container] = job["spec"]["template"]["spec"]["containers"]
    program = tmp_path / "plunk-import"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    taken, directories = [], set()
    for index in range(job["spec"]["completions"]):
        variables = {"JOB_COMPLETION_INDEX": str(index), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        command = [*container["command"], *container["args"]]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        options = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        taken.append(options["--shard"])
        directories.add(options["--output"])
        assert options["--manifest"] == "runs/manifest"
    assert taken == ["1/4", "2/4", "3/4", "4/4"]
    assert len(directories) == len(taken)


def test_what_the_tasks_of_airflow_call_imports_all_rows_and_merges_them(tmp_path: Path) -> None:
    whole: Any = airflow_check.EXPECTED["all shards"]
    merge, *shards = whole["calls"]
    (tmp_path / "exports").mkdir()
    lines = [f"p{number % 9}@example.com,{number}" for number in range(40)]
    (tmp_path / "exports" / "a.csv").write_text("\n".join(["email,n", *lines]))
    (tmp_path / "orders.yaml").write_text(
        "version: 1\nemail: email\nevent: {const: paid}\nsubscribed: {const: false}\n"
    )
    program = Path(sys.executable).with_name("plunk-import")
    with running(SandboxSettings()) as plunk:
        keys = {"PLUNK_API_KEY": plunk.public_key, "PLUNK_SECRET_KEY": plunk.secret_key}
        variables = {**os.environ, **keys, "PLUNK_BASE_URL": plunk.base_url}
        for call in (*shards, merge):
            command: list[str | Path] = [program, *shlex.split(call.replace("RUN", "runs/one"))]
            done = subprocess.run(
                command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, call + done.stdout + done.stderr
        assert plunk.stored().events == 40
    assert len((tmp_path / "runs/one/merged/results.csv").read_text().splitlines()) == 41
