from pathlib import Path
from typing import Any

import pytest

from plunk_import.mapping import SourceOptions
from plunk_import.report import LineFinder


def line(
    folder: Path, text: str, row: int, *, name: str = "a.csv", options: dict[str, Any] | None = None
) -> int | None:
    chosen = SourceOptions(**options or {})
    path = folder / name
    path.write_bytes(text.encode(chosen.encoding))
    return LineFinder(chosen)(str(path), row)


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("h\na\nb\nc\n", {}, 3),
        ("h\r\na\r\nb\r\n", {}, 3),
        ("note\nh\na\nb\n", {"header_line": 2}, 4),
        ("a\nb\n", {"columns": ["h"]}, 2),
        ("h\n\na\n\r\nb\n", {}, 5),
        ('h\n"a, b"\n"c"\n', {}, 3),
        ('h\n"say ""hi"""\nb\n', {}, 3),
        ("h\nit's\nb\n", {"quote": "none"}, 3),
        ('h\n"a\nb"\nc\n', {}, None),
        ('h\n6" nails\nc\n', {}, None),
        ("h\na\n", {}, None),
        ("h\ra\rb\r", {}, None),
    ],
    ids=[
        "plain",
        "CRLF",
        "header elsewhere",
        "no header",
        "empty lines",
        "quoted",
        "doubled quotes",
        "no quotes",
        "a cell over two lines",
        "a stray quote",
        "no such row",
        "CR",
    ],
)
def test_the_second_row_stands_on(
    tmp_path: Path, text: str, options: dict[str, Any], expected: int | None
) -> None:
    assert line(tmp_path, text, 2, options=options) == expected


def test_rows_before_a_cell_of_several_lines_are_known(tmp_path: Path) -> None:
    assert line(tmp_path, 'h\na\n"b\nc"\n', 1) == 2


def test_records_have_a_line_each(tmp_path: Path) -> None:
    assert line(tmp_path, '{"a":"\\""}\n\n{"a":1}\n', 2, name="a.ndjson") == 3


def test_what_is_no_text_has_no_lines(tmp_path: Path) -> None:
    assert line(tmp_path, "PAR1", 1, name="a.parquet") is None
    assert line(tmp_path, "h\na\n", 1, options={"encoding": "utf-16"}) is None
    assert LineFinder(SourceOptions())("-", 1) is None
    assert LineFinder(SourceOptions())(str(tmp_path / "gone.csv"), 1) is None
