import csv
import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from plunk_import.read import ORDINAL, ORIGIN, RAW, ROW, FileStart, Form, LineRun, Lines, Locations
from plunk_import.storage import BatchOutcome, RunDirectory, run_files


@dataclasses.dataclass(frozen=True)
class SourceOfTwoColumns:
    schema: pl.Schema = dataclasses.field(
        default_factory=lambda: pl.Schema({"email": pl.String, "cell": pl.String})
    )
    files: tuple[str, ...] = ("a.csv",)
    form: Form = Form.TEXT
    json: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def fingerprint(self) -> str:
        return "f"


def batch(cell: str = "ok", message: str = "bad", event: str = "hi") -> BatchOutcome:
    numbers = {ORDINAL: [1, 2, 3], ROW: [1, 2, 3]}
    source = pl.DataFrame(
        {
            **numbers,
            "email": ["a", "b", "c"],
            "cell": [cell, cell, cell],
            RAW: ["a;ok", None, None],
        },
        schema_overrides={ORDINAL: pl.UInt64, ROW: pl.UInt64},
    )
    ordinal = pl.UInt64
    rejects = pl.DataFrame(
        {
            ORDINAL: [1],
            "_code": ["invalid_email"],
            "_field": ["email"],
            "_message": [message],
            "_stage": ["validate"],
        },
        schema_overrides={ORDINAL: ordinal},
    )
    doubts = pl.DataFrame(
        {ORDINAL: [2], "_reason": [message], "_request_id": ["req"]},
        schema_overrides={ORDINAL: ordinal},
    )
    results = pl.DataFrame(
        {
            ORDINAL: [3],
            "email": ["+c@example.com"],
            "event": [event],
            "event_id": ["e"],
            "contact_id": ["c"],
            "timestamp": ["t"],
            "attempts": [1],
        },
        schema_overrides={ORDINAL: ordinal},
    )
    locations = Locations((FileStart("a.csv"),), Lines((LineRun(1, 3, 11),)))
    return BatchOutcome(locations, source, rejects, doubts, results)


def written(
    tmp_path: Path, *batches: BatchOutcome, name_files: bool = False
) -> dict[str, list[list[str]]]:
    directory = RunDirectory(tmp_path)
    source = SourceOfTwoColumns(files=("a.csv", "b.csv") if name_files else ("a.csv",))
    with run_files(directory, source, sent=True) as files:
        for each in batches:
            files.write(each)
    return {
        path.stem: list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
        for path in tmp_path.iterdir()
    }


def test_each_row_is_in_the_file_of_its_end(tmp_path: Path) -> None:
    files = written(tmp_path, batch())
    assert files["rejects"][1] == [
        "a",
        "ok",
        "1",
        "11",
        "invalid_email",
        "email",
        "bad",
        "validate",
        "a;ok",
        "f:1",
    ]
    assert files["in_doubt"][1] == ["b", "ok", "2", "12", "bad", "req", "f:2"]
    assert files["results"][1] == ["3", "'+c@example.com", "hi", "e", "c", "t", "1"]


def test_the_header_is_written_once_and_also_when_there_is_nothing_else(tmp_path: Path) -> None:
    files = written(tmp_path, batch(), batch())
    assert [len(files[name]) for name in ("rejects", "in_doubt", "results")] == [3, 3, 3]
    reasons = ["_code", "_field", "_message", "_stage", "_raw"]
    assert files["rejects"][0][2:] == ["_row", "_line", *reasons, "_origin"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_our_columns_quote_starts_no_formula(start: str, tmp_path: Path) -> None:
    evil = f'{start}HYPERLINK("http://evil.example")'
    files = written(tmp_path, batch(cell=evil, message=evil, event=evil))
    assert files["rejects"][1][6] == f"'{evil}"
    assert files["in_doubt"][1][4] == f"'{evil}"
    assert files["results"][1][2] == f"'{evil}"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_ids_and_times_of_a_server_start_no_formula(start: str, tmp_path: Path) -> None:
    told = batch()
    assert told.results is not None
    evil = pl.Series("_", [f"{start}1+1"])
    results = told.results.with_columns(event_id=evil, contact_id=evil, timestamp=evil)
    files = written(tmp_path, dataclasses.replace(told, results=results))
    assert files["results"][1][3:6] == [f"'{start}1+1"] * 3


FILE_NAMES = {
    "=1+1.csv": "'=1+1.csv",
    "-2.csv": "'-2.csv",
    "\x1b]0;owned\x07.csv": "\\u001b]0;owned\\u0007.csv",
    "\u202evsc.exe": "\\u202evsc.exe",
    "é ü.csv": "é ü.csv",
}


@pytest.mark.parametrize(("name", "shown"), FILE_NAMES.items(), ids=map(ascii, FILE_NAMES))
def test_names_of_files_start_no_formula_and_act_on_no_terminal(
    name: str, shown: str, tmp_path: Path
) -> None:
    told = dataclasses.replace(batch(), locations=Locations((FileStart(name),)))
    files = written(tmp_path, told, name_files=True)
    assert files["results"][1][0] == files["rejects"][1][2] == files["in_doubt"][1][2] == shown


def test_the_source_s_own_cells_are_left_as_they_are(tmp_path: Path) -> None:
    nasty = '=1+1, "quoted"\nand a second line'
    assert written(tmp_path, batch(cell=nasty))["rejects"][1][1] == nasty


def test_a_row_that_comes_back_keeps_its_origin(tmp_path: Path) -> None:
    outcome = batch()
    source = outcome.source.with_columns(pl.Series(ORIGIN, ["g:7", None, None]))
    files = written(tmp_path, dataclasses.replace(outcome, source=source))
    assert files["rejects"][1][-1] == "g:7"
    assert files["in_doubt"][1][-1] == "f:2"
    assert files["rejects"][0][:4] == ["email", "cell", "_row", "_line"]


def test_several_files_are_told_apart(tmp_path: Path) -> None:
    files = written(tmp_path, batch(), name_files=True)
    assert files["results"][0][0] == "file"
    assert files["rejects"][1][2:4] == ["a.csv", "1"]


@pytest.mark.parametrize("text", ["a=b", "1-2", "", " =1"])
def test_harmless_text_is_quoted_as_it_is(text: str, tmp_path: Path) -> None:
    files = written(tmp_path, batch(message=text, event=text))
    assert (files["rejects"][1][6], files["results"][1][2]) == (text, text)


@pytest.mark.parametrize("form", Form)
def test_nothing_is_left_of_files_whose_writing_failed(form: Form, tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)

    def fail() -> None:
        with run_files(directory, SourceOfTwoColumns(form=form), sent=True) as files:
            files.write(batch())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []
