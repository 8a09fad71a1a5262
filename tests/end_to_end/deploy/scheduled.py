"""Each schedule's command, as that schedule would run it, moved from its machine to a directory."""

import dataclasses
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.end_to_end.deploy import files
from tools import airflow_check

PROGRAM = str(Path(sys.executable).with_name("plunk-import"))
CODE = {name: os.environ[name] for name in ["PYTHONPATH"] if name in os.environ}
"""Where the code under test stands, if not where it is installed."""


@dataclasses.dataclass(frozen=True)
class Scheduled:
    """A command with the variables that its schedule sets, and nothing else."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    moved: Mapping[str, str]
    """Directories of the machine it is for, and what stands for each below the test's own."""

    def run(self, place: Path, plunk: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Run it in `place` with no terminal, no home, and `plunk` to say where Plunk is."""
        return subprocess.run(
            [self._here(word, place) for word in self.command],
            cwd=place,
            env={
                "PATH": f"{Path(PROGRAM).parent}:/usr/bin:/bin",
                **CODE,
                **{name: self._here(value, place) for name, value in self.environment.items()},
                **plunk,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _here(self, text: str, place: Path) -> str:
        for there, here in self.moved.items():
            text = text.replace(there, str(place / here))
        return text


def service(name: str) -> Mapping[str, Any]:
    """Read a service of Compose."""
    [compose] = files.documents(files.DEPLOY / "container" / "compose.yaml")
    found: Mapping[str, Any] = compose["services"][name]
    return found


def by_compose() -> Scheduled:
    variables = {k: v for k, v in service("import")["environment"].items() if k != "PLUNK_BASE_URL"}
    return Scheduled((PROGRAM, *service("import")["command"]), variables, {"/run/secrets": "keys"})


def by_kubernetes() -> Scheduled:
    _, container = files.cronjob()
    variables = {it["name"]: it.get("value", "plunk-import-29384") for it in container["env"]}
    arguments = [it.replace("$(RUN_NAME)", variables["RUN_NAME"]) for it in container["args"]]
    moved = {"/run/secrets/plunk-import": "keys", "config/orders.yaml": "orders.yaml"}
    return Scheduled((PROGRAM, *arguments), variables, moved)


def by_systemd() -> Scheduled:
    settings = list(files.unit(files.DEPLOY / "systemd/plunk-import.service"))
    variables = dict(value.split("=", 1) for name, value in settings if name == "Environment")
    [command] = [value for name, value in settings if name == "ExecStart"]
    program, *arguments = files.words(command)
    assert program == "/usr/local/bin/plunk-import"
    return Scheduled((PROGRAM, *arguments), variables, {"/etc/plunk-import": "", "%d": "keys"})


def by_cron() -> Scheduled:
    variables, command = files.crontab(files.DEPLOY / "cron/plunk-import")
    del variables["PATH"]
    moved = {
        "/etc/plunk-import/plunk_": "keys/plunk_",
        "/etc/plunk-import": "",
        "/var/lib/plunk-import": "",
    }
    return Scheduled((variables["SHELL"], "-c", command), variables, moved)


def by_airflow() -> Scheduled:
    keys = {f"{name}_FILE": f"/keys/{file}" for file, name in files.KEY_FILES.items()}
    arguments = shlex.split(airflow_check.ARGUMENTS)
    return Scheduled((PROGRAM, *arguments), keys, {"/keys": "keys"})


SCHEDULES: dict[str, Callable[[], Scheduled]] = {
    "compose": by_compose,
    "Kubernetes": by_kubernetes,
    "systemd": by_systemd,
    "cron": by_cron,
    "Airflow": by_airflow,
}
