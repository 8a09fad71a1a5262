"""A run that is killed as it begins: it can go on, and its files become whole."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plunk_import import SandboxSettings, import_file, resume
from plunk_import.storage import RunDirectory

BEGIN = """
import os, signal, sys, threading
from plunk_import import SandboxSettings, import_file
from plunk_import.run.record import claim_shard

def kill(frame, event, arg):
    if event == {moment!r} and frame.f_code is claim_shard.__code__:
        os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(kill)
threading.setprofile(kill)
import_file({source!r}, {mapping!r}, directory={directory!r}, sandbox=SandboxSettings())
"""
AS_SOON_AS_THERE = """
import os, signal, sys, threading
from plunk_import import SandboxSettings, import_file

def kill(frame, event, arg):
    if "plunk_import" in frame.f_code.co_filename and os.path.exists({journal!r}):
        os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(kill)
threading.setprofile(kill)
import_file({source!r}, {mapping!r}, directory={directory!r}, sandbox=SandboxSettings())
"""
MAPPING = {"version": 1, "email": "email", "event": {"const": "paid"}, "data": {"n": "n"}}


@pytest.mark.parametrize("moment", ["call", "return"])
def test_a_kill_between_the_journal_and_the_rejects_loses_neither(
    moment: str, tmp_path: Path
) -> None:
    """Taking its shard is the only thing that a run does in between."""
    source, place = tmp_path / "rows.csv", RunDirectory(tmp_path / "run")
    source.write_text("email,n\nada@example.com,1\nnobody,2\nbob@example.com,3\n")
    begin = BEGIN.format(
        moment=moment, source=str(source), mapping=MAPPING, directory=str(place.path)
    )
    _see_killed(begin)
    assert place.holds_run
    assert not place.rejects.exists()
    report = resume(place.path)
    assert (report.books.delivered, report.books.rejected) == (2, 1)
    never_killed = RunDirectory(tmp_path / "never killed")
    import_file(source, MAPPING, directory=never_killed.path, sandbox=SandboxSettings())
    assert place.rejects.read_text() == never_killed.rejects.read_text()
    assert len(place.results.read_text().splitlines()) == 1 + 2
    assert _names(place) == _names(never_killed)


def test_a_journal_knows_from_the_first_which_rows_repeat_an_id(tmp_path: Path) -> None:
    source, place = tmp_path / "rows.csv", RunDirectory(tmp_path / "run")
    source.write_text("email,n\nada@example.com,1\nbob@example.com,2\nbob@example.com,1\n")
    begin = AS_SOON_AS_THERE.format(
        journal=str(place.journal),
        source=str(source),
        mapping={**MAPPING, "id": "n"},
        directory=str(place.path),
    )
    _see_killed(begin)
    assert place.holds_run
    report = resume(place.path)
    assert (report.books.delivered, report.books.rejected) == (2, 1)
    assert [line.split(",")[0] for line in place.results.read_text().splitlines()[1:]] == ["1", "2"]


def _see_killed(program: str) -> None:
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def _names(place: RunDirectory) -> set[str]:
    return {path.name for path in place.path.iterdir()}
