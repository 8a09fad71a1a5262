"""The code keeps to sizes that a reader can take in."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

import plunk_import

PACKAGE = Path(plunk_import.__file__).parent
REPOSITORY = PACKAGE.parent
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 300
LONGEST_CLASS = 200


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions() -> Iterator[tuple[str, Definition, int]]:
    """Every function and class, with its place and its length in lines."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, Definition):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{file.relative_to(PACKAGE)}: {node.name}", node, length


def test_functions_are_short() -> None:
    lengths = [n for _, node, n in definitions() if not isinstance(node, ast.ClassDef)]
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[-1] <= 20


def test_no_class_is_long() -> None:
    classes = [(place, n) for place, node, n in definitions() if isinstance(node, ast.ClassDef)]
    assert [place for place, n in classes if n > LONGEST_CLASS] == []


def test_no_file_is_long() -> None:
    sizes = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert [str(file) for file, size in sizes.items() if size > LONGEST_FILE] == []


def test_the_package_shows_few_entries() -> None:
    entries = [entry for entry in PACKAGE.iterdir() if entry.name != "__pycache__"]
    assert len(entries) <= 20


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+(?:\w+\.\w+)?|\w+\.py)`", text)
    assert named
    places = (REPOSITORY, PACKAGE)
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
