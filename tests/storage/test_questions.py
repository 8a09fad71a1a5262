"""What it costs to ask a journal: not more where more rows are delivered."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from plunk_import.storage import Journal
from plunk_import.storage.sqlite import connect

_DELIVERED = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
    INSERT INTO rows (ordinal, state, key, email, event, settled_at, left_order,
        settled_order, event_id)
    SELECT n, 2, 'key-' || n, 'p' || n || '@example.com', 'paid', n, 2 * n, 2 * n + 1, 'event-' || n
    FROM numbers"""
_STEPS = 50
"""More of them than any question takes that looks at few rows."""


class Steps:
    """Counts the steps of SQLite, in dozens."""

    def __init__(self) -> None:
        self.dozens = 0

    def connect(self, path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_progress_handler(self._step, 12)
        return connection

    def _step(self) -> int:
        self.dozens += 1
        return 0


def steps_of(ask: Callable[[Journal], object], path: Path, *, delivered: int) -> int:
    """Count the steps of a question to a journal with so many delivered rows, in dozens."""
    Journal.create(path, {}).close()
    with contextlib.closing(connect(path)) as connection:
        connection.execute(_DELIVERED, (delivered,))
    steps = Steps()
    with Journal.open(path, connect=steps.connect, check_content=False) as journal:
        before = steps.dozens
        ask(journal)
        return steps.dozens - before


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda journal: journal.counts(), id="how many rows are in each state"),
        pytest.param(lambda journal: [*journal.sent_to_doubted()], id="whose order may differ"),
        pytest.param(lambda journal: [*journal.in_doubt()], id="which rows are in doubt"),
        pytest.param(lambda journal: journal.unsettled(), id="which are not settled"),
        pytest.param(lambda journal: journal.refused_since(0), id="which were refused"),
        pytest.param(
            lambda journal: [*journal.delivered_keys(after=journal.orders()[0] - 10)],
            id="which keys are new to a history",
        ),
        pytest.param(lambda journal: journal.has_unnamed(), id="whether rows have no contact"),
        pytest.param(lambda journal: journal.orders(), id="how far the notes are numbered"),
        pytest.param(lambda journal: journal.settled_span(), id="when rows were settled"),
    ],
)
def test_a_question_at_the_end_of_a_run_goes_through_no_delivered_rows(
    ask: Callable[[Journal], object], tmp_path: Path
) -> None:
    few = steps_of(ask, tmp_path / "few.sqlite", delivered=100)
    many = steps_of(ask, tmp_path / "many.sqlite", delivered=10_000)
    assert many <= few + _STEPS
