"""The program as its users meet it: what it prints, and the code it ends with."""

import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import httpx
import jsonschema
import pytest
from click.testing import CliRunner, Result

import plunk_import
from plunk_import import SendSettings
from plunk_import.cli import main
from plunk_import.errors import ExitCode
from plunk_import.mapping import load_mapping
from plunk_import.sandbox import Sandbox, SandboxSettings, parse_fault, running
from plunk_import.validate import REGISTRY

KEY = "pk_sandbox"
MAPPING = "version: 1\nemail: email\nevent: event\ndata: {n: n}\n"
ROWS = "email,event,n\nada@example.com,hi,1\nbob@example.com,hi,2\ncy@example.com,hi,3\n"
ALLOWED = ("--allow-workflows", "--allow-resubscribe")
RUN = ("-m", "good.yaml", "-o", "run", "--rate", "unlimited", *ALLOWED)


@pytest.fixture
def plunk() -> Iterator[Sandbox]:
    with running(SandboxSettings()) as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a good file, and a good mapping for it; no settings around."""
    (tmp_path / "good.csv").write_text(ROWS)
    (tmp_path / "good.yaml").write_text(MAPPING)
    for name in [name for name in os.environ if name.startswith("PLUNK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PLUNK_IMPORT_YES", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def collecting() -> Iterator[None]:
    """Leaves Python's garbage collection as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def settings_for(server: Sandbox) -> dict[str, str]:
    return {"PLUNK_API_KEY": server.public_key, "PLUNK_BASE_URL": server.base_url}


def call(*arguments: str, env: Mapping[str, str] | None = None, **options: Any) -> Result:  # noqa: ANN401 - click's own
    """Run the program in this process."""
    return CliRunner().invoke(main, list(arguments), env=env, prog_name="plunk-import", **options)


