import logging
from collections.abc import Mapping

import pytest

from plunk_import.runtime import LogLines, SilentProgress, seconds_between_looks
from tests.fakes import FakeClock

Line = tuple[str, Mapping[str, object]]


def sent_in_five_minutes(lines: LogLines, clock: FakeClock) -> None:
    """Send 3,000 rows, 10 a second, and tell of each second."""
    with lines.phase("sending", 3_000) as phase:
        for second in range(1, 301):
            clock.advance(1.0)
            phase.reached(second * 10, rejects=second // 100, **{"in doubt": 0})


def test_a_function_is_handed_a_line_a_minute_with_its_fields() -> None:
    clock, told = FakeClock(), list[Line]()
    sent_in_five_minutes(LogLines(lambda *line: told.append(line), clock=clock), clock)

    assert [line[1]["event"] for line in told] == ["begun", *["progress"] * 5, "ended"]
    text, fields = told[1]
    assert text == (
        "sending: 600 of 3,000 rows, 10.0 rows/s, 0:04:00 left, rejects: 0, in doubt: 0"
    )
    assert fields == {
        "event": "progress",
        "phase": "sending",
        "rows": 600,
        "total": 3_000,
        "rows_per_second": 10.0,
        "seconds_left": 240,
        "rejects": 0,
        "in_doubt": 0,
    }
    assert told[-1] == (
        "sending: done in 0:05:00",
        {"event": "ended", "phase": "sending", "seconds": 300.0},
    )


def test_a_logger_is_handed_the_same_lines_with_the_fields_on_its_records(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "nightly")
    clock = FakeClock()
    lines = LogLines(logging.getLogger("nightly"), every_seconds=100, clock=clock)
    sent_in_five_minutes(lines, clock)

    told = [(record.levelname, record.__dict__["event"]) for record in caplog.records]
    progress = [("INFO", "progress")] * 3
    assert told == [("DEBUG", "begun"), *progress, ("DEBUG", "ended")]
    assert caplog.records[1].__dict__["rows"] == 1_000
    assert caplog.records[1].getMessage().startswith("sending: 1,000 of 3,000 rows")


def test_what_a_server_says_reaches_no_log_unescaped() -> None:
    clock, told = FakeClock(), list[Line]()
    lines = LogLines(lambda *line: told.append(line), every_seconds=0, clock=clock)
    with lines.phase("sending", None) as phase:
        phase.reached(3, waiting="for \x1b[31mred 100%s")

    assert "waiting: for \\u001b[31mred 100%s" in told[1][0]


def test_what_is_over_sooner_has_no_line_of_progress() -> None:
    clock, told = FakeClock(), list[Line]()
    with LogLines(lambda *line: told.append(line), clock=clock).phase("sending", 3) as phase:
        clock.advance(59)
        phase.reached(3)

    assert [line[1]["event"] for line in told] == ["begun", "ended"]


def test_lines_that_come_seldom_are_asked_for_seldom() -> None:
    seldom, often = (LogLines(logging.getLogger("x"), every_seconds=each) for each in (60, 0))
    assert seconds_between_looks(seldom) == 1
    assert seconds_between_looks(often) == 0.25
    assert seconds_between_looks(SilentProgress()) is None
