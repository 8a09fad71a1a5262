"""What the README shows is what the program does."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from plunk_import.mapping.load import load_mapping
from plunk_import.sandbox import SandboxSettings
from plunk_import.sandbox.server import running
from tools import readme

TEXT = readme.README.read_text(encoding="utf-8")
ORDERS = """\
Email,status,opted_in,amount,order_id,First Name,plan,ltv,n,vip,created,paid_at,dob,addr_json,nick
ada@example.com,paid,true,12.5,o-1,Ada,pro,99.5,3,y,31/12/2025 23:30,2026-01-01T08:00:00Z,\
1990-05-06,"{""city"":""Gent""}",
bob@example.org,refunded,false,7,o-2,Bob,,1,1,n,01/01/2026 08:00,2026-01-02 09:30 +0100,,,bobby
cy@example.net,paid,,0,o-3,Cy,free,,,,,,,,
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def after(heading: str, language: str) -> str:
    """The first code block below a heading."""
    section = TEXT.split(f"# {heading}\n", 1)[1]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory as a reader of the README has it: samples, exports and the mapping shown."""
    (tmp_path / "samples").symlink_to(readme.ROOT / "samples")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "monday.csv").write_text(ORDERS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def plunk(tmp_path: Path) -> Iterator[dict[str, str]]:
    with running(SandboxSettings(database=tmp_path / "plunk.sqlite", race_seconds=0.0)) as server:
        yield {
            "PLUNK_BASE_URL": server.base_url,
            "PLUNK_API_KEY": server.public_key,
            "PLUNK_SECRET_KEY": server.secret_key,
        }


def shell(
    script: str, place: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=place,
        env={**os.environ, **environment, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_generated_parts_are_up_to_date() -> None:
    assert readme.rendered(TEXT) == TEXT, "run: python tools/readme.py"


def test_its_first_command_imports_the_sample(place: Path) -> None:
    line = TEXT.split("<!-- the first command -->\n```sh\n", 1)[1].splitlines()[0]
    command = line.split(" && ")[-1].removeprefix(".venv/bin/")
    done = shell(f"{command} --rate unlimited", place, {})
    assert done.returncode == 1, done.stderr  # some rows of the sample are bad
    assert done.stdout.startswith("88 of 96 rows delivered")
    assert (place / "runs" / "first" / "results.csv").read_text().count("\n") == 89


def test_its_mapping_is_one_and_fits_a_file(place: Path, plunk: dict[str, str]) -> None:
    mapping = place / "orders.yaml"
    mapping.write_text(after("The mapping file", "yaml"), encoding="utf-8")
    assert load_mapping(mapping).mapping.id == ("order_id",)
    done = shell("plunk-import run orders.csv -m orders.yaml -o run", place, plunk)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "filtered" in done.stdout


def test_its_commands_for_a_migration_work_in_their_order(
    place: Path, plunk: dict[str, str]
) -> None:
    lines = [line for line in after("A migration, once", "sh").splitlines() if "export" not in line]
    for line in lines:
        done = shell(line, place, plunk)
        is_check = line.startswith("plunk-import check")
        assert done.returncode in ({0, 1} if is_check else {0}), done.stdout + done.stderr
    with closing(sqlite3.connect(place / "plunk.sqlite")) as database:
        names = dict(database.execute("SELECT name, count(*) FROM events GROUP BY name"))
    assert sum(n for name, n in names.items() if not name.startswith("contact.")) == 3


def test_its_nightly_command_works_and_the_second_night_skips(
    place: Path, plunk: dict[str, str]
) -> None:
    (place / "orders.yaml").write_text(after("The mapping file", "yaml"), encoding="utf-8")
    command = after("A nightly job", "sh")
    first = shell(command, place, plunk)
    assert first.returncode == 0, first.stdout + first.stderr
    second = shell(command, place, plunk)
    assert "2  delivered by an earlier run" in second.stdout
    pruned = shell("plunk-import history prune imports.sqlite --older-than 90d", place, {})
    assert "0 keys forgotten, 2 kept" in pruned.stdout


def test_its_check_of_a_file_needs_no_key(place: Path) -> None:
    (place / "orders.yaml").write_text(after("The mapping file", "yaml"), encoding="utf-8")
    done = shell(after("A check of a file", "sh").replace(" --strict", ""), place, {})
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_python_works(place: Path, plunk: dict[str, str]) -> None:
    (place / "orders.yaml").write_text(after("The mapping file", "yaml"), encoding="utf-8")
    (code,) = blocks("python")
    done = shell(f"python - <<'END'\n{code}\nEND", place, plunk)
    assert done.stdout.strip().endswith(" 2"), done.stdout + done.stderr


def test_it_names_every_setting_of_the_environment() -> None:
    from plunk_import.settings import Connection

    named = {f"PLUNK_{name.upper()}" for name in Connection.model_fields}
    assert {name for name in named if f"`{name}`" in TEXT} == named


def test_the_check_script_runs_the_test_command_that_it_shows() -> None:
    script = (readme.ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- the test command -->" in script
    assert TEXT.count("<!-- the test command -->") == 1
