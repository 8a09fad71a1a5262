"""Rejected rows, mended in `rejects.csv`, go through the mapping that rejected them."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plunk_import import Report, validate_file

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
