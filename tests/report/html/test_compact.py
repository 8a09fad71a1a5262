"""A report as a notebook shows it."""

import pytest

from plunk_import import Report
from tests.report.commands import Commands
from tests.report.html.test_page import EVERY_REPORT, Outline


def shown(report: Report) -> str:
    return report._repr_html_()


@pytest.mark.parametrize("name", EVERY_REPORT)
def test_it_is_a_small_part_of_a_page_that_loads_and_runs_nothing(
    commands: Commands, name: str
) -> None:
    outline = Outline(shown(getattr(commands, name)))
    known = {"div", "p", "small", "br", "strong", "code"}
    assert set(outline.tags) <= known | {"table", "thead", "tbody", "tr", "th", "td"}
    assert {attribute for attribute, _ in outline.attributes} <= {"class", "style", "scope"}
    assert len(shown(getattr(commands, name))) < 12_000


@pytest.mark.parametrize("name", EVERY_REPORT)
def test_it_says_the_verdict_the_books_and_where_the_page_is(commands: Commands, name: str) -> None:
    report: Report = getattr(commands, name)
    text = Outline(shown(report)).text
    assert f"{report.books.read:,}" in text
    assert "report.html" in text
    if name != "hostile":
        assert report.verdict in text


def test_addresses_and_keys_are_masked(commands: Commands) -> None:
    secret = "kim.stone@gmial.com wrote sk_live_abc123"
    report = commands.everything.model_copy(
        update={"verdict": secret, "reason": secret, "files": (secret,)}
    )
    text = Outline(shown(report)).text
    assert text.count("k•••@gmial.com wrote sk_•••") == 3
    assert "kim" not in text
    assert "abc123" not in text


def test_what_a_report_holds_is_text_and_never_markup(commands: Commands) -> None:
    evil = "<img src=x onerror=alert(1)>"
    report = commands.run.model_copy(
        update={"verdict": evil, "reason": evil, "files": (evil,), "directory": evil}
    )
    outline = Outline(shown(report))
    assert "img" not in outline.tags
    assert outline.text.count(evil) >= 3
