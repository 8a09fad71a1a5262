from pathlib import Path

import pytest

from plunk_import import SourceError
from tests.read.reading import Reading, read_bytes

NAMES = {
    "each of its own": (("a", "b"), ("a", "b")),
    "one twice": (("a", "b", "a"), ("a", "b", "a_2")),
    "one three times": (("a", "a", "a"), ("a", "a_2", "a_3")),
    "the number is taken": (("a", "a", "a_2"), ("a", "a_3", "a_2")),
    "a number twice": (("a_2", "a", "a", "a_2"), ("a_2", "a", "a_3", "a_2_2")),
    "none in the middle": (("a", "", "b"), ("a", "column_2", "b")),
    "none at the end": (("a", "", ""), ("a", "column_2", "column_3")),
    "none, and its name is taken": (("column_2", "", ""), ("column_2", "column_2_2", "column_3")),
    "none, and its name is taken later": (("", "column_1"), ("column_1_2", "column_1")),
    "capitals and spaces count": (("a", "A", "a "), ("a", "A", "a ")),
}


def read(folder: Path, *cells: str) -> Reading:
    return read_bytes(folder, f"{','.join(cells)}\n{','.join('x' * len(cells))}\n".encode())


@pytest.mark.parametrize(("cells", "names"), NAMES.values(), ids=NAMES.keys())
def test_every_column_gets_a_name_of_its_own(
    cells: tuple[str, ...], names: tuple[str, ...], tmp_path: Path
) -> None:
    assert read(tmp_path, *cells).columns == names


def test_what_was_changed_is_said_by_position(tmp_path: Path) -> None:
    remarks = read(tmp_path, "a", "a", "").remarks
    assert tuple(said for _, said in remarks) == (
        "column 2 is called 'a' like one before it: it is read as 'a_2'",
        "column 3 has no name: it is read as 'column_3'",
    )


def test_a_header_without_any_name_is_refused_with_the_remedies(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"csv:1: there is no header .*header_line.*columns"):
        read(tmp_path, "", "")


def test_more_columns_than_any_table_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"csv:1: there are 50,001 columns, and 50,000 are"):
        read(tmp_path, *("a",) * 50_001)


def test_many_columns_without_a_name_of_their_own_are_named_in_one_go(tmp_path: Path) -> None:
    names = read(tmp_path, *("a", "") * 5_000).columns
    assert len(set(names)) == 10_000
    assert names[-2:] == ("a_5000", "column_10000")
