from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from plunk_import.errors import ExitCode
from plunk_import.plan import FieldProfile
from plunk_import.report import Books, Interval, Pace, Report, verdict_of, versions
from tests.report.commands import Commands

ENDS = ("filtered", "rejected", "skipped", "delivered", "in_doubt", "pending")


@given(st.lists(st.integers(0, 9), min_size=6, max_size=6), st.integers(0, 60))
def test_books_balance_or_cannot_be_made(counts: list[int], read: int) -> None:
    ends = dict(zip(ENDS, counts, strict=True))
    if sum(counts) == read:
        assert Books(read=read, **ends).delivered == ends["delivered"]
        return
    with pytest.raises(ValidationError, match="the books do not balance"):
        Books(read=read, **ends)


def test_a_negative_end_cannot_make_books_balance() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Books(read=1, delivered=2, pending=-1)


def test_books_cannot_be_changed_out_of_balance() -> None:
    books = Books(read=1, delivered=1)
    with pytest.raises(ValidationError, match="frozen"):
        books.delivered = 0


VERDICTS: dict[str, tuple[bool, dict[str, int], str]] = {
    "checked, all well": (False, {"pending": 1_200}, "All 1,200 rows are valid."),
    "checked, one row": (False, {"pending": 1}, "The only row is valid."),
    "checked, some bad": (
        False,
        {"pending": 3, "rejected": 2, "filtered": 9},
        "2 of 5 rows would be rejected.",
    ),
    "checked, none left": (
        False,
        {"filtered": 7},
        "No row is left: the mapping's `where` drops all 7.",
    ),
    "all delivered": (True, {"delivered": 1_200}, "All 1,200 rows are delivered."),
    "one delivered": (True, {"delivered": 1, "filtered": 4}, "The only row is delivered."),
    "some skipped": (
        True,
        {"delivered": 3, "skipped": 2},
        "3 of 5 rows delivered, 2 skipped.",
    ),
    "all skipped": (True, {"skipped": 5}, "0 of 5 rows delivered, 5 skipped."),
    "none left to send": (
        True,
        {"filtered": 7},
        "No row is left: the mapping's `where` drops all 7.",
    ),
    "every kind of end": (
        True,
        {"filtered": 1, "rejected": 2, "skipped": 3, "delivered": 4, "in_doubt": 5, "pending": 6},
        "4 of 20 rows delivered, 3 skipped, 2 rejected, 5 in doubt, 6 pending.",
    ),
}


@pytest.mark.parametrize(("sent", "ends", "sentence"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_is_one_sentence(sent: bool, ends: dict[str, int], sentence: str) -> None:
    books = Books(read=sum(ends.values()), **ends)
    assert verdict_of(books, sent=sent) == sentence


def smallest(**changes: object) -> Report:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    given: dict[str, Any] = {
        "command": "run",
        "exit_code": ExitCode.DELIVERED,
        "verdict": "Fine.",
        "books": Books(read=0),
        "rejects": {},
        "events": {},
        "contacts": 0,
        "started": now,
        "finished": now,
        "files": ("a.csv",),
        "fingerprint": "f",
        "mapping": "a.yaml",
        "mapping_sha256": "0",
        "directory": None,
        "settings": {},
        "versions": versions(),
    }
    return Report(**{**given, **changes})


@pytest.mark.parametrize("name", ["validate", "check", "run", "nothing_left"])
def test_a_report_read_from_its_json_is_the_same_report(commands: Commands, name: str) -> None:
    report = getattr(commands, name)
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_a_report_with_a_part_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        smallest(verdikt="Fine.")


def test_versions_name_what_the_run_stood_on() -> None:
    assert {"plunk-import", "python", "polars"} <= versions().keys()
    assert versions()["polars"] == pl.__version__
    assert all(versions().values())


@pytest.mark.parametrize(("rows", "filled", "fill"), [(4, 1, 0.25), (0, 0, 0.0), (3, 3, 1.0)])
def test_fill_is_the_share_of_rows_with_a_value(rows: int, filled: int, fill: float) -> None:
    profile = FieldProfile(name="n", persistent=True, rows=rows, filled=filled)
    assert profile.fill == fill


@pytest.mark.parametrize(
    ("seconds", "delivered", "per_second"),
    [
        (1.0, [9], 0.0),
        (1.0, [9, 1], 9.0),
        (30.0, [900, 30, 60, 7], 1.5),
        (600.0, [600, 1_200, 5], 2.0),
        (1.0, [0, 0], 0.0),
    ],
    ids=["none is over", "one is over", "of the last minute", "longer intervals", "nothing came"],
)
def test_the_pace_of_late_is_that_of_the_last_minute_that_is_over(
    seconds: float, delivered: list[int], per_second: float
) -> None:
    began = datetime(2026, 3, 1, tzinfo=UTC)
    intervals = tuple(
        Interval(start=began + timedelta(seconds=number * seconds), delivered=count)
        for number, count in enumerate(delivered)
    )
    pace = Pace(interval_seconds=seconds, intervals=intervals)

    assert pace.of_late_per_second == per_second
