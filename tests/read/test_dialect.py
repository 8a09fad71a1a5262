from pathlib import Path

import pytest

from plunk_import import SourceError
from tests.read.reading import read_bytes

FOUND = {
    "comma": (b"a,b\n1,2\n", ("a", "b")),
    "semicolon with decimal commas": (b"a;b\n1,5;2,5\n", ("a", "b")),
    "semicolon with commas in texts": (b"name;note\nx;one, two\ny;three\n", ("name", "note")),
    "comma inside a quoted name": (b'"a,b";c\n1;2\n', ("a,b", "c")),
    "one column": (b"email\na@x.co\n", ("email",)),
    "one column with some commas": (b"note\nx\ny\na, b\n", ("note",)),
    "a bad row among good ones": (b"a,b\n1,2\n1,2,3\n4,5\n", ("a", "b")),
    "mostly bad rows, but no other candidate": (b"a,b\n1\n2\n", ("a", "b")),
}


@pytest.mark.parametrize(("content", "columns"), FOUND.values(), ids=FOUND.keys())
def test_delimiter_is_found_from_header_and_first_rows(
    tmp_path: Path, content: bytes, columns: tuple[str, ...]
) -> None:
    assert read_bytes(tmp_path, content).columns == columns


AMBIGUOUS = {
    "two delimiters fit": b"a,b;c\n1,2;2\n3,4;4\n",
    "rows contradict the header": b"a\n1,2\n3,4\n",
    "a title above the header": b"Orders, all of them\nid;email\n1;a@x.co\n",
}


@pytest.mark.parametrize("content", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_delimiter_that_cannot_be_told_must_be_declared(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceError, match=r"source: \{delimiter: .*header_line"):
        read_bytes(tmp_path, content)


def test_given_columns_tell_the_delimiter(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, b"x,1;2\ny,3;4\nz;5\n", columns=("a", "b"))
    assert reading.cells == [("x,1", "2"), ("y,3", "4"), ("z", "5")]
