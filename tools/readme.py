"""Takes the README, gives it with every generated part as the program prints it today.

`python tools/readme.py` writes it; the tests compare.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from plunk_import.errors import ExitCode
from plunk_import.sandbox.faults import DESCRIPTIONS
from plunk_import.validate import REGISTRY

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
_MODULES = {
    "what ends a run, what rejects a row": ("errors", "rejects", "cautions"),
    "what the user says": ("settings", "times", "mapping", "mapping_file", "proposal", "proposing"),
    "read": ("source", "readers", "column"),
    "map and validate": ("compile", "compiling", "job"),
    "look ahead": (
        *("survey", "census", "plan", "estimate", "preflight", "consent"),
        *("linefinder", "annotations"),
    ),
    "send": (
        *("reply", "verdict", "envelope", "bucket", "pace", "outage", "lanes", "slots", "clock"),
        *("transport", "project", "client", "session", "logbook", "halt", "feed", "gate"),
        *("flight", "dispatch", "sending"),
    ),
    "record": ("database", "committer", "rows", "journal", "lock", "history", "past"),
    "settle doubt": ("readback", "settling"),
    "tell": (
        *("order", "outputs", "course", "report", "reporting", "page", "summary", "progress"),
        *("display", "rundir"),
    ),
    "wire": ("edges", "running", "run", "inspection", "pipeline", "cli"),
    "rehearse": ("sandbox",),
}
_PART = re.compile(r"(<!-- (?P<name>[^>]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
_COMMANDS = (
    *("init", "validate", "check", "run", "resume", "resolve", "status", "sandbox"),
    *("schema", "codes", "history", "history prune", "history forget"),
)


def rendered(text: str) -> str:
    """Give the README with its generated parts made anew; hand-written parts stay."""
    return _PART.sub(lambda part: part[1] + (_made(part["name"]) or part["body"]) + part[4], text)


def _made(name: str) -> str | None:
    if name.startswith("output: "):
        return _fenced(printed_by(name.removeprefix("output: ")))
    makers = {
        "benchmarks": lambda: RESULTS.read_text(encoding="utf-8"),
        "codes": _codes,
        "exit codes": _exit_codes,
        "faults": _faults,
        "help": _help,
    }
    return makers[name]() if name in makers else None


def printed_by(command: str) -> str:
    """Give what a command prints, run in an empty directory beside the samples."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "samples").symlink_to(ROOT / "samples")
        program, *arguments = shlex.split(command)
        done = subprocess.run(
            [Path(sys.executable).with_name(program), *arguments],
            cwd=place,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout


def _codes() -> str:
    rows = [f"| `{entry.code}` | {entry.meaning} |" for entry in REGISTRY.values()]
    return "\n".join(["| code | meaning |", "|---|---|", *rows]) + "\n"


def _exit_codes() -> str:
    rows = [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    return "\n".join(["| code | meaning |", "|---|---|", *rows]) + "\n"


def _faults() -> str:
    rows = [f"| `{kind}` | {what} |" for kind, what in DESCRIPTIONS.items()]
    return "\n".join(["| fault | what the server does |", "|---|---|", *rows]) + "\n"


def _help() -> str:
    return "\n".join(
        f"<details><summary><code>plunk-import {name}</code></summary>\n\n"
        f"{_fenced(printed_by(f'plunk-import {name} --help'))}\n</details>\n"
        for name in _COMMANDS
    )


def _fenced(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


def main() -> None:
    """Write the README."""
    README.write_text(rendered(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
