"""What goes to which stream, and in which form."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk_import import ExitCode, Report
from plunk_import.cli import main
from plunk_import.sandbox import Sandbox, SandboxSettings, running

MAPPING = "version: 1\nemail: email\nevent: event\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.csv").write_text("email,event\nada@example.com,hi\nbob@example.com,hi\n")
    (tmp_path / "a.yaml").write_text(MAPPING)
    lines = "".join(f"c{row}@example.com,hi\n" for row in range(90))
    (tmp_path / "long.csv").write_text(f"email,event\nnobody,hi\n{lines}")
    for name in [name for name in os.environ if name.startswith("PLUNK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PLUNK_IMPORT_YES", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def plunk() -> Iterator[Sandbox]:
    with running(SandboxSettings()) as server:
        yield server


def call(*arguments: str, server: Sandbox | None = None) -> Result:
    env = {} if server is None else settings_for(server)
    return CliRunner().invoke(main, list(arguments), env=env, prog_name="plunk-import")


def settings_for(server: Sandbox) -> dict[str, str]:
    return {"PLUNK_API_KEY": server.public_key, "PLUNK_BASE_URL": server.base_url}


ALLOWED = ("--allow-workflows", "--allow-resubscribe")
RUN = ("a.csv", "-m", "a.yaml", "-o", "run")
OF_A_RUN = {
    "validate": ("validate", *RUN),
    "check": ("check", *RUN),
    "run": ("run", *RUN, "--rate", "unlimited", *ALLOWED),
}


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("arguments", OF_A_RUN.values(), ids=OF_A_RUN)
def test_json_is_the_report_alone_on_standard_output(
    arguments: tuple[str, ...], plunk: Sandbox
) -> None:
    result = call(*arguments, "--json", server=plunk)
    written = Report.model_validate_json(Path("run/report.json").read_text())
    assert Report.model_validate_json(result.stdout) == written
    assert result.exit_code == written.exit_code


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("command", ["status", "resume", "resolve"])
def test_json_goes_on_with_a_run_too(command: str, plunk: Sandbox) -> None:
    assert call(*OF_A_RUN["run"], server=plunk).exit_code == 0
    result = call(command, "run", "--json", server=plunk)
    assert Report.model_validate_json(result.stdout).books.delivered == 2


@pytest.mark.usefixtures("desk")
def test_what_has_no_report_tells_its_outcome_as_json() -> None:
    call(*OF_A_RUN["run"], "--sandbox", "--history", "seen.sqlite")
    pruned = call("history", "prune", "seen.sqlite", "--older-than", "1d", "--json")
    assert json.loads(pruned.stdout) == {"forgotten": 0, "kept": 2}
    codes = json.loads(call("codes", "--json").stdout)
    assert {"invalid_email", "missing_email"} <= {entry["code"] for entry in codes}
    proposed = json.loads(call("init", "a.csv", "-m", "new.yaml", "--event", "hi", "--json").stdout)
    assert proposed["mapping"] == "new.yaml"


@pytest.mark.usefixtures("desk")
def test_quiet_leaves_errors_and_the_exit_code() -> None:
    quiet = call(*OF_A_RUN["run"], "--sandbox", "-q")
    assert (quiet.exit_code, quiet.output) == (0, "")
    wrong = call("validate", "missing.csv", "-m", "a.yaml", "-q")
    assert wrong.stdout == ""
    assert "missing.csv" in wrong.stderr


@pytest.mark.usefixtures("desk")
def test_an_error_is_a_line_of_json_where_logs_are() -> None:
    wrong = call("validate", "missing.csv", "-m", "a.yaml", "--log-format", "json")
    line = json.loads(wrong.stderr)
    assert line["level"] == "error"
    assert line["exit_code"] == wrong.exit_code == ExitCode.CANNOT_START
    assert "missing.csv" in line["message"]


def run_without_terminal(desk: Path, server: Sandbox, *options: str) -> list[str]:
    """Send the long file slowly, and give the lines of standard error."""
    arguments = (
        "run",
        "long.csv",
        "-m",
        "a.yaml",
        "-o",
        "run",
        "--rate",
        "60/s",
        *ALLOWED,
        *options,
    )
    done = subprocess.run(
        [sys.executable, "-m", "plunk_import", *arguments],
        cwd=desk,
        env={**os.environ, **settings_for(server)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == ExitCode.INCOMPLETE
    return done.stderr.splitlines()


def test_without_a_terminal_a_line_comes_now_and_then(desk: Path, plunk: Sandbox) -> None:
    lines = run_without_terminal(desk, plunk, "--log-every", "500ms")
    progress = [line for line in lines if line.startswith("sending: ")]
    assert progress
    assert "of 90 rows" in progress[0]
    assert "rejects: 1, in doubt: 0" in progress[0]


def test_lines_of_progress_have_stable_names_in_json(desk: Path, plunk: Sandbox) -> None:
    lines = run_without_terminal(desk, plunk, "--log-every", "500ms", "--log-format", "json")
    told = [json.loads(line) for line in lines if json.loads(line).get("event") == "progress"]
    # On a busy machine the check of the rows, too, may be worth a line.
    progress = [line for line in told if line["phase"] != "checking"]
    assert {"time", "level", "phase", "rows", "total", "rows_per_second", "seconds_left"} <= set(
        progress[0]
    )
    assert (progress[0]["phase"], progress[0]["total"]) == ("sending", 90)
    assert (progress[0]["rejects"], progress[0]["in_doubt"]) == (1, 0)


def test_what_is_over_within_a_minute_writes_no_line(desk: Path, plunk: Sandbox) -> None:
    assert [line for line in run_without_terminal(desk, plunk) if "rows/s" in line] == []


def test_verbose_tells_of_each_phase(desk: Path, plunk: Sandbox) -> None:
    lines = run_without_terminal(desk, plunk, "-v")
    assert "sending" in lines
    assert any(line.startswith("sending: done in 0:00:0") for line in lines)


def test_the_page_is_opened_in_the_browser(desk: Path) -> None:
    browser = desk / "xdg-open"
    browser.write_text(f'#!/bin/sh\necho "$1" > {desk}/opened\n')
    browser.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "plunk_import", "validate", *RUN, "--open"],
        env={**os.environ, "PATH": f"{desk}{os.pathsep}{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not (desk / "opened").exists() or not (desk / "opened").read_text():
        assert time.monotonic() < deadline, done.stderr
    assert (desk / "opened").read_text().strip() == str(desk / "run" / "report.html")


@pytest.mark.usefixtures("desk")
def test_a_machine_without_a_browser_is_told_where_the_page_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    result = call("validate", *RUN, "--open")
    assert result.exit_code == 0
    assert f"The page is {Path('run/report.html').resolve()}." in result.stderr


@pytest.mark.parametrize(
    ("email", "code"), [("a@x.co", 0), ("nobody", 1)], ids=["all valid", "a reject"]
)
@pytest.mark.parametrize(
    "ending",
    ["> /dev/full", ">&-", "| true; exit ${PIPESTATUS[0]}"],
    ids=["full", "closed", "gone"],
)
def test_a_report_that_nobody_takes_leaves_files_and_exit_code_as_they_should_be(
    ending: str, email: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(f"email\n{email}\n")
    (tmp_path / "m.yaml").write_text("version: 1\nemail: email\nevent: {const: e}\n")
    command = f"{sys.executable} -m plunk_import validate a.csv -m m.yaml -o out {ending}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert "foresee" not in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"rejects.csv", "report.json"}


@pytest.mark.parametrize("buffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("command", ["--help", "codes", "schema", "config", "mapping --help"])
def test_what_cannot_be_printed_is_one_clear_error(
    command: str, buffered: str, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m plunk_import {command} > /dev/full"],
        env={**os.environ, "PYTHONUNBUFFERED": buffered},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.STOPPED
    assert done.stderr.startswith("Error: Standard output cannot be written (No space left on")


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"], ids=["stdout", "all three"])
def test_a_run_without_standard_streams_ends_with_its_own_exit_code(
    closed: str, desk: Path
) -> None:
    options = "a.csv -m a.yaml --sandbox --rate unlimited -o run"
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m plunk_import run {options} {closed}"],
        cwd=desk,
        check=False,
    )
    assert done.returncode == 0
    report = json.loads((desk / "run" / "report.json").read_text())
    assert report["books"]["delivered"] == 2
