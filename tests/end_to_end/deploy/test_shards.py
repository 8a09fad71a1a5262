"""The pods of the Indexed Job take all shards between them, each in a directory of its own."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.deploy.files import DEPLOY, documents

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
