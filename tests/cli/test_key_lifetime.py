"""How long a server knows its keys, as the command line tells it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from plunk_import import Connection, ExitCode, SendSettings, import_file
from plunk_import.cli import main
from plunk_import.sandbox import Sandbox, SandboxSettings, parse_fault, running
from tests.fakes import ALL_ALLOWED

HOURS_AGO = 3
PROGRAM = Path(sys.executable).with_name("plunk-import")


@pytest.fixture
def plunk(tmp_path: Path) -> Iterator[Sandbox]:
    """A server that takes keys, and a run whose only row was lost there three hours ago."""
    (tmp_path / "rows.csv").write_text("email,event\nada@example.com,paid\n")
    # A probe comes before the row.
    with running(SandboxSettings(faults=(parse_fault("drop:@2"),))) as server:
        report = import_file(
            tmp_path / "rows.csv",
            {"version": 1, "email": "email", "event": "event"},
            directory=tmp_path / "run",
            connection=Connection(api_key=SecretStr(server.public_key), base_url=server.base_url),
            settings=SendSettings(rate="unlimited", attempts=1, rest_seconds=0.0),
            consent=ALL_ALLOWED,
        )
        assert report.books.in_doubt == 1
        journal = sqlite3.connect(tmp_path / "run" / "journal.sqlite")
        with journal:
            journal.execute(
                "UPDATE rows SET first_claimed_at = first_claimed_at - ?", (HOURS_AGO * 3600,)
            )
        journal.close()
        yield server


def go_on(plunk: Sandbox, place: Path, *words: str, **variables: str) -> int:
    keys = {"PLUNK_BASE_URL": plunk.base_url, "PLUNK_API_KEY": plunk.public_key}
    environment = {name: value for name, value in os.environ.items() if "PLUNK" not in name}
    done = subprocess.run(
        [str(PROGRAM), *words, "run"],
        cwd=place,
        env={**environment, **keys, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize("command", ["resolve", "resume"])
@pytest.mark.parametrize(
    ("options", "variables", "stored"),
    [
        pytest.param((), {}, 0, id="an hour, unless told"),
        pytest.param(("--key-lifetime", "2h"), {}, 0, id="too short"),
        pytest.param(("--key-lifetime", "4h"), {}, 1, id="the option"),
        pytest.param((), {"PLUNK_KEY_LIFETIME": "4h"}, 1, id="the variable"),
        pytest.param(("--key-lifetime", "2h"), {"PLUNK_KEY_LIFETIME": "4h"}, 0, id="both"),
    ],
)
def test_a_row_in_doubt_is_asked_again_as_long_as_its_key_is_known(
    plunk: Sandbox,
    tmp_path: Path,
    command: str,
    options: tuple[str, ...],
    variables: dict[str, str],
    stored: int,
) -> None:
    allowed = ("--allow-workflows", "--allow-resubscribe") if command == "resume" else ()
    code = go_on(plunk, tmp_path, command, *options, *allowed, **variables)
    assert (code, plunk.stored().events) == (1 - stored, stored)


def test_what_is_no_lifetime_is_told_by_its_option() -> None:
    result = CliRunner().invoke(main, ["resolve", "run", "--key-lifetime", "soon"])
    assert result.exit_code == ExitCode.CANNOT_START
    assert "'--key-lifetime': 'soon' is not a key's lifetime: write 24h" in result.stderr
