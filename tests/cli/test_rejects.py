"""How many rejects a night may have before its exit code says so."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk_import import ExitCode
from plunk_import.cli import main
from plunk_import.sandbox import Profile, SandboxSettings, parse_fault, running


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = (
        [f"c{n}@example.com,hi" for n in range(197)] + ["nobody,hi"] * 3 + ["skip@me.org,no"] * 50
    )
    (tmp_path / "a.csv").write_text("\n".join(["email,event", *rows]) + "\n")
    (tmp_path / "a.yaml").write_text(
        "version: 1\nemail: email\nevent: event\nsubscribed: {const: false}\nwhere: event <> 'no'\n"
    )
    for name in [name for name in os.environ if name.startswith("PLUNK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="plunk-import")


def run(*options: str) -> Result:
    return call(
        "run", "a.csv", "-m", "a.yaml", "-o", "run", "--sandbox", "--rate", "unlimited", *options
    )


ACCEPTED = {
    "none unless said": ((), ExitCode.INCOMPLETE),
    "as many as there are": (("--accept-rejects", "3"), ExitCode.DELIVERED),
    "one less": (("--accept-rejects", "2"), ExitCode.INCOMPLETE),
    "a share of the rows that where keeps": (("--accept-rejects", "1.5%"), ExitCode.DELIVERED),
    "a smaller share": (("--accept-rejects", "1.4%"), ExitCode.INCOMPLETE),
}


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("options", "code"), ACCEPTED.values(), ids=ACCEPTED)
def test_so_many_rejects_are_accepted_and_told_all_the_same(
    options: tuple[str, ...], code: ExitCode
) -> None:
    result = run(*options)
    assert result.exit_code == code
    assert result.stdout.startswith("197 of 200 rows delivered, 3 rejected.")
    assert json.loads(Path("run/report.json").read_text())["exit_code"] == code
    assert call("status", "run").exit_code == code


@pytest.mark.usefixtures("desk")
def test_rows_in_doubt_are_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = (parse_fault("store-then-drop:c5@example.com"),)
    with running(SandboxSettings(profile=Profile.SPRING, faults=faults)) as server:
        monkeypatch.setenv("PLUNK_API_KEY", server.public_key)
        monkeypatch.setenv("PLUNK_BASE_URL", server.base_url)
        options = ("--rate", "unlimited", "--allow-workflows", "--accept-rejects", "50%")
        result = call("run", "a.csv", "-m", "a.yaml", "-o", "run", *options)
    assert "1 in doubt" in result.stdout
    assert result.exit_code == ExitCode.INCOMPLETE


@pytest.mark.usefixtures("desk")
def test_what_resume_accepts_counts_for_it() -> None:
    assert run().exit_code == ExitCode.INCOMPLETE
    assert call("resume", "run", "--accept-rejects", "3").exit_code == ExitCode.DELIVERED
