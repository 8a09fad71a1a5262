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


MASKS: dict[str, tuple[str, float, str]] = {
    "a postcode": ("00000", 501, "00501"),
    "a number longer than its mask": ("000", 12345, "12345"),
    "groups of digits": ("000-00-0000", 12345678, "012-34-5678"),
    "more digits than places": ("00-00", 12345, "123-45"),
    "an escaped letter": (r"\A00000", 7, "A00007"),
    "quoted letters": ('"NL "0000', 12, "NL 0012"),
    "a form for what is negative": ("0000;[Red]-0000", 12, "0012"),
    "a negative number": ("0000", -12, "-0012"),
}


def masked(*cells: tuple[str | None, object], top: int = 0, left: int = 0) -> bytes:
    """Write a sheet of addresses and numbers, each in a format of its own."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Rows")
        sheet.write_row(top, left, ["email", "code"])
        for line, (form, cell) in enumerate(cells, top + 1):
            sheet.write(line, left, f"{line}@x.co")
            sheet.write(
                line, left + 1, cell, book.add_format({"num_format": form}) if form else None
            )
    return file.getvalue()


@pytest.mark.parametrize(("form", "number", "shown"), MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("top", [0, 3], ids=["at the top", "further down"])
def test_number_with_zeros_in_front_is_what_the_sheet_shows(
    tmp_path: Path, form: str, number: float, shown: str, top: int
) -> None:
    content = masked((form, number), (form, None), (form, number), top=top, left=top)
    reading = read_bytes(tmp_path, content, name="rows.xlsx", header_line=top + 1)
    assert [cells[1] for cells in reading.cells] == [shown, None, shown]


def test_numbers_of_one_column_keep_each_its_own_form(tmp_path: Path) -> None:
    content = masked(("00000", 501), (None, 501), (None, 1.5), ("00000", "B-1"), ("0.00", 2))
    reading = read_bytes(tmp_path, content, name="rows.xlsx")
    assert [cells[1] for cells in reading.cells] == ["00501", "501", "1.5", "B-1", "2"]


@pytest.mark.parametrize("form", ["0", "0.00", "#,##0", "0%", "General", "0E+00", "yyyy"])
def test_other_forms_leave_the_number_a_number(tmp_path: Path, form: str) -> None:
    reading = read_bytes(tmp_path, masked((form, 501), (form, 502)), name="rows.xlsx")
    assert all(not isinstance(cells[1], str) for cells in reading.cells)


def test_table_may_begin_in_any_column(tmp_path: Path) -> None:
    file, day = io.BytesIO(), datetime.timedelta(days=1, hours=2)
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 3, ["email", "n", "empty", "when"])
        for line, (cell, form) in enumerate(((NOON, "yyyy-mm-dd"), (day, "[h]:mm:ss")), 1):
            sheet.write_row(line, 3, [f"{line}@x.co", line])
            sheet.write_datetime(line, 6, cell, book.add_format({"num_format": form}))
    reading = read_bytes(tmp_path, file.getvalue(), name="rows.xlsx")
    assert reading.columns == ("email", "n", "empty", "when")
    assert [cells[:3] for cells in reading.cells] == [("1@x.co", 1, None), ("2@x.co", 2, None)]
    assert [type(cells[3]) for cells in reading.cells] == [str, str]


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
    "plain text": (b"a,b\n1,2\n", {"format": "xlsx"}, r"no \.xlsx workbook, what"),
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
