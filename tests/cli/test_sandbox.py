import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk_import.cli import main
from plunk_import.errors import ExitCode


def sandbox(*options: str) -> Result:
    return CliRunner().invoke(main, ["sandbox", *options])


def test_a_port_that_is_taken_is_named_with_the_option_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = sandbox("--port", str(port))
    assert result.exit_code == ExitCode.CANNOT_START
    assert f"port {port}: Address already in use; give another with --port" in result.stderr


@pytest.mark.parametrize("database", ["a.csv", "nowhere/a.sqlite"], ids=["a file", "no directory"])
def test_a_database_that_does_not_do_is_named(database: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("email\n" * 200)
    result = sandbox("--port", "0", "--database", str(tmp_path / database))
    assert result.exit_code == ExitCode.CANNOT_START
    assert f"the database {tmp_path / database} cannot be used" in result.stderr
    assert (tmp_path / "a.csv").read_text() == "email\n" * 200
