import io

import pytest

from plunk_import.cli.person import Person, asked
from plunk_import.propose import ConsentCandidate

CANDIDATES = (
    ConsentCandidate("VIP", {"yes": 3, "no": 2}, 0),
    ConsentCandidate("Called\x1b[2J", {"x": 2}, 3),
)


def answers(*lines: str) -> tuple[Person, io.StringIO]:
    shown = io.StringIO()
    return Person(io.StringIO("".join(f"{line}\n" for line in lines)), shown), shown


def test_a_person_picks_a_column_and_the_value_that_says_yes() -> None:
    person, shown = answers("1", "2")

    found = asked(CANDIDATES, person)

    assert found is not None
    assert (found.column, found.welcome, found.unwelcome) == ("VIP", ("no",), ("yes",))
    assert '1. VIP: 3 x "yes", 2 x "no"' in shown.getvalue()


def test_an_empty_cell_may_say_yes() -> None:
    person, shown = answers("2", "2")

    found = asked(CANDIDATES, person)

    assert found is not None
    assert found.empty is True
    assert "2. (empty)" in shown.getvalue()


@pytest.mark.parametrize(
    "lines", [("",), ("3",), ("0",), ("yes",), ("²",), (), ("1", ""), ("1", "9")]
)
def test_any_other_answer_leaves_it_open(lines: tuple[str, ...]) -> None:
    person, _ = answers(*lines)

    assert asked(CANDIDATES, person) is None


def test_what_a_header_holds_does_nothing_to_the_terminal() -> None:
    person, shown = answers("2", "1")

    asked(CANDIDATES, person)

    assert "\x1b" not in shown.getvalue()
