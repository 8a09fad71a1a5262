"""The generated parts of README and docs: what the program prints, between two comments.

`python -m tools.pages` writes them; the tests compare. A part is `<!-- NAME -->` to
`<!-- end -->`; one whose name is unknown here is written by hand.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import profiles
from benchmarks.kept import Kept
from plunk_import.errors import ExitCode
from plunk_import.mapping import mapping_schema
from plunk_import.propose.exports import KNOWN_EXPORTS
from plunk_import.sandbox.faults import DESCRIPTIONS
from plunk_import.validate import REGISTRY
from tools import scale

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
_PART = re.compile(r"(<!-- (?P<name>[^>]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)


def pages() -> list[Path]:
    """Every page that people read: README first, then docs."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def rendered(text: str) -> str:
    """Make the generated parts of a page anew; what is written by hand stays.

    Args:
        text: the page as it is, in Markdown.

    Returns:
        The page as it should be.

    """
    return _PART.sub(lambda part: part[1] + (_made(part["name"]) or part["body"]) + part[4], text)


def _made(name: str) -> str | None:
    if name.startswith("output: "):
        return fenced(printed_by(name.removeprefix("output: ")))
    makers = {
        "benchmarks": Kept().whole,
        "benchmarks in short": Kept().short,
        "benchmarks over time": Kept().over_time,
        "profiles": profiles.Kept().whole,
        "codes": _codes,
        "demands": lambda: _table(*scale.demands()),
        "figures": lambda: _table(*scale.figures()),
        "exit codes": _exit_codes,
        "exports": _exports,
        "faults": _faults,
        "help": _help,
        "mapping": _mapping,
    }
    return makers[name]() if name in makers else None


def printed_by(command: str) -> str:
    """Run a command of the program in an empty directory beside the samples.

    Args:
        command: as a shell would take it, `plunk-import` first.

    Returns:
        What it prints on standard output.

    """
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


def fenced(text: str) -> str:
    """Put a text into a block that nothing interprets."""
    return f"```text\n{text.rstrip()}\n```\n"


def _codes() -> str:
    rows = [(f"`{entry.code}`", entry.meaning, entry.remedy) for entry in REGISTRY.values()]
    return _table(("code", "meaning", "what to do"), rows)


def _exit_codes() -> str:
    return _table(("code", "meaning"), [(str(code.value), code.meaning) for code in ExitCode])


def _exports() -> str:
    rows = [
        (one.title, ", ".join(f"`{name}`" for name in one.subscribed) or "none; `init` asks")
        for one in KNOWN_EXPORTS
    ]
    return _table(("export", "column of consent, the first that is there"), rows)


def _faults() -> str:
    rows = [(f"`{kind}`", what) for kind, what in DESCRIPTIONS.items()]
    return _table(("fault", "what the server does"), rows)


def _help() -> str:
    parts = (f"## {name}\n\n{fenced(printed_by(f'{name} --help'))}" for name in _commands())
    return "\n".join(parts)


def _commands() -> Iterator[str]:
    import click

    from plunk_import.cli import main

    def walk(name: str, command: click.Command) -> Iterator[str]:
        yield name
        if isinstance(command, click.Group):
            for child in command.commands.values():
                yield from walk(f"{name} {child.name}", child)

    return walk("plunk-import", main)


def _mapping() -> str:
    schema = mapping_schema()
    kinds: Mapping[str, Any] = {"The file": schema, **schema["$defs"]}
    return "\n".join(f"## {name}\n\n{_keys_of(kind)}" for name, kind in kinds.items())


def _keys_of(kind: Mapping[str, Any]) -> str:
    rows = []
    for name, key in kind["properties"].items():
        choices = ", ".join(f"`{choice}`" for choice in key.get("enum", ()))
        default = f"`{json.dumps(key['default'])}`" if "default" in key else ""
        examples = ", ".join(f"`{json.dumps(example)}`" for example in key.get("examples", ()))
        rows.append((f"`{name}`", key.get("description", ""), choices or examples, default))
    return _table(("key", "meaning", "values", "default"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


def main() -> None:
    """Write every page."""
    for page in pages():
        page.write_text(rendered(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
