import csv
import io
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, strategies as st

from plunk_import import SourceError
from tests.read.reading import read_bytes

NASTY = st.text(st.sampled_from("aé,;\t|\"\n\r '0\u2028😀"), max_size=6)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(NASTY, min_size=width, max_size=width), min_size=1, max_size=12)
)


@given(
    table=TABLES,
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    block_bytes=st.sampled_from([1, 2, 7, 16, 64, 1000, 1 << 20]),
)
def test_rows_are_those_of_pythons_csv_whatever_the_block_size(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[list[str]],
    delimiter: str,
    line_end: str,
    quoting: Literal[0, 1],
    block_bytes: int,
) -> None:
    if any("\r" in cell for row in table for cell in row):
        quoting = csv.QUOTE_ALL  # Python's reader takes a bare one for a line break
    names = [f"c{position}" for position in range(len(table[0]))]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(
        [names, *table]
    )
    written = csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter)
    expected = list(written)[1:]

    reading = read_bytes(
        tmp_path_factory.mktemp("csv"),
        text.getvalue().encode(),
        delimiter=delimiter,
        block_bytes=block_bytes,
    )

    assert reading.bad == []
    assert [[cell or "" for cell in row] for row in reading.cells] == expected


@given(
    text=st.text(st.sampled_from('a,"\n\ré'), max_size=40),
    broken_at=st.none() | st.integers(0, 40),
    block_bytes=st.sampled_from([1, 3, 8, 20]),
)
def test_broken_text_reads_the_same_in_blocks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, text: str, broken_at: int | None, block_bytes: int
) -> None:
    content = text.encode()
    if broken_at is not None:
        content = content[:broken_at] + b"\xff" + content[broken_at:]
    content = b"a,b\n1,2\n" + content
    folder = tmp_path_factory.mktemp("csv")

    def outcome(size: int) -> object:
        try:
            return read_bytes(folder, content, delimiter=",", block_bytes=size)
        except SourceError as error:
            return str(error)

    assert outcome(block_bytes) == outcome(1 << 20)


BAD_ROWS = {
    "too many cells": (b"1,2,3", "too_many_cells", "1,2,3"),
    "too many, though empty": (b"1,2,", "too_many_cells", "1,2,"),
    "too few cells": (b"1", "too_few_cells", "1"),
    "a space only": (b" ", "too_few_cells", " "),
    "not UTF-8": (b"caf\xe9,2", "invalid_encoding", "caf\\xe9,2"),
    "cut UTF-8": (b"caf\xc3,2", "invalid_encoding", "caf\\xc3,2"),
    "quote inside a cell": (b'6" nails,2', "stray_quote", '6" nails,2'),
    "quote at the end of a cell": (b'nails 6",2', "stray_quote", 'nails 6",2'),
    "text behind a closing quote": (b'"a"b,2', "stray_quote", '"a"b,2'),
    "space before a quote": (b'1, "2"', "stray_quote", '1, "2"'),
    "space behind a quote": (b'"1" ,2', "stray_quote", '"1" ,2'),
    "two quoted parts": (b'"a" "b",2', "stray_quote", '"a" "b",2'),
}


