"""Options from a file and from the environment, in one order."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk_import import ExitCode
from plunk_import.cli import main


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.csv").write_text("email,event\nada@example.com,hi\nbob@example.com,hi\n")
    (tmp_path / "a.yaml").write_text(
        "version: 1\nemail: email\nevent: event\nsubscribed: {const: false}\n"
    )
    for name in [name for name in os.environ if name.startswith("PLUNK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="plunk-import")


def sources(command: str = "run") -> dict[str, tuple[object, str]]:
    """Each option's value, and where it comes from."""
    result = call("config", command, "--json")
    assert result.exit_code == 0, result.output
    return {one["option"]: (one["value"], one["source"]) for one in json.loads(result.stdout)}


def test_each_source_stands_behind_the_one_before(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sources()["rate"] == ("auto", "default")
    (desk / "pyproject.toml").write_text('[tool.plunk-import]\nrate = "10/s"\n')
    assert sources()["rate"] == ("10/s", "pyproject.toml")
    (desk / "plunk-import.toml").write_text('rate = "20/s"\n')
    assert sources()["rate"] == ("20/s", "plunk-import.toml")
    monkeypatch.setenv("PLUNK_IMPORT_RATE", "30/s")
    assert sources()["rate"] == ("30/s", "PLUNK_IMPORT_RATE")
    call("run", "a.csv", "-m", "a.yaml", "-o", "run", "--sandbox", "--rate", "40/s")
    assert json.loads(Path("run/report.json").read_text())["settings"]["rate"] == "40/s"


def test_a_run_takes_everything_from_its_file(desk: Path) -> None:
    (desk / "plunk-import.toml").write_text(
        'mapping = "a.yaml"\nlimit = 1\n\n'
        '[run]\nsandbox = true\noutput = "nightly"\npatience = "3m"\n'
    )
    result = call("run", "a.csv", "--rate", "unlimited")
    assert result.exit_code == 0, result.output
    report = json.loads(Path("nightly/report.json").read_text())
    assert report["books"]["delivered"] == 1
    assert report["settings"]["patience_seconds"] == 180
    assert call("validate", "a.csv").stdout.startswith("The only row is valid.")


def test_the_table_of_a_command_comes_before_what_all_share(desk: Path) -> None:
    (desk / "plunk-import.toml").write_text('rate = "10/s"\n[validate]\nrate = "20/s"\n')
    assert sources("validate")["rate"][0] == "20/s"
    assert sources("run")["rate"][0] == "10/s"


WRONG = {
    "an unknown key": (
        'rat = "10/s"',
        r"plunk-import.toml: rat is not an option; did you mean rate?",
    ),
    "an unknown command": ("[runn]\n", "runn is not an option; did you mean run?"),
    "an option of another command": ("[run]\nstrict = true", "[run] strict is not an option"),
    "no TOML": ("rate = ", "plunk-import.toml: the options cannot be read"),
    "a wrong value": ('rate = "fast"', "Invalid value for '--rate'"),
    "a wrong number": ("limit = 0", "Invalid value for '--limit'"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_of_options_is_named(desk: Path, text: str, message: str) -> None:
    (desk / "plunk-import.toml").write_text(text)
    result = call("run", "a.csv", "-m", "a.yaml", "--sandbox")
    assert result.exit_code == ExitCode.CANNOT_START
    assert message in result.stderr
    assert not Path("runs").exists()


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("PLUNK_IMPORT_RATES", "PLUNK_IMPORT_RATE"),
        ("PLUNK_IMPORT_MAXDROP", "PLUNK_IMPORT_MAX_DROP"),
        ("PLUNK_IMPORT_ALLOW_WORKFLOW", "PLUNK_IMPORT_ALLOW_WORKFLOWS"),
    ],
)
def test_a_variable_that_is_nearly_an_option_is_refused(
    variable: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    result = call("run", "a.csv", "-m", "a.yaml", "--sandbox")
    assert result.exit_code == ExitCode.CANNOT_START
    assert f"{variable} is not an option; did you mean {meant}?" in result.stderr
    assert not Path("runs").exists()


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("name", ["PLACE", "TRACEBACK", "SERVICE_HOST", "PORT_80_TCP_PROTO"])
def test_what_only_begins_alike_is_left_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PLUNK_IMPORT_{name}", "1")
    assert call("codes").exit_code == 0


@pytest.mark.usefixtures("desk")
def test_keys_are_named_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUNK_API_KEY", "pk_secret_word")
    Path(".env").write_text("PLUNK_SECRET_KEY=sk_secret_word\n")
    shown = call("config")
    assert "secret_word" not in shown.output
    assert sources()["PLUNK_API_KEY"] == ("(set)", "PLUNK_API_KEY")
    assert sources()["PLUNK_SECRET_KEY"] == ("(set)", ".env")


@pytest.mark.usefixtures("desk")
def test_what_has_no_options_to_show_is_a_usage_error() -> None:
    assert "There is no command 'fly'" in call("config", "fly").stderr
    assert "There is no command 'history'" in call("config", "history").stderr


def test_the_path_of_an_address_that_is_told_is_a_secret(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk / "plunk-import.toml").write_text('notify = "https://user:pw@hooks.example.com/T0/B1"\n')
    monkeypatch.setenv("PLUNK_IMPORT_PING", "https://hc.example.com/a1b2c3?x=1")

    assert sources()["ping"] == ("https://hc.example.com/…", "PLUNK_IMPORT_PING")
    assert sources()["notify"] == ("https://hooks.example.com/…", "plunk-import.toml")


@pytest.mark.usefixtures("desk")
def test_a_switch_is_shown_as_on_or_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sources()["PLUNK_ALLOW_HTTP"] == ("off", "default")
    monkeypatch.setenv("PLUNK_ALLOW_HTTP", "1")
    assert sources()["PLUNK_ALLOW_HTTP"] == ("on", "PLUNK_ALLOW_HTTP")
