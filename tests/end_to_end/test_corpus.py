import contextlib
import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import plunk_import
from tests.corpus.case import Case
from tests.corpus.make_corpus import EXPECTED, all_cases, write_case

MAPPING: dict[str, Any] = {
    "version": 1,
    "email": "email",
    "event": {"const": "joined"},
    "data": {"name": "name", "amount": {"column": "amount", "type": "number"}},
    "marker": None,
}
PEOPLE: dict[str, Any] = {
    "accepted": [["ada@x.co", "Ada", 12.5], ["zoe@x.co", "Zoë", 7]],
    "rejects": {"3": "invalid_email; invalid_number"},
}
CASES = all_cases()
WANTED = {
    name: PEOPLE if wanted == "people" else wanted
    for name, wanted in json.loads(EXPECTED.read_text("utf-8")).items()
}
READABLE = [name for name, wanted in WANTED.items() if "error" not in wanted]
UNREADABLE = [name for name, wanted in WANTED.items() if "error" in wanted]
SENT = ["mended rejects", "every kind of bad row", "German Excel", "zip of xlsx", "three files"]


class Growing:
    """A progress bar, to whom the first rows say that it is time to write more of them."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @contextlib.contextmanager
    def phase(self, name: str, total: int | None) -> Iterator["Growing"]:
        del name, total
        yield self

    def reached(self, rows: int, **details: int | str) -> None:
        del rows, details
        with self._file.open("ab") as file:
            file.write(b"eve@x.co,Eve,1\n")


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files of a case are; its standard input and current directory are set up."""
    case: Case = CASES[request.node.callspec.params["name"]]
    write_case(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(case.stdin)))
    return tmp_path


def arguments(case: Case) -> tuple[list[str], dict[str, Any]]:
    mapping = {**MAPPING, **case.mapping, "source": dict(case.declared)}
    return list(case.given or case.files), mapping


def rejects_in(directory: Path) -> list[dict[str, str]]:
    with (directory / "rejects.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def place(reject: dict[str, str]) -> str:
    file = f"{reject['_file']}:" if "_file" in reject else ""
    return file + reject["_row"]


def test_the_corpus_is_large_and_every_case_has_its_expectation() -> None:
    assert CASES.keys() == WANTED.keys()
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", READABLE)
def test_an_odd_file_gives_exactly_its_rows_and_rejects(name: str, folder: Path) -> None:
    wanted = WANTED[name]
    paths, mapping = arguments(CASES[name])
    report = plunk_import.validate_file(paths, mapping, directory=folder / "out", show=10)
    rejects = rejects_in(folder / "out")
    if isinstance(wanted["accepted"], int):
        assert report.books.pending == wanted["accepted"]
    else:
        assert [sent(body) for body in report.first_bodies] == wanted["accepted"]
        assert report.books.pending == len(wanted["accepted"])
    assert {place(reject): reject["_code"] for reject in rejects} == wanted["rejects"]
    assert report.books.read == report.books.pending + len(wanted["rejects"])
    assert list(report.files) == wanted.get("files", list(report.files))
    messages = "\n".join(reject[name] for reject in rejects for name in ("_message", "_raw"))
    assert [part for part in wanted.get("says", []) if part not in messages] == []


def sent(body: str) -> list[Any]:
    event = json.loads(body)
    data = event.get("data", {})
    return [event["email"], data.get("name"), data.get("amount")]


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_file_is_refused_with_place_and_remedy(name: str, folder: Path) -> None:
    case, wanted = CASES[name], WANTED[name]
    paths, mapping = arguments(case)
    runtime = plunk_import.Runtime()
    if case.grows:
        runtime = plunk_import.Runtime(progress=Growing(folder / next(iter(case.files))))
    with pytest.raises(plunk_import.PlunkImportError) as refused:
        plunk_import.validate_file(paths, mapping, directory=folder / "out", runtime=runtime)
    assert isinstance(refused.value, getattr(plunk_import, wanted["error"]))
    assert [part for part in wanted["says"] if part not in str(refused.value)] == []
    assert refused.value.exit_code == plunk_import.ExitCode.CANNOT_START
    assert not (folder / "out" / "rejects.csv").exists()


@pytest.mark.parametrize("name", SENT)
def test_what_is_accepted_is_delivered(name: str, folder: Path) -> None:
    wanted = WANTED[name]
    paths, mapping = arguments(CASES[name])
    report = plunk_import.import_file(
        paths,
        mapping,
        directory=folder / "out",
        sandbox=plunk_import.SandboxSettings(race_seconds=0),
        settings=plunk_import.SendSettings(rate="unlimited"),
    )
    assert report.books.delivered == len(wanted["accepted"])
    with (folder / "out" / "results.csv").open(newline="") as results:
        addresses = [result["email"] for result in csv.DictReader(results)]
    assert addresses == [email for email, *_ in wanted["accepted"]]
    rejects = rejects_in(folder / "out")
    assert {place(reject): reject["_code"] for reject in rejects} == wanted["rejects"]


@pytest.mark.parametrize("name", ["quote never closed", "cut gz", "cut JSON list"])
def test_nothing_of_an_unreadable_file_is_sent(name: str, folder: Path) -> None:
    paths, mapping = arguments(CASES[name])
    with pytest.raises(plunk_import.SourceError):
        plunk_import.import_file(
            paths,
            mapping,
            directory=folder / "out",
            sandbox=plunk_import.SandboxSettings(race_seconds=0),
        )
    assert not (folder / "out" / "sandbox.sqlite").exists()