@pytest.mark.parametrize("block_bytes", [5, 1 << 20], ids=["small blocks", "one block"])
@pytest.mark.parametrize(("line", "code", "raw"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_bad_row_costs_itself_only(
    tmp_path: Path, line: bytes, code: str, raw: str, block_bytes: int
) -> None:
    content = b'a,b\n1,"x\ny"\n' + line + b'\n3,""\n' + line + b"\n5,z"
    reading = read_bytes(tmp_path, content, block_bytes=block_bytes)
    assert reading.rows == {1: ("1", "x\ny"), 3: ("3", ""), 5: ("5", "z")}
    assert reading.bad == [(2, code, raw), (4, code, raw)]


def test_bad_row_says_what_is_wrong(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, b'a,b\n1,2,3\n1\ncaf\xe9,2\nx"y,2\n')
    assert reading.messages == [
        "3 cells instead of 2",
        "1 cell instead of 2",
        "not UTF-8 but perhaps cp1252 (café): byte 0xe9 at position 4",
        'a " stands inside a cell',
    ]


FORMS = {
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n", {}),
    "CRLF": (b"a,b\r\n1,2\r\n", {}),
    "CR": (b"a,b\r1,2\r", {}),
    "no line break at the end": (b"a,b\n1,2", {}),
    "carriage return at the end": (b"a,b\r\n1,2\r", {}),
    "blank lines": (b"a,b\n\n\r\n1,2\n\n\n", {}),
    "blank lines before quotes": (b'a,b\n\n"1",2\n\n', {}),
    "all quoted": (b'"a","b"\n"1","2"\n', {}),
    "semicolons": (b"a;b\n1;2\n", {}),
    "tabs": (b"a\tb\n1\t2\n", {}),
    "pipes": (b"a|b\n1|2\n", {}),
    "declared delimiter": (b"a:b\n1:2\n", {"delimiter": ":"}),
    "single quotes": (b"'a','b'\n'1',2\n", {"quote": "'"}),
    "a first line that names the delimiter": (b"sep=;\r\na;b\r\n1;2\r\n", {}),
    "a first line that names the delimiter, and no header": (
        b"SEP=|\n1|2\n",
        {"columns": ("a", "b")},
    ),
    "header in another line": (b"Report, 2026\n\na,b\n1,2\n", {"header_line": 3}),
    "no header": (b"1,2\n", {"columns": ("a", "b")}),
    "a header that the columns replace": (
        b"x,x\n1,2\n",
        {"columns": ("a", "b"), "header_line": 1},
    ),
    "a header of two lines that the columns replace": (
        b'"x\nx",\n1,2\n',
        {"columns": ("a", "b"), "header_line": 1},
    ),
    "a header below a title that the columns replace": (
        b"Report\n\nx,x\n1,2\n",
        {"columns": ("a", "b"), "header_line": 3},
    ),
    "a delimiter named above a header that the columns replace": (
        b"sep=;\nx;x\n1;2\n",
        {"columns": ("a", "b"), "header_line": 1},
    ),
    "a delimiter named above a header whose line is declared": (
        b"sep=|\na|b\n1|2\n",
        {"header_line": 2},
    ),
    "cp1252": (b"a,b\n1,2\n", {"encoding": "cp1252"}),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), {"encoding": "utf-16"}),
    "UTF-16 with mark, declared with byte order": (
        b"\xff\xfe" + "a,b\n1,2\n".encode("utf-16-le"),
        {"encoding": "utf-16-le"},
    ),
    "rejects file, mended": (b"a,b,_row,_code,_field,_message,_stage\n1,2,7,x,y,z,v\n", {}),
}


@pytest.mark.parametrize("block_bytes", [1, 1 << 20], ids=["small blocks", "one block"])
@pytest.mark.parametrize(("content", "declared"), FORMS.values(), ids=FORMS.keys())
def test_every_form_of_one_table_reads_the_same(
    tmp_path: Path, content: bytes, declared: dict[str, Any], block_bytes: int
) -> None:
    reading = read_bytes(tmp_path, content, block_bytes=block_bytes, **declared)
    assert reading.columns == ("a", "b")
    assert reading.rows == {1: ("1", "2")}
    assert reading.bad == []


def test_cells_come_back_unchanged(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, b'a,b,c,d\n 007 ,"x""y",1.50, \r\n')
    assert reading.cells == [(" 007 ", 'x"y', "1.50", " ")]


def test_empty_cell_is_null_and_empty_quoted_cell_is_not(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b'a,b,c\n,"",x\n').cells == [(None, "", "x")]


def test_blank_lines_are_no_rows_even_of_one_column(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b'a\n1\n\n""\n2\n').rows == {1: ("1",), 2: ("",), 3: ("2",)}


NAMES_WITH_LINE_ENDS = {
    "a return in a file of line feeds": (b'"first\rname",b\n1,2\n3,4\n', "first\rname"),
    "a line feed in a file of returns": (b'"first\nname",b\r1,2\r3,4\r', "first\nname"),
    "a line feed in a file of both": (b'"first\nname",b\r\n1,2\r\n3,4\r\n', "first\nname"),
    "a quote that closes nothing": (b"6' x 4',b\n1,2\n3,4\n", "6' x 4'"),
}


@pytest.mark.parametrize(
    ("content", "name"), NAMES_WITH_LINE_ENDS.values(), ids=NAMES_WITH_LINE_ENDS.keys()
)
def test_line_ends_within_a_name_are_not_those_of_the_file(
    tmp_path: Path, content: bytes, name: str
) -> None:
    reading = read_bytes(tmp_path, content)
    assert reading.columns == (name, "b")
    assert reading.cells == [("1", "2"), ("3", "4")]


def test_quotes_mean_nothing_where_declared_so(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b'a,b\n"1,2"\n', quote="none").cells == [('"1', '2"')]


def test_null_values_are_absent_in_every_column(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, b'a,b\nNULL,x\n"N/A",NULLs\n', null_values=("NULL", "N/A"))
    assert reading.cells == [(None, "x"), (None, "NULLs")]


def test_bytes_without_meaning_in_the_declared_encoding_spoil_their_row(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, b"a,b\n\x81,2\n\x80,2\n", encoding="cp1252")
    assert reading.rows == {2: ("€", "2")}
    assert reading.bad == [(1, "invalid_encoding", "\\x81,2")]
    assert reading.messages == [
        "byte 0x81 at position 1 has no meaning in the declared encoding cp1252"
    ]


def test_lone_surrogate_in_utf16_spoils_its_row(tmp_path: Path) -> None:
    content = "a,b\n".encode("utf-16-le") + b"\x00\xd8,\x002\x00\n\x00" + "1,2".encode("utf-16-le")
    reading = read_bytes(tmp_path, content, encoding="utf-16-le")
    assert reading.rows == {2: ("1", "2")}
    assert [code for _, code, _ in reading.bad] == ["invalid_encoding"]


