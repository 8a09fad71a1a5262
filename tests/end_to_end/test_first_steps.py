"""From a file that nobody has described to events in a Plunk, without touching the mapping."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from plunk_import.cli import main
from tests import SAMPLES, TESTS_DIR

SHAPES = TESTS_DIR / "shapes"
ENDINGS = {".csv", ".tsv", ".txt", ".parquet", ".ndjson", ".jsonl", ".json", ".xlsx", ".gz"}


def files() -> list[Path]:
    found = [*SAMPLES.iterdir(), *SHAPES.iterdir()]
    return sorted(p for p in found if p.suffix in ENDINGS and p.name != "expected.json")


def said(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    return done.exit_code, done.output


@pytest.mark.parametrize("file", files(), ids=lambda path: path.name)
def test_what_init_proposes_validates_and_runs_as_it_stands(file: Path, tmp_path: Path) -> None:
    source, mapping = tmp_path / file.name, tmp_path / "mapping.yaml"
    shutil.copy(file, source)
    code, text = said("init", str(source), "-m", str(mapping))
    if "--event" in text and code == 2:
        code, text = said("init", str(source), "-m", str(mapping), "--event", "imported")
    assert code == 0, text
    code, text = said("validate", str(source), "-m", str(mapping), "-o", str(tmp_path / "looked"))
    assert code in {0, 1}, text
    valid = json.loads((tmp_path / "looked" / "report.json").read_text())["books"]["pending"]
    assert valid > 0
    run = tmp_path / "run"
    options = ("-m", str(mapping), "-o", str(run), "--sandbox", "--rate", "unlimited")
    code, text = said("run", str(source), *options)
    assert code in {0, 1}, text
    books = json.loads((run / "report.json").read_text())["books"]
    assert (books["delivered"], books["in_doubt"], books["pending"]) == (valid, 0, 0)


def test_there_are_ten_files_beside_the_samples() -> None:
    assert len([file for file in files() if file.parent == SHAPES]) >= 10


def test_init_says_the_next_command_as_a_shell_takes_it(tmp_path: Path) -> None:
    source = tmp_path / "my orders.csv"
    shutil.copy(SAMPLES / "shopify_orders.csv", source)
    _, text = said("init", str(source))
    mapping = tmp_path / "my orders.yaml"
    assert mapping.exists()
    assert f"plunk-import validate '{source}' -m '{mapping}'" in text


def test_init_never_overwrites(tmp_path: Path) -> None:
    source = tmp_path / "shopify_orders.csv"
    shutil.copy(SAMPLES / source.name, source)
    assert said("init", str(source))[0] == 0
    mine = tmp_path / "shopify_orders.yaml"
    mine.write_text("mine")
    code, text = said("init", str(source))
    assert code == 2
    assert "shopify_orders.yaml" in text
    assert mine.read_text() == "mine"
