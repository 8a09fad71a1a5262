"""Rejected rows, mended in `rejects.csv`, go through the mapping that rejected them."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plunk_import import Report, SandboxSettings, import_file, validate_file

SOURCES: dict[str, tuple[bytes, Mapping[str, Any]]] = {
    "as they come": ("email,name,sum\nbad,Élise;,1.5\nann@x.co,Ann,2\n".encode(), {}),
    "another encoding": (
        "email,name,sum\nbad,Élise;,1.5\nann@x.co,Ann,2\n".encode("cp1252"),
        {"encoding": "cp1252"},
    ),
    "UTF-16": (
        "email,name,sum\nbad,Élise;,1.5\nann@x.co,Ann,2\n".encode("utf-16"),
        {"encoding": "utf-16"},
    ),
    "another delimiter": (
        'email;name;sum\nbad;"Élise;";1,5\nann@x.co;Ann;2\n'.encode(),
        {"delimiter": ";", "decimal_comma": True},
    ),
    "another quote": (
        "email,name,sum\nbad,'Élise;',1.5\nann@x.co,Ann,2\n".encode(),
        {"quote": "'"},
    ),
    "no quote": ("email,name,sum\nbad,Élise;,1.5\nann@x.co,Ann,2\n".encode(), {"quote": "none"}),
    "a header below a title": (
        "A title\n\nemail,name,sum\nbad,Élise;,1.5\nann@x.co,Ann,2\n".encode(),
        {"header_line": 3},
    ),
    "no header": (
        "bad,Élise;,1.5\nann@x.co,Ann,2\n".encode(),
        {"columns": ["email", "name", "sum"]},
    ),
}


def validated(file: Path, source: Mapping[str, Any], out: Path) -> Report:
    mapping = {
        "version": 1,
        "email": "email",
        "event": {"const": "x"},
        "data": {"name": "name", "sum": {"column": "sum", "type": "number"}},
        "marker": None,
        "source": dict(source),
    }
    return validate_file(file, mapping, directory=out, show=5)


def mended(rejects: Path) -> Path:
    rejects.write_bytes(rejects.read_bytes().replace(b"bad,", b"elise@x.co,", 1))
    return rejects


@pytest.mark.parametrize(("content", "source"), SOURCES.values(), ids=SOURCES.keys())
def test_a_mended_row_is_valid_and_unchanged(
    tmp_path: Path, content: bytes, source: Mapping[str, Any]
) -> None:
    (tmp_path / "rows.csv").write_bytes(content)
    first = validated(tmp_path / "rows.csv", source, tmp_path / "first")
    assert (first.books.read, first.books.rejected) == (2, 1)
    again = validated(mended(tmp_path / "first" / "rejects.csv"), source, tmp_path / "second")
    (body,) = map(json.loads, again.first_bodies)
    assert body["email"] == "elise@x.co"
    assert body["data"] == {"name": "Élise;", "sum": 1.5}


@pytest.mark.parametrize(("content", "source"), SOURCES.values(), ids=SOURCES.keys())
def test_a_row_that_was_not_mended_is_rejected_again_for_the_same_reason(
    tmp_path: Path, content: bytes, source: Mapping[str, Any]
) -> None:
    (tmp_path / "rows.csv").write_bytes(content)
    first = validated(tmp_path / "rows.csv", source, tmp_path / "first")
    again = validated(tmp_path / "first" / "rejects.csv", source, tmp_path / "second")
    assert {code: found.count for code, found in again.rejects.items()} == {"invalid_email": 1}
    assert again.rejects.keys() == first.rejects.keys()


def test_rejects_that_a_spreadsheet_saved_with_semicolons_are_known(tmp_path: Path) -> None:
    content, source = SOURCES["another encoding"]
    (tmp_path / "rows.csv").write_bytes(content)
    validated(tmp_path / "rows.csv", source, tmp_path / "first")
    rejects = mended(tmp_path / "first" / "rejects.csv")
    with rejects.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    with rejects.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    (body,) = validated(rejects, source, tmp_path / "second").first_bodies
    assert json.loads(body)["data"] == {"name": "Élise;", "sum": 1.5}


def test_a_source_that_only_looks_like_ours_in_part_is_read_as_declared(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes("_row,email,name,sum\n1,a@x.co,Élise,2\n".encode("cp1252"))
    report = validated(tmp_path / "rows.csv", {"encoding": "cp1252"}, tmp_path / "out")
    assert json.loads(report.first_bodies[0])["data"]["name"] == "Élise"


TORN: dict[str, tuple[str, str, list[str]]] = {
    "too few cells": ("bob@x.co;Bob", "too_few_cells", ["bob@x.co", "Bob", ""]),
    "too many cells": ("cy@x.co;Cy;3;4", "too_many_cells", ["cy@x.co", "Cy", "3"]),
    "a stray quote": ('dee@x.co;6" nail;7', "stray_quote", ["dee@x.co", '6" nail', "7"]),
    "a quote closed too early": ('eve@x.co;"E" v;8', "stray_quote", ["eve@x.co", '"E" v', "8"]),
    "a stray quote among delimiters": ('foo@x.co;"F;ü"x;9', "stray_quote", ["foo@x.co", "", ""]),
    "a quoted delimiter before": ('"g;@x.co";6" n;1', "stray_quote", ["g;@x.co", '6" n', "1"]),
    "one cell": ("hugo", "too_few_cells", ["hugo", "", ""]),
}
RUNAWAY = "".join(f"p{n}@x.co;P;{n}\n" for n in range(30))


def rejected_rows(directory: Path) -> list[dict[str, str]]:
    with (directory / "rejects.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("line", "code", "cells"), TORN.values(), ids=TORN.keys())
def test_of_a_torn_row_the_cells_that_can_be_told_and_the_raw_line_are_given(
    line: str, code: str, cells: list[str], tmp_path: Path
) -> None:
    text = f'email;name;sum\nann@x.co;"A\n\nn";2\n{line}\n'
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8")
    for number in (1, 2):
        source = tmp_path / ("rows.csv" if number == 1 else "first/rejects.csv")
        out = tmp_path / ("first" if number == 1 else "second")
        report = validated(source, {}, out)
        assert report.rejects.keys() == {code}
        (row,) = rejected_rows(out)
        assert [row["email"], row["name"], row["sum"]] == cells
        assert (row["_code"], row["_raw"]) == (code, line)
        assert line not in row["_message"]
    assert row["_origin"] == rejected_rows(tmp_path / "first")[0]["_origin"]
    assert (rejected_rows(tmp_path / "first")[0]["_row"], row["_row"]) == ("2", "1")
    assert (rejected_rows(tmp_path / "first")[0]["_line"], row["_line"]) == ("5", "2")


@pytest.mark.parametrize("keeps_raw", [True, False], ids=["raw left", "raw emptied"])
@pytest.mark.parametrize(("line", "code", "cells"), TORN.values(), ids=TORN.keys())
def test_a_torn_row_whose_cells_are_mended_is_taken(
    line: str, code: str, cells: list[str], keeps_raw: bool, tmp_path: Path
) -> None:
    del code, cells
    (tmp_path / "rows.csv").write_text(f"email;name;sum\n{line}\n", encoding="utf-8")
    validated(tmp_path / "rows.csv", {"delimiter": ";"}, tmp_path / "first")
    (row,) = rejected_rows(tmp_path / "first")
    row |= {"email": "new@x.co", "name": "New", "sum": "5"}
    row |= {} if keeps_raw else {"_raw": ""}
    with (tmp_path / "mended.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    report = validated(tmp_path / "mended.csv", {"delimiter": ";"}, tmp_path / "second")
    (body,) = map(json.loads, report.first_bodies)
    assert (body["email"], body["data"]) == ("new@x.co", {"name": "New", "sum": 5})


def test_a_torn_row_whose_raw_line_alone_is_mended_is_rejected_and_not_sent_in_part(
    tmp_path: Path,
) -> None:
    (tmp_path / "rows.csv").write_text("email,name,sum\ncy@x.co,C,y,3\n", encoding="utf-8")
    validated(tmp_path / "rows.csv", {}, tmp_path / "first")
    rejects = tmp_path / "first" / "rejects.csv"
    rejects.write_text(rejects.read_text().replace('"cy@x.co,C,y,3"', '"cy@x.co,""C,y"",3"'))
    report = validated(rejects, {}, tmp_path / "second")
    assert (report.books.read, list(report.rejects)) == (1, ["too_many_cells"])


def test_a_cell_that_swallowed_rows_comes_back_whole_and_is_rejected_again(tmp_path: Path) -> None:
    text = f'email;name;sum\nann@x.co;"A;1\n{RUNAWAY}bo@x.co;B";2\n'
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8")
    validated(tmp_path / "rows.csv", {}, tmp_path / "first")
    (row,) = rejected_rows(tmp_path / "first")
    assert row["_raw"] == text.partition("\n")[2].rstrip("\n")
    again = validated(tmp_path / "first" / "rejects.csv", {}, tmp_path / "second")
    assert again.rejects.keys() == {"runaway_quote"}


@pytest.mark.parametrize("is_mended", [False, True], ids=["as it is", "mended"])
def test_bytes_of_no_meaning_come_back(is_mended: bool, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"email,name,sum\nzoe@x.co,Zo\xeb,1\n")
    validated(tmp_path / "rows.csv", {}, tmp_path / "first")
    rejects = tmp_path / "first" / "rejects.csv"
    if is_mended:
        rejects.write_text(rejects.read_text("utf-8").replace("Zo\\xeb", "Zoë", 1), "utf-8")
    again = validated(rejects, {}, tmp_path / "second")
    assert list(again.rejects) == ([] if is_mended else ["invalid_encoding"])


def test_a_row_without_id_is_known_again_wherever_it_comes_back(tmp_path: Path) -> None:
    """Mended in part and imported, then mended further and imported again: nothing twice."""
    mapping = {"version": 1, "email": "email", "event": {"const": "x"}, "data": {"n": "n"}}
    (tmp_path / "rows.csv").write_text("email,n\nann,1\nbob,2\n")

    def imported(source: Path, out: str) -> Report:
        return import_file(
            source,
            mapping,
            directory=tmp_path / out,
            sandbox=SandboxSettings(database=tmp_path / "plunk.sqlite"),
            history=tmp_path / "history.sqlite",
        )

    imported(tmp_path / "rows.csv", "first")
    rejects = tmp_path / "first" / "rejects.csv"
    books = []
    for number, name in enumerate(("ann", "bob")):
        rejects.write_text(rejects.read_text().replace(f"{name},", f"{name}@x.co,", 1))
        report = imported(rejects, f"again{number}")
        books.append((report.books.delivered, report.books.skipped, report.books.rejected))
    assert books == [(1, 0, 1), (1, 1, 0)]