def start(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Run the program as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from plunk_import.cli import main; main()", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def plain_error(result: Result, code: ExitCode = ExitCode.CANNOT_START) -> str:
    """The message of a run that failed as it should: short, on stderr alone, no traceback."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert isinstance(result.exception, SystemExit)
    return result.stderr


# Help


def every_command(
    group: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from every_command(command, (*path, name))


@pytest.mark.parametrize(
    "path", list(every_command()), ids=lambda path: " ".join(path) or "program"
)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    result = call(*path, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: {' '.join(('plunk-import', *path))}")
    assert result.output == call(*path, "-h").output


@pytest.mark.parametrize(
    "path", list(every_command()), ids=lambda path: " ".join(path) or "program"
)
def test_every_option_says_what_it_does(path: tuple[str, ...]) -> None:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    undocumented = [option.name for option in options if not option.help]
    assert undocumented in ([], ["port"])


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_the_package_s(option: str) -> None:
    assert call(option).output == f"plunk-import {plunk_import.__version__}\n"
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", plunk_import.__version__)


def test_python_runs_the_package_as_the_program() -> None:
    command = [sys.executable, "-m", "plunk_import", "validate", "--help"]
    shown = subprocess.check_output(command, text=True)
    assert shown.startswith("Usage: plunk-import validate [OPTIONS] FILE...")


# The help is printed before anything heavy is imported, so its defaults are written down twice.
SHOWN_DEFAULTS = {
    "--rate": "auto",
    "--headroom": "0.1",
    "--max-in-flight": "10",
    "--patience": "10m",
    "--timeout": "60s",
    "--settle": "30s",
    "--in-doubt": "hold",
}


@pytest.mark.parametrize(("option", "default"), SHOWN_DEFAULTS.items(), ids=SHOWN_DEFAULTS)
def test_the_help_shows_the_defaults_of_the_settings(option: str, default: str) -> None:
    parameter = next(one for one in main.commands["run"].params if option in one.opts)
    assert isinstance(parameter, click.Option)
    assert re.search(
        rf"(default {re.escape(default)}\b|{default} \(default\))", parameter.help or ""
    )
    field = SendSettings.model_fields[str(parameter.name)]
    assert parameter.type_cast_value(click.Context(main), default) == field.default


def test_every_option_with_a_default_in_its_help_is_held_against_the_settings() -> None:
    shown = {
        one.opts[0]
        for one in main.commands["run"].params
        if isinstance(one, click.Option)
        and one.name in SendSettings.model_fields
        and "default" in (one.help or "")
    }
    assert shown == set(SHOWN_DEFAULTS)


HEAVY = {
    *("polars", "pydantic", "pydantic_core", "ruamel.yaml", "msgspec", "jinja2", "sqlite3"),
    *("asyncio", "anyio", "uvloop", "httptools", "ssl", "http.client", "urllib.request", "httpx"),
    *("tqdm", "rich", "starlette", "uvicorn", "prometheus_client", "pydantic_settings"),
    *("email", "importlib.metadata", "multiprocessing", "fsspec", "fastexcel", "pyarrow"),
}


NOT_OF_VALIDATING = {
    *("distributed", "propose", "sandbox", "send", "settings.send", "settings.connection"),
    *("plan.in_parts", "plan.part_work", "plan.preflight", "run.deliver", "run.record"),
    *("storage.journal", "storage.history", "report.html.chart", "read.encoding_guess"),
}

MODULES_OF_VALIDATING = 210
"""So many of the package's own: each takes about a millisecond of every command's start."""

OF_ERRORS_AND_FILES = {"tomllib", "difflib", "traceback"}


def modules_after(*arguments: str, cwd: Path) -> set[str]:
    """What a process of its own has imported once the program has done this."""
    script = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules))\n"
        "from plunk_import.cli import main; main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", script, *arguments]
    return set(subprocess.check_output(command, text=True, cwd=cwd).splitlines()[-1].split())


@pytest.mark.parametrize("command", [(), ("run",), ("validate",)], ids=" ".join)
def test_help_imports_nothing_heavy(command: tuple[str, ...], tmp_path: Path) -> None:
    unneeded = HEAVY | OF_ERRORS_AND_FILES

    assert modules_after(*command, "--help", cwd=tmp_path) & unneeded == set()


def test_validating_imports_nothing_that_it_does_not_need(desk: Path) -> None:
    needed = {"polars", "pydantic", "pydantic_core", "ruamel.yaml", "msgspec", "sqlite3", "anyio"}
    page = {"jinja2", "email", "importlib.metadata"}  # and the versions that the report names

    loaded = modules_after("validate", "good.csv", "-m", "good.yaml", "-o", "seen", cwd=desk)

    assert loaded & HEAVY == needed | page
    assert {room for room in NOT_OF_VALIDATING if f"plunk_import.{room}" in loaded} == set()
    assert sum(name.startswith("plunk_import") for name in loaded) <= MODULES_OF_VALIDATING


# What cannot start


BAD_INPUT = {
    "no such file": (["missing.csv", "-m", "good.yaml"], r"missing\.csv"),
    "empty file": (["empty.csv", "-m", "good.yaml"], r"empty\.csv.*empty"),
    "header only": (["header.csv", "-m", "good.yaml"], r"header\.csv"),
    "a directory for a file": (["folder", "-m", "good.yaml"], r"folder"),
    "no such mapping": (["good.csv", "-m", "missing.yaml"], r"missing\.yaml"),
    "missing column": (["good.csv", "-m", "column.yaml"], r"column\.yaml:2: email.*Emial.*email"),
    "broken YAML": (["good.csv", "-m", "broken.yaml"], r"broken\.yaml:\d+"),
    "unknown mapping key": (["good.csv", "-m", "key.yaml"], r"key\.yaml:5: evnet"),
    "a place below a file": (["good.csv", "-m", "good.yaml", "-o", "good.csv/run"], r"-o"),
    "a place where nothing can be made": (
        ["good.csv", "-m", "good.yaml", "-o", "/proc/plunk-import/run"],
        r"/proc/plunk-import/run cannot be written.*-o",
    ),
    "a place that is taken": (["good.csv", "-m", "good.yaml", "-o", "folder"], r"folder.*-o"),
}


@pytest.fixture
def odd_files(desk: Path) -> Path:
    (desk / "empty.csv").touch()
    (desk / "header.csv").write_text("email,event,n\n")
    (desk / "folder").mkdir()
    (desk / "folder" / "mine.txt").touch()
    (desk / "column.yaml").write_text(MAPPING.replace("email: email", "email: Emial"))
    (desk / "broken.yaml").write_text("version: 1\nemail: [\n")
    (desk / "key.yaml").write_text(MAPPING + "evnet: event\n")
    return desk


def files_in(directory: Path) -> set[Path]:
    return set(directory.rglob("*"))


@pytest.mark.parametrize("command", ["run", "validate"])
@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_clear_message_and_leaves_nothing(
    command: str, arguments: list[str], message: str, odd_files: Path, plunk: Sandbox
) -> None:
    before = files_in(odd_files)
    error = plain_error(call(command, *arguments, env=settings_for(plunk)))
    assert error.startswith("Error: ")
    assert re.search(message, error, re.DOTALL)
    assert KEY not in error
    assert {path for path in files_in(odd_files) - before if path.name != "runs"} == set()
    assert events_of(plunk) == []


def events_of(plunk: Sandbox) -> list[str]:
    headers = {"Authorization": f"Bearer {plunk.secret_key}"}
    names: list[str] = httpx.get(f"{plunk.base_url}/events/names", headers=headers).json()[
        "eventNames"
    ]
    return names


SETTINGS = {
    "no key": ({}, r"No API key.*PLUNK_API_KEY.*--sandbox"),
    "an empty key": ({"PLUNK_API_KEY": ""}, r"No API key"),
    "a key of two words": ({"PLUNK_API_KEY": "pk_a pk_b"}, r"PLUNK_API_KEY"),
    "no such key file": ({"PLUNK_API_KEY_FILE": "/nowhere/key"}, r"/nowhere/key"),
    "an address that is none": (
        {"PLUNK_API_KEY": KEY, "PLUNK_BASE_URL": "plunk"},
        r"PLUNK_BASE_URL",
    ),
    "an address without TLS": (
        {"PLUNK_API_KEY": KEY, "PLUNK_BASE_URL": "http://plunk.example.com"},
        r"PLUNK_BASE_URL.*PLUNK_ALLOW_HTTP",
    ),
}


@pytest.mark.parametrize(("env", "message"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_do_not_do_are_said_before_anything_is_made(
    env: dict[str, str], message: str, desk: Path
) -> None:
    before = files_in(desk)
    error = plain_error(call("run", "good.csv", *RUN, env=env))
    assert re.search(message, error, re.DOTALL)
    assert KEY not in error
    assert "pk_a" not in error
    assert files_in(desk) == before


WRONG_OPTIONS = {
    "rate": ["--rate", "fast"],
    "rate of nothing": ["--rate", "0/s"],
    "headroom": ["--headroom", "1"],
    "max-in-flight": ["--max-in-flight", "0"],
    "patience": ["--patience", "a while"],
    "patience of nothing": ["--patience", "0"],
    "timeout": ["--timeout", "0s"],
    "settle": ["--settle", "-1"],
    "in-doubt": ["--in-doubt", "guess"],
    "max-rejects": ["--max-rejects", "some"],
    "max-rejects of no number": ["--max-rejects", "nan"],
    "max-rejects without end": ["--max-rejects", "inf"],
    "max-rejects of half a row": ["--max-rejects", "0.5"],
    "max-rejects of all": ["--max-rejects", "100%"],
    "until": ["--until", "dawn"],
    "until the past": ["--until", "2001-01-01T00:00"],
    "max-duration": ["--max-duration", "0"],
    "max-duration without end": ["--max-duration", "1" + "0" * 400],
    "limit": ["--limit", "0"],
    "profile": ["--profile", "winter"],
    "no such option": ["--key", "pk_live"],
}


@pytest.mark.parametrize("text", ["abc", "0/s", "10", ""])
def test_a_wrong_rate_is_a_usage_error_of_validate_too(text: str, desk: Path) -> None:
    before = files_in(desk)
    error = plain_error(call("validate", "good.csv", "-m", "good.yaml", "--rate", text))
    assert "Invalid value for '--rate'" in error
    assert files_in(desk) == before


@pytest.mark.parametrize("options", WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_a_wrong_option_is_named_as_it_was_written(options: list[str], desk: Path) -> None:
    before = files_in(desk)
    error = plain_error(call("run", "good.csv", *RUN[:4], "--sandbox", *options))
    assert options[0] in error
    assert files_in(desk) == before


@pytest.mark.parametrize("command", ["resume", "resolve", "status"])
@pytest.mark.parametrize("place", ["nowhere", "good.csv", "."], ids=["nothing", "a file", "no run"])
def test_what_holds_no_run_cannot_go_on(command: str, place: str, desk: Path) -> None:
    before = files_in(desk)
    error = plain_error(call(command, place, env={"PLUNK_API_KEY": KEY}))
    assert "holds no run" in error
    assert files_in(desk) == before


@pytest.mark.usefixtures("desk")
def test_a_file_that_is_no_journal_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "journal.sqlite").write_text("not a database at all, but text\n" * 99)
    assert "journal" in plain_error(call("resume", "run", env={"PLUNK_API_KEY": KEY}))


@pytest.mark.usefixtures("desk")
def test_what_nobody_foresaw_is_a_message_and_on_demand_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "plunk_import.validate", None)
    error = plain_error(call("codes"), ExitCode.STOPPED)
    assert "did not foresee" in error
    assert "PLUNK_IMPORT_TRACEBACK" in error
    shown = call("codes", env={"PLUNK_IMPORT_TRACEBACK": "1"})
    assert isinstance(shown.exception, ImportError)


# What is printed


def test_schema_is_a_json_schema_that_a_good_mapping_keeps(desk: Path) -> None:
    schema = json.loads(call("schema").output)
    jsonschema.Draft202012Validator.check_schema(schema)
    mapping = load_mapping(desk / "good.yaml").mapping.model_dump(mode="json", exclude_unset=True)
    validator = jsonschema.Draft202012Validator(schema)
    assert (
        list(validator.iter_errors({**mapping, "data": {"n": "n"}, "event": "event", "email": "e"}))
        == []
    )
    assert list(validator.iter_errors({"version": 1, "evnet": "x"}))


def test_codes_prints_every_code_with_its_meaning_and_remedy() -> None:
    output = call("codes").output
    for entry in REGISTRY.values():
        assert f"{entry.code}\n  {entry.meaning}\n  {entry.remedy}\n" in output


@pytest.mark.parametrize(
    ("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_no_color_is_kept_on_a_terminal(env: dict[str, str], coloured: bool) -> None:
    # `color=True` has click take the output for a terminal.
    assert ("\x1b[" in call("codes", env=env, color=True).output) is coloured
    assert "\x1b[" not in call("codes", env=env).output


# Whole runs


@pytest.mark.usefixtures("desk")
def test_a_good_file_is_validated_and_sent() -> None:
    checked = call("validate", "good.csv", "-m", "good.yaml", "-o", "check", "--show", "1")
    assert checked.exit_code == 0
    assert checked.stdout.startswith("All 3 rows are valid.\n")
    assert '{"email":"ada@example.com","event":"hi"' in checked.stdout
    sent = call("run", "good.csv", *RUN, "--sandbox")
    assert sent.exit_code == 0, sent.output
    assert sent.stdout.startswith("All 3 rows are delivered.\n")
    assert sent.stderr == ""
    assert call("status", "run").exit_code == 0


@pytest.mark.usefixtures("desk")
def test_a_key_that_plunk_refuses_is_in_no_output_and_in_no_file(
    tmp_path: Path, plunk: Sandbox
) -> None:
    env = {"PLUNK_API_KEY": "pk_secret_word", "PLUNK_BASE_URL": plunk.base_url}
    result = call("run", "good.csv", *RUN, env=env)
    assert result.exit_code == ExitCode.STOPPED
    assert "PLUNK_API_KEY" in result.output
    assert "pk_secret_word" not in result.output
    written = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert written
    assert [path for path in written if b"pk_secret_word" in path.read_bytes()] == []


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("command", ["resume", "resolve"])
def test_a_run_goes_on_with_the_settings_of_the_environment(command: str, plunk: Sandbox) -> None:
    first = call("run", "good.csv", *RUN, "--limit", "2", env=settings_for(plunk))
    assert first.exit_code == 0, first.output
    again = call(command, "run", env=settings_for(plunk))
    assert again.exit_code == 0, again.output
    assert again.stderr == ""


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("begun_with", [[], ["--limit", "2"]], ids=["all rows", "two rows"])
def test_a_run_cannot_go_on_with_fewer_rows_than_it_was_begun_with(
    begun_with: list[str], plunk: Sandbox
) -> None:
    call("run", "good.csv", *RUN, *begun_with, env=settings_for(plunk))
    again = call("resume", "run", "--limit", "1", env=settings_for(plunk))
    assert "Leave --limit out" in plain_error(again)


@pytest.mark.usefixtures("desk")
def test_a_history_is_pruned_and_a_lost_run_forgotten(plunk: Sandbox) -> None:
    sent = call("run", "good.csv", *RUN, "--history", "seen.sqlite", env=settings_for(plunk))
    assert sent.exit_code == 0
    kept = call("history", "prune", "seen.sqlite", "--older-than", "1d")
    assert kept.output == "0 keys forgotten, 3 kept.\n"
    assert "no unfinished run" in plain_error(call("history", "forget", "seen.sqlite", "run"))
    assert "longer than 100 years" in plain_error(
        call("history", "prune", "seen.sqlite", "--older-than", "99999d")
    )
    assert "missing.sqlite" in plain_error(call("history", "forget", "missing.sqlite", "run"))


SIGNALS = {"Ctrl-C": (signal.SIGINT, 130), "SIGTERM": (signal.SIGTERM, 143)}


@pytest.mark.parametrize(("number", "code"), SIGNALS.values(), ids=SIGNALS)
def test_a_signal_ends_a_run_in_good_order(number: signal.Signals, code: int, desk: Path) -> None:
    lines = "".join(f"c{row}@example.com,hi,{row}\n" for row in range(500))
    (desk / "long.csv").write_text("email,event,n\n" + lines)
    with running(SandboxSettings()) as plunk:
        options = ("-m", "good.yaml", "-o", "run", "--rate", "20/s", *ALLOWED)
        process = start("run", "long.csv", *options, cwd=desk, env=settings_for(plunk))
        wait_for_events(plunk)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == code, errors
        assert "Finishing what is in flight" in errors
        assert "Traceback" not in errors
        report = json.loads((desk / "run" / "report.json").read_text())
        assert report["books"]["pending"] > 0
        results = (desk / "run" / "results.csv").read_text().splitlines()[1:]
        assert len(results) == report["books"]["delivered"]
        assert output.startswith(report["verdict"])


def wait_for_events(plunk: Sandbox) -> None:
    """Ask until a process that was just started has sent its first event."""
    deadline = time.monotonic() + 60
    while not events_of(plunk):
        assert time.monotonic() < deadline, "no event came"


def test_a_second_signal_ends_a_run_at_once(desk: Path) -> None:
    with running(SandboxSettings(faults=(parse_fault("late:1"),))) as plunk:
        process = start("run", "good.csv", *RUN, cwd=desk, env=settings_for(plunk))
        assert process.stderr is not None
        wait_for_events(plunk)
        process.send_signal(signal.SIGINT)
        told = iter(process.stderr.readline, "")
        assert any("once more stops at once" in line for line in told)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.usefixtures("desk")
def test_what_a_file_s_name_and_cells_hold_moves_no_cursor(tmp_path: Path) -> None:
    evil = "\x1b]0;pwned\x07"
    (tmp_path / f"{evil}.csv").write_text(f"email,event,n\n{evil},hi,1\n")
    rejected = call("validate", f"{evil}.csv", "-m", "good.yaml", "-o", "checked")
    missing = call("validate", f"{evil}{evil}.csv", "-m", "good.yaml")
    assert "pwned" in rejected.stdout
    assert "pwned" in plain_error(missing)
    assert "\x1b" not in rejected.output + missing.output


@pytest.mark.usefixtures("desk", "collecting")
def test_a_command_looks_for_garbage_in_circles_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds: list[int] = []
    look = click.Command("look", callback=lambda: thresholds.append(gc.get_threshold()[0]))
    monkeypatch.setitem(main.commands, "look", look)
    gc.set_threshold(700)
    assert call("look").exit_code == 0
    assert thresholds == [20_000]
    assert gc.get_threshold()[0] == 700
