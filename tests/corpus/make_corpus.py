"""Writes the corpus of odd files into a directory: a folder for each case.

``python -m tests.corpus.make_corpus DIR``. What is to come of each is in ``expected.json``, which
is written by hand.
"""

import argparse
import json
from pathlib import Path

from tests.corpus import containers, delimited, places
from tests.corpus.case import Case

EXPECTED = Path(__file__).parent / "expected.json"


def all_cases() -> dict[str, Case]:
    """Return every case by its name."""
    return delimited.cases() | containers.cases() | places.cases()


def write_case(case: Case, folder: Path) -> None:
    """Write the files of one case into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in case.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def main() -> None:
    """Write all, with what is declared about each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    for name, case in all_cases().items():
        write_case(case, directory / name)
        if case.stdin:
            (directory / name / "stdin").write_bytes(case.stdin)
        if case.declared:
            (directory / name / "source.json").write_text(json.dumps(case.declared))


if __name__ == "__main__":
    main()
