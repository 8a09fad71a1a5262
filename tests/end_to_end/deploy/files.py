"""The files of deploy/ as a tool reads them."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
KEY_FILES = {"plunk_api_key": "PLUNK_API_KEY", "plunk_secret_key": "PLUNK_SECRET_KEY"}


def documents(path: Path) -> list[Any]:
    """Read all documents of a YAML file."""
    return list(YAML(typ="safe").load_all(path))


def cronjob() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Read the CronJob: its pod, and the container in it."""
    [job] = [it for it in documents(DEPLOY / "kubernetes/cronjob.yaml") if it["kind"] == "CronJob"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    return pod, container


def unit(path: Path) -> Iterator[tuple[str, str]]:
    """Read the settings of a systemd unit, in their order."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name, value


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """Read a Dockerfile as pairs of an instruction and its arguments."""
    text = re.sub(r"^ *#.*\n", "", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    return [(name, arguments) for name, arguments in pairs]


def crontab(path: Path) -> tuple[dict[str, str], str]:
    """Read a file of /etc/cron.d as cron does: its variables, and its one command."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    variables = dict(line.split("=", 1) for line in lines[:-1])
    *_schedule_and_user, command = lines[-1].split(maxsplit=6)
    assert not re.search(r"(?<!\\)%", command), "cron ends a command at a bare %"
    return variables, command.replace("\\%", "%")


def words(command: str) -> list[str]:
    """Split as systemd does, which knows no globs."""
    return shlex.split(command.replace("%%", "%"))
