from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plunk_import.mapping import SourceOptions
from plunk_import.read import ORDINAL, FileStart, LineRun, Lines, Locations, open_source
from tests.read.test_excel import ROWS, workbook

PLACES: dict[str, tuple[str, bytes, dict[str, Any], dict[int, int | None]]] = {
    "one row a line": ("a.csv", b"h,i\n1,2\n3,4\n", {}, {1: 2, 2: 3}),
    "no line break at the end": ("a.csv", b"h,i\r\n1,2\r\n3,4", {}, {1: 2, 2: 3}),
    "blank lines": ("a.csv", b"h,i\n\n1,2\n\r\n\n3,4\n", {}, {1: 3, 2: 6}),
    "line breaks in cells": (
        "a.csv",
        b'h,i\n1,"a\nb"\n"\n\n",2\n3,4\n',
        {},
        {1: 2, 2: 4, 3: 7},
    ),
    "line breaks in cells, none at the end": ("a.csv", b'h,i\n1,"a\nb"\n3,4', {}, {1: 2, 2: 4}),
    "line breaks in cells and blank lines": (
        "a.csv",
        b'h,i\n1,"a\r\nb"\n\n\n3,4\n',
        {},
        {1: 2, 2: 6},
    ),
    "line breaks in a header": ("a.csv", b'"h\nh",i\n1,2\n', {}, {1: 3}),
    "bad rows between": (
        "a.csv",
        b'h,i\n1\n"a\nb",2\n3,4,5\n\n6,x"y\n7,8\n',
        {},
        {1: 2, 2: 3, 3: 5, 4: 7, 5: 8},
    ),
    "a header below a title": ("a.csv", b"t\n\nh,i\n1,2\n", {"header_line": 3}, {1: 4}),
    "a delimiter that is told": ("a.csv", b"sep=;\nh;i\n1;2\n", {}, {1: 3}),
    "no header": ("a.csv", b"1,2\n3,4\n", {"columns": ["h", "i"]}, {1: 1, 2: 2}),
    "carriage returns alone": ("a.csv", b'h,i\r1,"a\rb"\r3,4\r', {}, {1: 2, 2: 4}),
    "UTF-16": (
        "a.csv",
        'h,i\n1,"a\nb"\n3,4\n'.encode("utf-16"),
        {"encoding": "utf-16"},
        {1: 2, 2: 4},
    ),
    "NDJSON": ("a.ndjson", b'{"a":1}\n\n{"a":"x\\n"}\n[]\n{"a":2}', {}, {1: 1, 2: 3, 3: 4, 4: 5}),
    "a JSON list": ("a.json", b'[{"a":1},\n\n{"a":2}]', {}, {1: None, 2: None}),
    "a sheet": ("a.xlsx", workbook(A=[["t"], [], *ROWS]), {"header_line": 3}, {1: 4, 2: 6}),
}


@pytest.mark.parametrize("block_bytes", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("name", "content", "declared", "expected"), PLACES.values(), ids=PLACES.keys()
)
def test_every_row_knows_the_line_on_which_it_begins(
    name: str,
    content: bytes,
    declared: dict[str, Any],
    expected: dict[int, int | None],
    block_bytes: int,
    tmp_path: Path,
) -> None:
    (tmp_path / name).write_bytes(content)
    options = SourceOptions.model_validate(declared)
    source = open_source([tmp_path / name], options, block_bytes=block_bytes)
    found = {
        row: line
        for batch in source.batches()
        for rows in (batch.frame[ORDINAL], batch.bad[ORDINAL])
        for row, line in zip(rows, batch.locations.line_of(rows), strict=True)
    }
    assert dict(sorted(found.items())) == expected


def test_a_parquet_file_has_no_lines(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2]}).write_parquet(tmp_path / "a.parquet")
    (batch,) = open_source([tmp_path / "a.parquet"], SourceOptions()).batches()
    assert batch.locations.line_of(batch.frame[ORDINAL]).to_list() == [None, None]


def test_rows_are_found_in_any_order_and_unknown_ones_have_no_line() -> None:
    lines = Lines((LineRun(1, 2, 5), LineRun(3, 2, 9, lambda: pl.Series([0, 4]))))
    asked = pl.Series([4, 1, 7, 3, 2], dtype=pl.UInt64)
    assert lines.of(asked).to_list() == [13, 5, None, 9, 6]


def test_rows_of_joined_batches_are_found_in_their_file_and_on_their_line() -> None:
    parts = [
        Locations((FileStart("a", 1),), Lines((LineRun(1, 2, 2),))),
        Locations((FileStart("a", 1),), Lines((LineRun(3, 1, 9),))),
        Locations(
            (FileStart("b", 4),), Lines((LineRun(1, 2, 2, lambda: pl.Series([0, 3])),)).after(3)
        ),
        Locations((FileStart("c", 6),)),
    ]
    asked = pl.Series([5, 6, 1, 3, 4, 2], dtype=pl.UInt64)
    joined = Locations.joined(parts)
    assert joined.file_of(asked).to_list() == ["b", "c", "a", "a", "b", "a"]
    assert joined.line_of(asked).to_list() == [5, None, 2, 9, 2, 3]
