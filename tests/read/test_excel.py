import datetime
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from plunk_import import SourceError
from tests.read.reading import read_bytes

NOON = datetime.datetime(2026, 1, 2, 12, 0)  # noqa: DTZ001 - Excel knows no zones
DAY = datetime.datetime(2026, 1, 2)  # noqa: DTZ001
ROWS: list[list[object]] = [
    ["id", "zip", "amount", "at", "day", "vip", "mixed", "empty"],
    [1, "00123", 1.5, NOON, DAY, True, "x", None],
    [None] * 8,
    [2, None, 2, None, DAY, False, 5, None],
]
READ = {
    1: (1, "00123", 1.5, NOON, DAY.date(), True, "x", None),
    2: (2, None, 2.0, None, DAY.date(), False, "5", None),
}


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(line, column, cell)
    return file.getvalue()


def test_sheet_keeps_types_and_leaves_blank_rows_out(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, workbook(Orders=ROWS), name="rows.xlsx").rows == READ


def test_column_of_cells_without_a_common_type_is_text(tmp_path: Path) -> None:
    day = datetime.timedelta(days=1, hours=2)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for line, (cell, form) in enumerate(((NOON, "yyyy-mm-dd"), (day, "[h]:mm:ss")), 1):
            sheet.write(line, 0, f"{line}@x.co")
            sheet.write_datetime(line, 1, cell, book.add_format({"num_format": form}))
            sheet.write(line, 2, line)
        sheet.write_row(0, 0, ["email", "when", "n"])
    reading = read_bytes(tmp_path, file.getvalue(), name="rows.xlsx")
    assert [cells[0] for cells in reading.cells] == ["1@x.co", "2@x.co"]
    assert [cells[2] for cells in reading.cells] == [1, 2]
    assert [type(cells[1]) for cells in reading.cells] == [str, str]
    assert reading.cells[0][1].startswith("2026-01-02")


def test_workbook_is_told_by_its_content(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, workbook(Orders=ROWS), name="rows.csv").rows == READ


def test_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    content = workbook(Readme=[["x"], ["y"]], Orders=ROWS)
    assert read_bytes(tmp_path, content, name="rows.xlsx", sheet="Orders").rows == READ


@pytest.mark.parametrize("above", [[["A title"]], [[]], [["A title"], []]])
def test_header_may_stand_in_another_line(tmp_path: Path, above: list[list[object]]) -> None:
    content = workbook(Orders=[*above, *ROWS])
    reading = read_bytes(tmp_path, content, name="rows.xlsx", header_line=len(above) + 1)
    assert reading.rows == READ


def test_sheet_without_header_takes_given_names(tmp_path: Path) -> None:
    content = workbook(Orders=[["x", 1], ["y", 2]])
    reading = read_bytes(tmp_path, content, name="rows.xlsx", columns=("a", "b"))
    assert reading.columns == ("a", "b")
    assert reading.cells == [("x", 1), ("y", 2)]


def test_names_that_are_no_names_are_made_some(tmp_path: Path) -> None:
    content = workbook(A=[["a", None, "a", None, None], [1, 2, 3, 4, None]])
    reading = read_bytes(tmp_path, content, name="rows.xlsx")
    assert reading.columns == ("a", "column_2", "a_2", "column_4")
    assert reading.cells == [(1, 2, 3, 4)]
    assert [said for _, said in reading.remarks] == [
        "column 2 has no name: it is read as 'column_2'",
        "column 3 is called 'a' like one before it: it is read as 'a_2'",
        "column 4 has no name: it is read as 'column_4'",
    ]


@pytest.mark.parametrize("above", [[], [["A title"], []]])
def test_given_names_stand_for_those_of_a_header(tmp_path: Path, above: list[list[object]]) -> None:
    content = workbook(Orders=[*above, ["n", "n"], ["x", 1], ["y", 2]])
    reading = read_bytes(
        tmp_path, content, name="rows.xlsx", columns=("a", "b"), header_line=len(above) + 1
    )
    assert reading.columns == ("a", "b")
    assert reading.cells == [("x", 1), ("y", 2)]


def test_column_without_values_causes_no_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    read_bytes(tmp_path, workbook(Orders=ROWS), name="rows.xlsx")
    assert caplog.records == []


UNREADABLE = {
    "missing sheet": (
        workbook(A=ROWS, B=ROWS),
        {"sheet": "C"},
        r"no sheet 'C'\. Its sheets: 'A', 'B'",
    ),
    "empty sheet": (workbook(A=[]), {}, "sheet 'A': it is empty"),
    "header only": (workbook(A=ROWS[:1]), {}, "header but no rows"),
    "no name": (workbook(A=[[None, None], [1, 2]]), {}, "sheet 'A', line 1: there is no header"),
    "no workbook": (b"PK\3\4 something", {"format": "xlsx"}, "damaged"),
    "plain text": (b"a,b\n1,2\n", {"format": "xlsx"}, r"not a whole \.xlsx workbook"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {}, r"old \.xls workbook"),
}


@pytest.mark.parametrize(
    ("content", "declared", "complaint"), UNREADABLE.values(), ids=UNREADABLE.keys()
)
def test_unreadable_workbook_is_an_error(
    tmp_path: Path, content: bytes, declared: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SourceError, match=complaint):
        read_bytes(tmp_path, content, name="rows.xlsx", **declared)


def test_missing_package_is_an_error_that_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(SourceError, match=r"rows\.xlsx: .*pip install 'plunk-import\[excel\]'"):
        read_bytes(tmp_path, workbook(Orders=ROWS), name="rows.xlsx")
