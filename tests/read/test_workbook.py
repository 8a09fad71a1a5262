"""Workbooks whose cells alone do not tell what a person sees in them."""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from plunk_import import SourceError, validate_file
from tests.read.reading import read_bytes

ROWS = [("email", "n"), ("ann@x.co", 1), ("bob@x.co", 2)]
MAPPING = {"version": 1, "email": "email", "event": {"const": "e"}, "data": {"n": "n"}}


def written(fill: Callable[[Any], object]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        fill(book)
    return file.getvalue()


def table(
    book: xlsxwriter.Workbook, name: str | None = None, rows: Sequence[Sequence[object]] = ROWS
) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet(name)
    for line, row in enumerate(rows):
        sheet.write_row(line, 0, row)
    return sheet


def rewritten(content: bytes, part: str, edit: Callable[[bytes], bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, edit(old.read(name)) if name == part else old.read(name))
    return file.getvalue()


def emails(folder: Path, content: bytes, sheet: str | None = None) -> list[object]:
    return [row[0] for row in read_bytes(folder, content, name="a.xlsx", sheet=sheet).cells]


def test_the_first_sheet_that_a_person_sees_is_read(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_chartsheet("Chart")
        table(book, "Secret", [("email", "n"), ("hidden@x.co", 0)]).hide()
        table(book, "Seen").activate()
        table(book, "Last", [("email", "n"), ("last@x.co", 0)])

    content = written(fill)
    assert emails(tmp_path, content) == ["ann@x.co", "bob@x.co"]
    assert emails(tmp_path, content, sheet="Secret") == ["hidden@x.co"]
    with pytest.raises(SourceError, match=r"'Chart'\. Its sheets: 'Secret', 'Seen', 'Last'"):
        emails(tmp_path, content, sheet="Chart")


def test_of_hidden_sheets_alone_the_first_is_read(tmp_path: Path) -> None:
    content = rewritten(
        written(lambda book: table(book, "A")),
        "xl/workbook.xml",
        lambda part: part.replace(b'name="A"', b'name="A" state="veryHidden"'),
    )
    assert emails(tmp_path, content) == ["ann@x.co", "bob@x.co"]


def test_a_workbook_of_the_strict_kind_is_read(tmp_path: Path) -> None:
    content = rewritten(
        written(table),
        "xl/workbook.xml",
        lambda part: part.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    )
    assert emails(tmp_path, content) == ["ann@x.co", "bob@x.co"]


FAR = {
    "the last place there is": (1_048_575, 16_383, "1,048,576 rows and 16,384 columns, .*XFD10485"),
    "far down and to the right": (100_000, 400, "100,001 rows and 401 columns, .*OK100001"),
}


@pytest.mark.parametrize(("row", "column", "told"), FAR.values(), ids=FAR.keys())
def test_a_stray_cell_far_away_takes_no_memory(
    row: int, column: int, told: str, tmp_path: Path
) -> None:
    """The library would ask for memory for every place up to it, and die where there is none."""
    content = written(lambda book: table(book).write(row, column, "x"))
    with pytest.raises(SourceError, match=rf"a.xlsx, sheet 'Sheet1': 7 cells hold .*{told}"):
        emails(tmp_path, content)


@pytest.mark.parametrize(("row", "column"), [(1_048_575, 1), (2, 16_383)], ids=["down", "right"])
def test_a_stray_cell_that_does_no_harm_is_no_matter(row: int, column: int, tmp_path: Path) -> None:
    content = written(lambda book: table(book).write(row, column, "x"))
    assert emails(tmp_path, content)[:2] == ["ann@x.co", "bob@x.co"]


def test_empty_cells_that_are_only_formatted_do_not_count(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        table(book).write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert emails(tmp_path, written(fill)) == ["ann@x.co", "bob@x.co"]


def test_a_sheet_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    content = rewritten(
        written(table), "xl/worksheets/sheet1.xml", lambda part: part[: part.index(b'<row r="3"')]
    )
    with pytest.raises(SourceError, match="sheet 'Sheet1': the sheet is cut off"):
        emails(tmp_path, content)


def test_errors_of_formulas_are_warned_of_with_their_places(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = table(book)
        for line in range(3, 8):
            sheet.write(line, 0, f"p{line}@x.co")
            sheet.write_formula(line, 1, "=1/0", None, "#DIV/0!")

    (tmp_path / "a.xlsx").write_bytes(written(fill))
    report = validate_file(tmp_path / "a.xlsx", MAPPING, directory=tmp_path / "out")
    (example,) = report.warnings["cells_without_value"].examples
    assert example.message == (
        "sheet 'Sheet1': 5 cells with the error of a formula, such as B4, B5, B6: read as empty"
    )
    assert report.books.rejected == 0


def test_a_file_that_is_only_called_a_workbook_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no \.xlsx workbook, whatever .*\{format: csv\}"):
        emails(tmp_path, b"email,n\nann@x.co,1\n")
