"""Columns of a source that are called as ours are in rejects are columns like any other."""

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import plunk_import

NAMES = [
    *("_row", "_file", "_line", "_code", "_field", "_message", "_stage", "_raw", "_origin"),
    *("_ordinal", "_types", "_reason", "_request_id", "__row", "\u200b_row"),
]
FORMATS = ["csv", "ndjson", "parquet", "xlsx"]


def source(path: Path, frame: pl.DataFrame) -> Path:
    match path.suffix:
        case ".csv":
            frame.write_csv(path)
        case ".ndjson":
            frame.write_ndjson(path)
        case ".parquet":
            frame.write_parquet(path)
        case _:
            frame.write_excel(path)
    return path


def mapping(*names: str) -> dict[str, Any]:
    data = {f"v{number}": name for number, name in enumerate(names)}
    where = f"\"{names[0]}\" <> 'gone'"
    return {
        "version": 1,
        "email": "email",
        "event": {"const": "x"},
        "where": where,
        "marker": None,
        "data": data,
        "id": [names[0]],
    }


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_column_called_like_one_of_ours_is_mapped_and_comes_back(
    name: str, ending: str, tmp_path: Path
) -> None:
    rows = {"email": ["ann@x.co", "bad", "cy@x.co"], name: ["1", "2", "gone"], "last": ["x"] * 3}
    path = source(tmp_path / f"rows.{ending}", pl.DataFrame(rows))
    report = plunk_import.validate_file(path, mapping(name), directory=tmp_path / "out", show=2)
    assert [json.loads(body)["data"] for body in report.first_bodies] == [{"v0": "1"}]
    assert (report.books.rejected, report.books.filtered) == (1, 1)
    kept = {"csv": "csv", "ndjson": "ndjson"}.get(ending, "parquet")
    rejects = tmp_path / "out" / f"rejects.{kept}"
    again = plunk_import.validate_file(rejects, mapping(name), directory=tmp_path / "2")
    assert list(again.rejects) == ["invalid_email"]
    content = rejects.read_bytes()
    if kept == "parquet":
        frame = pl.read_parquet(rejects).with_columns(email=pl.lit("bob@x.co"))
        frame.write_parquet(rejects)
    else:
        rejects.write_bytes(content.replace(b"bad", b"bob@x.co", 1))
    mended = plunk_import.validate_file(rejects, mapping(name), directory=tmp_path / "3", show=2)
    assert [json.loads(body)["data"] for body in mended.first_bodies] == [{"v0": "2"}]


def test_ours_stand_beside_theirs_under_other_names(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("email,_row,_message\nbad,7,hello\n")
    plunk_import.validate_file(
        tmp_path / "rows.csv", mapping("_row", "_message"), directory=tmp_path / "out"
    )
    with (tmp_path / "out" / "rejects.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["_row"], row["_message"], row["__row"], row["__code"]) == (
        *("7", "hello", "1", "invalid_email"),
    )
    assert "_code" not in row
    assert [name for name in row if name.startswith("__")] == [
        f"__{name}"
        for name in ("row", "line", "code", "field", "message", "stage", "raw", "origin")
    ]


def test_a_file_with_all_of_ours_but_one_is_not_ours(tmp_path: Path) -> None:
    """Of the whole set of a reject one is missing: these are somebody else's columns."""
    names = ["email", "_row", "_line", "_code", "_field", "_message"]
    (tmp_path / "rows.csv").write_bytes(
        (",".join(names) + "\nann@x.co,1,2,Élise,4,5\n").encode("cp1252")
    )
    given = {**mapping("_code"), "source": {"encoding": "cp1252"}}
    report = plunk_import.validate_file(
        tmp_path / "rows.csv", given, directory=tmp_path / "out", show=1
    )
    assert json.loads(report.first_bodies[0])["data"] == {"v0": "Élise"}


@pytest.mark.parametrize("names", [300, 5_000])
def test_our_files_are_known_however_long_their_header_is(names: int, tmp_path: Path) -> None:
    header = ["email", *(f"a column with the number {number}" for number in range(names))]
    line = ["bad", *["é"] * names]
    (tmp_path / "rows.csv").write_bytes(
        (";".join(header) + "\n" + ";".join(line) + "\n").encode("cp1252")
    )
    given = {**mapping(header[1]), "source": {"encoding": "cp1252", "delimiter": ";"}}
    plunk_import.validate_file(tmp_path / "rows.csv", given, directory=tmp_path / "out")
    rejects = tmp_path / "out" / "rejects.csv"
    rejects.write_text(rejects.read_text("utf-8").replace("bad", "ann@x.co", 1), "utf-8")
    report = plunk_import.validate_file(rejects, given, directory=tmp_path / "2", show=1)
    assert json.loads(report.first_bodies[0])["data"] == {"v0": "é"}


@pytest.mark.parametrize("name", ["two\nlines", 'a "quote", and more', "x" * 200_000])
def test_our_files_are_known_whatever_stands_in_their_header(name: str, tmp_path: Path) -> None:
    with (tmp_path / "rows.csv").open("w", newline="", encoding="cp1252") as file:
        csv.writer(file, delimiter=";").writerows([["email", name], ["bad", "é"]])
    given = {
        **mapping("email"),
        "data": {"v0": name},
        "source": {"encoding": "cp1252", "delimiter": ";"},
    }
    plunk_import.validate_file(tmp_path / "rows.csv", given, directory=tmp_path / "out")
    rejects = tmp_path / "out" / "rejects.csv"
    rejects.write_text(rejects.read_text("utf-8").replace("bad", "ann@x.co", 1), "utf-8")
    report = plunk_import.validate_file(rejects, given, directory=tmp_path / "2", show=1)
    assert json.loads(report.first_bodies[0])["data"] == {"v0": "é"}
