"""The pinned packages of the image: `python -m tools.pins` renews them by pyproject.toml.

Needs the extra `deploy`. Asks the package index for the newest versions that the project takes.
"""

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTAINER = ROOT / "deploy" / "container"
OLDEST_PYTHON = "3.11"


def required() -> dict[str, Sequence[str]]:
    """Read what the project requires.

    Returns:
        For each file of pins the requirements that it answers.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {
        "requirements.txt": project["project"]["dependencies"],
        "build-requirements.txt": project["build-system"]["requires"],
    }


def main() -> None:
    """Write each file of pins anew, for every system and Python at once."""
    for name, requirements in required().items():
        pins = CONTAINER / name
        pins.unlink(missing_ok=True)  # else the pins of before would be kept
        asked = f"uv pip compile --quiet --universal --python-version {OLDEST_PYTHON}"
        shown = "--generate-hashes --no-header --no-annotate"
        subprocess.run(
            [sys.executable, "-m", *asked.split(), *shown.split(), "--output-file", pins, "-"],
            input="\n".join(requirements),
            text=True,
            check=True,
        )


if __name__ == "__main__":
    main()
