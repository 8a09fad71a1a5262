import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from plunk_import.runtime import collecting_seldom


@pytest.fixture(autouse=True)
def own_threshold() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_python_looks_for_garbage_seldom_until_the_block_ends() -> None:
    with collecting_seldom():
        assert gc.get_threshold() == (20_000, 10, 10)
    assert gc.get_threshold() == (700, 10, 10)


def test_of_blocks_that_overlap_the_last_restores_what_was() -> None:
    first, second = collecting_seldom(), collecting_seldom()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (20_000, 10, 10)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("objects", [0, 50_000], ids=["never", "even more seldom"])
def test_whoever_wants_it_more_seldom_has_it_so(objects: int) -> None:
    gc.set_threshold(objects)
    with collecting_seldom():
        assert gc.get_threshold()[0] == objects
    assert gc.get_threshold()[0] == objects


def test_modules_are_imported_without_looking_for_garbage() -> None:
    script = """
import gc
from plunk_import.runtime import importing

with importing():
    assert not gc.isenabled()
    made = [[] for _ in range(1000)]
assert gc.isenabled()
assert gc.get_freeze_count() >= 1000

gc.disable()
with importing():
    pass
assert not gc.isenabled()
"""
    subprocess.run([sys.executable, "-c", script], check=True)


_LEAVES_GARBAGE = """
import sys

from {module} import {name}

class Told:
    def __init__(self):
        self.itself = self

    def __del__(self):
        sys.stdout.write("collected")

Told()
"""


@pytest.mark.parametrize(
    ("module", "name", "told"),
    [("plunk_import.cli", "main", ""), ("plunk_import", "import_file", "collected")],
    ids=["the program", "the library"],
)
def test_the_program_alone_ends_without_looking_for_garbage(
    module: str, name: str, told: str
) -> None:
    script = _LEAVES_GARBAGE.format(module=module, name=name)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == told
