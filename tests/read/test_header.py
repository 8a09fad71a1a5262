import pytest

from plunk_import import SourceError
from plunk_import.read.header import header_of

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


@pytest.mark.parametrize(("cells", "names"), NAMES.values(), ids=NAMES.keys())
def test_every_column_gets_a_name_of_its_own(
    cells: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert header_of(cells, place="f:1").names == names


def test_what_was_changed_is_said_by_position() -> None:
    assert header_of(("a", "a", ""), place="f:1").remarks == (
        "column 2 is called 'a' like one before it: it is read as 'a_2'",
        "column 3 has no name: it is read as 'column_3'",
    )


def test_a_header_without_any_name_is_refused_with_the_remedies() -> None:
    with pytest.raises(SourceError, match=r"f:3: there is no header .*header_line.*columns"):
        header_of(("", ""), place="f:3")
