"""Every page of README and docs: its generated parts are current, and its commands work."""

import dataclasses
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.end_to_end.reading import PLACEHOLDER_KEYS, Reader
from tools import pages

PAGES = {str(page.relative_to(pages.ROOT)): page for page in pages.pages()}
COMMANDS_SHOWN_ONLY = {"pipx", "pip", "uv", "uvx", "docker", "kubectl", "sudo", "python"}
"""What needs an installation, another machine or hours: shown as `console`, never run."""


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_generated_parts_of_a_page_are_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert pages.rendered(text) == text, "run: python -m tools.pages"


def in_an_empty_directory(reader: Reader) -> Reader:
    """Have the reader begin with nothing but the program and the keys of a project."""
    place = reader.place.with_name("empty")
    place.mkdir()
    return dataclasses.replace(reader, place=place)


WITH_COMMANDS = {name: page for name, page in PAGES.items() if name != "README.md"}
WITH_COMMANDS = {name: page for name, page in WITH_COMMANDS.items() if blocks(page, "sh")}


@pytest.mark.parametrize("page", WITH_COMMANDS.values(), ids=WITH_COMMANDS)
def test_the_commands_of_a_page_work_in_their_order(page: Path, reader: Reader) -> None:
    if page.parent.name == "tutorials":
        reader = in_an_empty_directory(reader)
    for mapping in blocks(page, "yaml"):
        (reader.place / "orders.yaml").write_text(mapping, encoding="utf-8")
    for line in "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines():
        command, _, comment = line.strip().partition(" # exit ")
        if command and not command.startswith(PLACEHOLDER_KEYS):
            done = reader.run(command)
            assert done.returncode == int(comment or 0), command + done.stdout + done.stderr


WITH_PYTHON = {name: page for name, page in PAGES.items() if name != "README.md"}
WITH_PYTHON = {name: page for name, page in WITH_PYTHON.items() if blocks(page, "python")}


@pytest.mark.parametrize("page", WITH_PYTHON.values(), ids=WITH_PYTHON)
def test_the_python_of_a_page_runs_as_the_cells_of_a_notebook(page: Path, reader: Reader) -> None:
    mapping = "version: 1\nemail: Email\nevent: {const: order.placed}\nsubscribed: {const: false}\n"
    (reader.place / "orders.yaml").write_text(mapping, encoding="utf-8")
    cells = shlex.join([sys.executable, str(Path(__file__).with_name("cells.py")), str(page)])
    done = reader.run(cells, PYTHONPATH=str(pages.ROOT))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_only_what_cannot_run_here_is_shown_without_running(page: Path) -> None:
    lines = "".join(blocks(page, "console")).replace("\\\n", " ").splitlines()
    programs = {shlex.split(line.removeprefix("$ "))[0] for line in lines if line[:2] == "$ "}
    assert programs <= COMMANDS_SHOWN_ONLY


def test_the_readme_is_short_and_its_links_work_elsewhere() -> None:
    text = pages.README.read_text(encoding="utf-8")
    assert len(text) <= 10_000
    assert [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link] == []
