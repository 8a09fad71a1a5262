import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import plunk_import

SOURCE = Path(plunk_import.__file__)


def names_for_type_checkers() -> set[str]:
    """What stands under `if TYPE_CHECKING`, which is what editors and mypy see."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        alias.name
        for node in imports
        if (node.module or "").startswith("plunk_import")
        for alias in node.names
    }


@pytest.mark.parametrize("name", plunk_import.__all__)
def test_every_public_name_can_be_had_and_is_documented(name: str) -> None:
    assert getattr(plunk_import, name).__doc__


def test_type_checkers_see_the_same_names_as_programs() -> None:
    assert names_for_type_checkers() == set(plunk_import.__all__)
    assert len(plunk_import.__all__) == len(set(plunk_import.__all__))


def test_dir_names_what_can_be_had() -> None:
    assert set(plunk_import.__all__) <= set(dir(plunk_import))


def test_a_star_import_gives_the_public_names() -> None:
    namespace: dict[str, object] = {}
    exec("from plunk_import import *", namespace)  # noqa: S102 - there is no other way to say it
    assert set(plunk_import.__all__) <= set(namespace)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'plunk_import' has no attribute 'import_flie'"):
        plunk_import.import_flie  # noqa: B018 - asking is the test


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("validate_file", "inspection"),
        ("check_file", "inspection"),
        ("import_file", "pipeline"),
        ("resume", "pipeline"),
        ("resolve", "pipeline"),
        ("status", "pipeline"),
    ],
)
def test_what_commands_do_can_be_done_from_python(name: str, home: str) -> None:
    module = importlib.import_module(f"plunk_import.{home}")
    assert getattr(plunk_import, name) is getattr(module, name)


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = "import sys, plunk_import; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert not {"polars", "httpx", "pydantic", "tqdm"} & set(loaded)
