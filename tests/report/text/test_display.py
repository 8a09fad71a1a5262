import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from plunk_import import Report
from plunk_import.report import annotations, printable, render, summarize
from plunk_import.report.text import columns_of, exact, one_line
from tests.report.commands import Commands, saying

NAMES = {
    "plain": ("order.paid", "order.paid"),
    "words": ("Order paid", "Order paid"),
    "wide": ("購入完了", "購入完了"),
    "right to left": ("הזמנה", "הזמנה"),
    "a joined emoji": ("👩‍🚀", "👩‍🚀"),
    "space at the end": ("login ", '"login "'),
    "two spaces": ("a  b", '"a  b"'),
    "no-break space": ("a\u00a0b", '"a\\u00a0b"'),
    "nothing": ("", ""),
    "escape": ("a\x1b[2Kb", '"a\\u001b[2Kb"'),
    "control sequence of one byte": ("a\x9b2Kb", '"a\\u009b2Kb"'),
    "turned around": ("a\u202eb", '"a\\u202eb"'),
    "unseen, beyond 16 bits": ("a\U000e0001", '"a\\udb40\\udc01"'),
    "half a pair": ("a\ud800", '"a\\ud800"'),
    "quotes": ('a "b"', 'a "b"'),
}


@pytest.mark.parametrize(("name", "shown"), NAMES.values(), ids=NAMES)
def test_a_name_shows_all_that_is_in_it(name: str, shown: str) -> None:
    assert exact(name) == shown


LINES = {
    "fits": ("abc", 3, "abc"),
    "cut": ("abcd", 3, "ab…"),
    "wide letters take two columns": ("日本語", 6, "日本語"),
    "wide letters are cut by columns": ("日本語", 5, "日本…"),
    "half a wide letter is none": ("日本語", 4, "日…"),
    "accents take none": ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
    "lines become one": (" a\r\n\tb ", 9, "a b"),
    "nothing moves the cursor": ("a\x1b[2Kb", 12, "a\\u001b[2Kb"),
}


@pytest.mark.parametrize(("text", "columns", "line"), LINES.values(), ids=LINES)
def test_a_line_is_cut_at_its_columns(text: str, columns: int, line: str) -> None:
    assert one_line(text, columns) == line


@given(st.text(), st.integers(1, 30))
def test_any_text_fits_on_its_line(text: str, columns: int) -> None:
    line = one_line(text, columns)
    assert columns_of(line) <= columns
    assert all(sign.isprintable() or sign in "\u200c\u200d" for sign in line)


@given(st.text())
def test_any_name_can_be_shown(name: str) -> None:
    assert not set(exact(name)) & set("\x1b\x9b\n\r\u202e")


# What a terminal acts on: a title set, the screen cleared, writing turned around, and C1's forms.
ACTING = "\x1b]0;pwned\x07\x1b[2J\u202e\x9b2J\x85\u200f\x7f\x00"


@pytest.mark.parametrize("name", ["validate", "check", "run", "hostile"])
@pytest.mark.parametrize(
    "form",
    [summarize, render, lambda report: "\n".join(annotations(report))],
    ids=["summary", "page", "github"],
)
def test_nothing_that_a_file_or_a_server_says_acts_on_what_shows_it(
    commands: Commands, name: str, form: Callable[[Report], str]
) -> None:
    shown = form(saying(getattr(commands, name), ACTING))
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\n", "")
    assert not [sign for sign in ACTING if not sign.isprintable() and sign in without_colours]
    assert "pwned" in shown


def test_what_is_made_printable_is_json_s_own_way_to_say_the_same() -> None:
    assert json.loads(printable(json.dumps(ACTING + "\U000e0001", ensure_ascii=False))) == (
        ACTING + "\U000e0001"
    )
