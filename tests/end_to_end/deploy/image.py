"""Carries a Dockerfile's instructions out in a directory, where there is no container engine."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.end_to_end.deploy import files

ABSOLUTE = re.compile(r"(?<![\w.$/])/(?=opt|src|data)")
"""The root of a path of the image. The paths of its base image are those of this machine."""


@dataclasses.dataclass
class Image:
    """What a Dockerfile makes, with `root` in the place of `/`."""

    context: Path
    root: Path
    stages: dict[str, Path] = dataclasses.field(default_factory=dict)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    directory: str = "/"
    user: str = "root"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def build(self, steps: Sequence[tuple[str, str]]) -> None:
        """Carry out every instruction; one that is unknown here is an error."""
        carry_out: dict[str, Callable[[str], None]] = {
            "FROM": self._from,
            "WORKDIR": self._workdir,
            "COPY": self._copy,
            "RUN": self._run,
            "ENV": self._env,
            "VOLUME": lambda arguments: self._here(json.loads(arguments)[0]).mkdir(exist_ok=True),
            "USER": lambda arguments: setattr(self, "user", arguments),
            "ENTRYPOINT": lambda arguments: setattr(self, "entrypoint", json.loads(arguments)),
            "CMD": lambda arguments: setattr(self, "command", json.loads(arguments)),
        }
        for name, arguments in steps:
            carry_out[name](arguments)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a container: no privileges, nothing but volumes writable by its modes."""
        return subprocess.run(
            [*unprivileged(), *self.entrypoint, *(arguments or self.command)],
            cwd=self._here(self.directory),
            env={"PATH": "/usr/bin:/bin", **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _from(self, arguments: str) -> None:
        # A stage keeps its place while it is built, for scripts hold their environment's path.
        name = arguments.partition(" AS ")[2] or "last"
        if self.root.exists():
            self.root.rename(self.root.with_name(f"stage-{len(self.stages)}"))
            last = list(self.stages)[-1]
            self.stages[last] = self.root.with_name(f"stage-{len(self.stages)}")
        self.stages[name] = self.root
        for folder in ("opt", "src", "data"):
            (self.root / folder).mkdir(parents=True)

    def _workdir(self, arguments: str) -> None:
        self.directory = arguments

    def _copy(self, arguments: str) -> None:
        *options, last, target = arguments.split()
        flags = dict(it[2:].split("=") for it in options if it.startswith("--"))
        sources = [it for it in options if not it.startswith("--")] + [last]
        for source in sources:
            stage = self.stages[flags["from"]] if "from" in flags else self.context
            self._place(stage / source.lstrip("/"), target)

    def _place(self, source: Path, target: str) -> None:
        place = self._here(target)
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy(source, place)

    def _run(self, arguments: str) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            ["/bin/sh", "-euc", ABSOLUTE.sub(f"{self.root}/", arguments)],
            cwd=self._here(self.directory),
            env={**os.environ, **self.environment, "PATH": path, "PIP_NO_INPUT": "1"},
            stdin=subprocess.DEVNULL,
            check=True,
        )

    def _env(self, arguments: str) -> None:
        moved = ABSOLUTE.sub(f"{self.root}/", arguments)
        pairs = dict(pair.split("=", 1) for pair in moved.split())
        self.environment |= {k: v.replace("$PATH", "/usr/bin:/bin") for k, v in pairs.items()}

    def _here(self, path: str) -> Path:
        return self.root / (Path(self.directory) / path).relative_to("/")


def context(folder: Path) -> Path:
    """Copy what .dockerignore lets into a build, and nothing else."""
    rules = (files.DEPLOY / "container/Dockerfile.dockerignore").read_text(encoding="utf-8")
    allowed = [line[1:] for line in rules.splitlines() if line.startswith("!")]
    for name in allowed:
        source, place = files.ROOT / name, folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place)
    return folder


def unprivileged() -> list[str]:
    """Words before a command that take root's right to write where the modes say no."""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    return drop if os.geteuid() == 0 else []


def seal(root: Path) -> None:
    """Make everything below a directory readable only."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
        Path(folder).chmod(Path(folder).stat().st_mode & ~0o222)
