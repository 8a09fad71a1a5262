"""Files that may be open at once: the limit is raised, and one that is too low is told."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

MAPPING = "version: 1\nemail: email\nevent: {const: hi}\n"


def called(folder: Path, *arguments: str, soft: int, hard: int) -> subprocess.CompletedProcess[str]:
    (folder / "m.yaml").write_text(MAPPING)
    (folder / "a.csv").write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(300)))
    return subprocess.run(
        [sys.executable, "-m", "plunk_import", *arguments],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), "PLUNK_IMPORT_YES": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


RUN = ("run", "a.csv", "-m", "m.yaml", "--sandbox", "--rate", "unlimited", "-q")


def test_a_low_limit_that_may_be_raised_does_not_matter(tmp_path: Path) -> None:
    done = called(tmp_path, *RUN, soft=24, hard=1_024)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "command", [RUN, ("validate", "a.csv", "-m", "m.yaml")], ids=lambda c: c[0]
)
def test_a_limit_that_is_too_low_is_told_before_anything_is_done(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    done = called(tmp_path, *command, soft=40, hard=40)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: Only 40 files may be open at once here, and 256 are")
    assert "ulimit -n 4096" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()
