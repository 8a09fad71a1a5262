"""The code keeps to sizes that a reader can take in."""

import ast
import importlib
import itertools
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

import plunk_import
from plunk_import import plunk

PACKAGE = Path(plunk_import.__file__).parent
REPOSITORY = PACKAGE.parent
TESTS = REPOSITORY / "tests"
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


def names_imported(file: Path) -> Iterator[tuple[str, str]]:
    """What of this program a test imports: from where, and by which name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name.rpartition(".")[::2] for one in node.names if "." in one.name)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((node.module, one.name) for one in node.names)


def is_offered(place: str, name: str, *, to: str) -> bool:
    """Whether a package, or a module beside the packages, offers a name to tests of `to`.

    A room within a package offers its names to that package's tests alone.
    """
    depth = place.count(".")
    if depth == 0:
        return (
            name in dir(plunk_import)
            or (PACKAGE / name).with_suffix(".py").exists()
            or (PACKAGE / name).is_dir()
        )
    module = importlib.import_module(place)
    is_package = hasattr(module, "__path__")
    is_near = depth == 1 or to.startswith(place.rpartition(".")[0])
    return is_near and (is_package or depth == 1) and name in dir(module)


@pytest.mark.parametrize("file", sorted(TESTS.rglob("*.py")), ids=lambda file: file.stem)
def test_tests_enter_through_what_packages_offer(file: Path) -> None:
    own = ".".join(("plunk_import", *file.relative_to(TESTS).parent.parts))
    ours = [
        (place, name) for place, name in names_imported(file) if place.startswith("plunk_import")
    ]
    assert [f"{place}.{name}" for place, name in ours if not is_offered(place, name, to=own)] == []


def test_only_what_a_package_offers_is_offered() -> None:
    send = "plunk_import.send"
    assert is_offered(send, "Dispatcher", to="plunk_import.run")
    assert is_offered(f"{send}.pace", "CircuitBreaker", to=f"{send}.pace")
    assert not is_offered(f"{send}.pace", "CircuitBreaker", to="plunk_import.run")
    assert not is_offered(send, "dispatch", to=send)
    assert not is_offered(f"{send}.dispatch", "Dispatcher", to=send)


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+(?:\w+\.\w+)?|\w+\.py)`", text)
    assert named
    places = (REPOSITORY, PACKAGE)
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


@pytest.mark.parametrize("fact", [name for name in vars(plunk) if name.isupper()])
def test_every_fact_of_plunk_names_its_source(fact: str) -> None:
    text = Path(plunk.__file__).read_text(encoding="utf-8")
    body = ast.parse(text).body
    told = {
        node.targets[0].id: following.value.value
        for node, following in itertools.pairwise(body)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
    }
    assert "Source: " in str(told[fact])
