import pytest

from plunk_import.errors import SourceError
from plunk_import.mapping.load import SourceOptions
from plunk_import.read.delimited.dialect import read_top

FOUND = {
    "comma": (b"a,b\n1,2\n", ","),
    "semicolon with decimal commas": (b"a;b\n1,5;2,5\n", ";"),
    "semicolon with commas in texts": (b"name;note\nx;one, two\ny;three\n", ";"),
    "comma inside a quoted name": (b'"a,b";c\n1;2\n', ";"),
    "one column": (b"email\na@x.co\n", ","),
    "one column with some commas": (b"note\nx\ny\na, b\n", ","),
    "a bad row among good ones": (b"a,b\n1,2\n1,2,3\n4,5\n", ","),
    "mostly bad rows, but no other candidate": (b"a,b\n1\n2\n", ","),
}


@pytest.mark.parametrize(("head", "delimiter"), FOUND.values(), ids=FOUND.keys())
def test_delimiter_is_found_from_header_and_first_rows(head: bytes, delimiter: str) -> None:
    top = read_top(head, SourceOptions(), name="rows.csv", final=False)
    assert top.dialect.delimiter == delimiter


AMBIGUOUS = {
    "two delimiters fit": b"a,b;c\n1,2;2\n3,4;4\n",
    "rows contradict the header": b"a\n1,2\n3,4\n",
    "a title above the header": b"Orders, all of them\nid;email\n1;a@x.co\n",
}


@pytest.mark.parametrize("head", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_delimiter_that_cannot_be_told_must_be_declared(head: bytes) -> None:
    with pytest.raises(SourceError, match=r"source: \{delimiter: .*header_line"):
        read_top(head, SourceOptions(), name="rows.csv", final=False)


def test_given_columns_tell_the_delimiter() -> None:
    options = SourceOptions(columns=("a", "b"))
    top = read_top(b"x,1;2\ny,3;4\nz;5\n", options, name="rows.csv", final=False)
    assert top.dialect.delimiter == ";"
