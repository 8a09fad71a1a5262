import pytest

from plunk_import.errors import ExitCode
from plunk_import.report.html import sections
from plunk_import.report.model import Report
from tests.report.html import reports


@pytest.mark.parametrize(
    ("report", "tone"),
    [
        pytest.param(reports.a_small_run(), "good", id="all-delivered"),
        pytest.param(reports.a_run(), "heed", id="some-rejected"),
        pytest.param(
            reports.a_small_run().model_copy(update={"exit_code": ExitCode.STOPPED}),
            "stopped",
            id="stopped",
        ),
        pytest.param(
            reports.a_small_run().model_copy(update={"checks": reports.a_check().checks}),
            "heed",
            id="a-check-is-wrong",
        ),
        pytest.param(
            reports.a_small_run().model_copy(update={"warnings": reports.a_check().warnings}),
            "heed",
            id="warnings",
        ),
    ],
)
def test_the_tone_follows_the_outcome(report: Report, tone: str) -> None:
    assert sections.outcome(report).tone == tone


def test_pending_rows_are_called_valid_where_nothing_is_sent() -> None:
    dry = {end.name: end.count for end in sections.ends(reports.a_validation())}
    stopped = reports.a_validation().model_copy(update={"command": "run"})

    assert dry["valid"] == 12_002
    assert "pending" in {end.name for end in sections.ends(stopped)}


def test_the_ends_are_all_rows_read() -> None:
    ends = sections.ends(reports.a_run())

    assert sum(end.count for end in ends) == reports.a_run().books.read
    assert sum(end.share for end in ends) == pytest.approx(1)


def test_the_books_are_told_in_words() -> None:
    assert sections.books_in_words(reports.a_small_run()) == "Of 2 rows: 2 delivered (100%)."
    assert sections.books_in_words(reports.an_empty_report()) == "Of 0 rows: none."


def test_capped_counts_what_it_hides() -> None:
    assert sections.capped(range(25)) == sections.Capped(tuple(range(20)), 5)
    assert sections.capped("ab") == sections.Capped(("a", "b"), 0)


def test_by_count_keeps_the_given_order_of_equals() -> None:
    assert sections.by_count({"b": 1, "c": 2, "a": 1}) == (("c", 2), ("b", 1), ("a", 1))
