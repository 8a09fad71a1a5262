"""What the README shows is what the program does."""

import re
import sqlite3
from contextlib import closing

import pytest

from plunk_import.mapping import Identity, load_mapping
from tests.end_to_end.reading import PLACEHOLDER_KEYS, Reader
from tools import pages

TEXT = pages.README.read_text(encoding="utf-8")
SETTINGS = (pages.DOCS / "reference" / "settings.md").read_text(encoding="utf-8")


def after(heading: str, language: str) -> str:
    """The first code block below a heading."""
    section = TEXT.split(f"# {heading}\n", 1)[1]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def reader_with_mapping(reader: Reader) -> Reader:
    mapping = after("The mapping file", "yaml")
    (reader.place / "orders.yaml").write_text(mapping, encoding="utf-8")
    return reader


def test_its_first_command_imports_the_sample(reader: Reader) -> None:
    line = TEXT.split("<!-- the first command -->\n```sh\n", 1)[1].splitlines()[0]
    command = line.split(" && ")[-1].removeprefix(".venv/bin/")
    done = reader.run(f"{command} --rate unlimited")
    assert done.returncode == 1, done.stderr  # some rows of the sample are bad
    assert done.stdout.startswith("88 of 96 rows delivered")
    assert (reader.place / "runs" / "first" / "results.csv").read_text().count("\n") == 89


def test_its_mapping_is_one_and_fits_a_file(reader_with_mapping: Reader) -> None:
    mapping = reader_with_mapping.place / "orders.yaml"
    assert load_mapping(mapping).mapping.id == Identity(columns=("order_id",))
    done = reader_with_mapping.run("plunk-import run orders.csv -m orders.yaml -o run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "filtered" in done.stdout


def test_its_commands_for_a_migration_work_in_their_order(reader: Reader) -> None:
    for line in after("A migration, once", "sh").splitlines():
        if line.startswith(PLACEHOLDER_KEYS):
            continue
        done = reader.run(line)
        is_check = line.startswith("plunk-import check")
        assert done.returncode in ({0, 1} if is_check else {0}), done.stdout + done.stderr
    with closing(sqlite3.connect(reader.place.parent / "plunk.sqlite")) as database:
        names = dict(database.execute("SELECT name, count(*) FROM events GROUP BY name"))
    assert sum(n for name, n in names.items() if not name.startswith("contact.")) == 3


def test_its_nightly_command_works_and_the_second_night_skips(reader_with_mapping: Reader) -> None:
    command = after("A nightly job", "sh")
    first = reader_with_mapping.run(command)
    assert first.returncode == 0, first.stdout + first.stderr
    second = reader_with_mapping.run(command)
    assert "2  delivered by an earlier run" in second.stdout
    pruned = reader_with_mapping.run("plunk-import history prune imports.sqlite --older-than 90d")
    assert "0 keys forgotten, 2 kept" in pruned.stdout


def test_its_check_of_a_file_needs_no_key(reader_with_mapping: Reader) -> None:
    command = after("A check of a file", "sh").replace(" --strict", "")
    done = reader_with_mapping.run(command, PLUNK_API_KEY="", PLUNK_SECRET_KEY="")
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_python_works(reader_with_mapping: Reader) -> None:
    done = reader_with_mapping.run(f"python - <<'END'\n{after('From Python', 'python')}\nEND")
    assert done.stdout.strip().endswith(" 2"), done.stdout + done.stderr


def test_the_docs_name_every_setting_of_the_environment() -> None:
    from plunk_import.settings import Connection

    named = {f"PLUNK_{name.upper()}" for name in Connection.model_fields}
    assert {name for name in named if f"`{name}`" in SETTINGS} == named


def test_the_check_script_runs_the_test_command_that_it_shows() -> None:
    script = (pages.ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- the test command -->" in script
    assert TEXT.count("<!-- the test command -->") == 1
