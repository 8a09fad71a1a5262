from datetime import datetime, timedelta, timezone

import pytest

from plunk_import.report.html import phrases


@pytest.mark.parametrize(
    ("share", "text"),
    [
        pytest.param(0, "0%", id="none"),
        pytest.param(0.00001, "<0.1%", id="some-is-never-none"),
        pytest.param(0.0312, "3.1%", id="tenths"),
        pytest.param(0.99999, "99.9%", id="less-is-never-all"),
        pytest.param(1, "100%", id="all"),
    ],
)
def test_percent_rounds_nothing_away(share: float, text: str) -> None:
    assert phrases.percent(share) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0"), (2.264, "2.26"), (16.66, "16.7"), (1234.5, "1,234")]
)
def test_figure_has_three_significant_digits(amount: float, text: str) -> None:
    assert phrases.figure(amount) == text


def test_plural_knows_one() -> None:
    assert phrases.plural(1, "row") == "1 row"
    assert phrases.plural(1_200, "row") == "1,200 rows"
    assert phrases.plural(2, "reply", "replies") == "2 replies"


def test_times_are_in_utc() -> None:
    brussels = datetime(2026, 5, 4, 23, 58, 7, tzinfo=timezone(timedelta(hours=2)))

    assert phrases.moment(brussels) == "2026-05-04 21:58:07 UTC"
    assert phrases.clock(brussels) == "21:58:07"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        pytest.param(None, "not set", id="none"),
        pytest.param(True, "yes", id="true"),
        pytest.param(10.0, "10", id="float"),
        pytest.param(10, "10", id="int"),
        pytest.param("auto", "auto", id="text"),
        pytest.param(["a", None], "a, not set", id="list"),
        pytest.param([], "none", id="empty-list"),
        pytest.param({"é": [1]}, '{"é": [1]}', id="mapping"),
    ],
)
def test_value_shows_a_setting_of_any_kind(found: object, text: str) -> None:
    assert phrases.value(found) == text


def test_short_says_what_it_leaves_out() -> None:
    assert phrases.short("abc", 3) == "abc"
    assert phrases.short("abcd", 3) == "abc… (and 1 more character)"
    assert phrases.short("a" * 2_000, 10) == "aaaaaaaaaa… (and 1,990 more characters)"


def test_prose_makes_code_of_backticks_and_text_of_the_rest() -> None:
    assert phrases.prose("use `where`, not <b>") == "use <code>where</code>, not &lt;b&gt;"
