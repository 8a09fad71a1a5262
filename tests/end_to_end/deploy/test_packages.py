"""The packages are whole: the tools of the index judge them, and the tests run from the sdist."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.end_to_end.deploy.files import ROOT

pytestmark = pytest.mark.deploy
FAST = ["tests/test_errors.py", "tests/test_public_names.py", "tests/mapping"]
DOCS = "tests/end_to_end/test_pages.py::test_the_readme_is_short_and_its_links_work_elsewhere"
PINS = "tests/end_to_end/deploy/test_pins.py"


def python(*arguments: str | Path, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(cwd)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The source distribution, and the wheel that is built from it."""
    place = tmp_path_factory.mktemp("dist")
    built = python("-m", "build", "--outdir", place)
    assert built.returncode == 0, built.stdout + built.stderr
    return sorted(place.iterdir())


@pytest.fixture(scope="module")
def unpacked(packages: list[Path]) -> Path:
    [sdist] = [path for path in packages if path.name.endswith(".tar.gz")]
    with tarfile.open(sdist) as archive:
        archive.extractall(sdist.parent / "unpacked", filter="data")
    [folder] = (sdist.parent / "unpacked").iterdir()
    return folder


def test_the_index_would_take_their_descriptions(packages: list[Path]) -> None:
    assert len(packages) == 2
    done = python("-m", "twine", "check", "--strict", *packages)
    assert done.returncode == 0, done.stdout


def test_the_wheel_holds_the_package_and_nothing_else(packages: list[Path]) -> None:
    wheels = [path for path in packages if path.suffix == ".whl"]
    done = python("-m", "check_wheel_contents", "--toplevel", "plunk_import", *wheels)
    assert done.returncode == 0, done.stdout


def test_the_sdist_holds_every_file_of_the_repository(unpacked: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    assert listed.returncode == 0, "only a clone can tell"
    names = listed.stdout.decode().split("\0")[:-1]
    missing = {name for name in names if not (unpacked / name).exists()}
    assert missing == {name for name in names if not (ROOT / name).exists()}


def test_all_tests_are_found_in_the_sdist(unpacked: Path) -> None:
    done = python("-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider", cwd=unpacked)
    assert done.returncode == 0, done.stdout


def test_the_fast_tests_pass_from_the_sdist(unpacked: Path) -> None:
    chosen = [*FAST, DOCS, PINS]
    done = python("-m", "pytest", "-p", "no:cacheprovider", *chosen, cwd=unpacked)
    assert done.returncode == 0, done.stdout
    where = python("-c", "import plunk_import; print(plunk_import.__file__)", cwd=unpacked)
    assert Path(where.stdout.strip()).is_relative_to(unpacked)