UNREADABLE = {
    "empty": (b"", {}, "the file is empty"),
    "nothing but a mark": (b"\xef\xbb\xbf", {}, "the file is empty"),
    "header only": (b"a,b\n\n", {}, "has a header but no rows"),
    "blank without header": (b"\n\n", {"columns": ("a", "b")}, "is empty"),
    "no name at all": (b",,\n1,2,3\n", {}, "rows.csv:1: there is no header on this line"),
    "empty header line": (b"\na,b\n1,2\n", {}, "no header on this line"),
    "header line beyond the end": (b"a\n1\n", {"header_line": 5}, "so there is none for"),
    "header that does not end": (b'"a,b\n1,2\n', {"delimiter": ","}, "header does not end"),
    "quote inside a name": (b'a"b,c\n1,2\n', {"delimiter": ","}, "inside a name"),
    "header not UTF-8": (b"caf\xe9,b\n1,2\n", {}, "source: {encoding: cp1252}"),
    "UTF-16 undeclared": ("a,b\n1,2\n".encode("utf-16"), {}, "source: {encoding: utf-16}"),
    "UTF-16 without mark": ("a,b\n1,2\n".encode("utf-16-be"), {}, "{encoding: utf-16-be}"),
    "UTF-32 undeclared": ("a,b\n1,2\n".encode("utf-32"), {}, "source: {encoding: utf-32}"),
    "unclosed quote": (b'a,b\n1,2\n\n3,"x\n4,5\n', {}, "rows.csv:4: row 2: the quote that begins"),
    "a delimiter that is not ASCII": (
        b"a",
        {"delimiter": "\u00a7"},
        "the delimiter '\u00a7' is no",
    ),
    "a quote that is not ASCII": (b"a", {"quote": "\u201c"}, "the quote '\u201c' is no"),
    "cut UTF-16": ("a,b\n1,2".encode("utf-16")[:-1], {"encoding": "utf-16"}, "is not utf-16"),
}


@pytest.mark.parametrize("block_bytes", [3, 1 << 20], ids=["small blocks", "one block"])
@pytest.mark.parametrize(
    ("content", "declared", "complaint"), UNREADABLE.values(), ids=UNREADABLE.keys()
)
def test_unreadable_file_is_one_error_with_place_and_remedy(
    tmp_path: Path, content: bytes, declared: dict[str, Any], complaint: str, block_bytes: int
) -> None:
    with pytest.raises(SourceError) as caught:
        read_bytes(tmp_path, content, block_bytes=block_bytes, **declared)
    assert str(caught.value).startswith(str(tmp_path / "rows.csv"))
    assert complaint in str(caught.value)


PROSE = "Dear all,\nfirst, second and third,\nno comma\nthen, a, b\n,\nbest, Ada\n"


@pytest.mark.parametrize("block_bytes", [64, 1 << 20], ids=["small blocks", "one block"])
def test_quote_that_closes_many_rows_later_is_a_bad_row(tmp_path: Path, block_bytes: int) -> None:
    swallowed = "".join(f"{row},x,y\n" for row in range(2, 3000))
    content = f'a,b,c\n0,x,y\n1,"x,y\n{swallowed}3000,x",z\n3001,x,"y"\n'.encode()
    reading = read_bytes(tmp_path, content, block_bytes=block_bytes)
    assert reading.rows == {1: ("0", "x", "y"), 3: ("3001", "x", "y")}
    assert [(row, code) for row, code, _ in reading.bad] == [(2, "runaway_quote")]
    assert reading.messages == [
        'a " closes 2,999 lines after it opens, and the lines between look like rows'
    ]
    assert reading.bad[0][2].startswith('1,"x,y\n2,x,y\n')
    assert reading.bad[0][2].endswith('\n3000,x",z')


@pytest.mark.parametrize("block_bytes", [64, 1 << 20], ids=["small blocks", "one block"])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_cell_of_many_lines_that_are_no_rows_is_a_cell(
    tmp_path: Path, columns: int, block_bytes: int
) -> None:
    names = "abc"[:columns]
    row = ",".join([f'"{PROSE}"', *"xy"[: columns - 1]])
    content = f"{','.join(names)}\n{row}\n{row}\n".encode()
    reading = read_bytes(tmp_path, content, delimiter=",", block_bytes=block_bytes)
    assert reading.bad == []
    assert [cells[0] for cells in reading.cells] == [PROSE, PROSE]


def test_cell_that_looks_like_rows_is_a_cell_where_declared_so(tmp_path: Path) -> None:
    table = "1,2,3\n" * 50
    content = f'a,b,c\n0,"{table}",y\n'.encode()
    assert read_bytes(tmp_path, content, multiline=True).cells == [("0", table, "y")]
