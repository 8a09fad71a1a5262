"""Behaviour of the rows that wait on disk."""

import sqlite3
from collections.abc import Iterator

import pytest

from plunk_import.errors import OutputError
from plunk_import.storage import Backlog, WaitingRow


@pytest.fixture
def backlog() -> Iterator[Backlog]:
    backlog = Backlog()
    yield backlog
    backlog.close()


def rows(*ordinals: int) -> list[WaitingRow]:
    return [WaitingRow(ordinal, f"key-{ordinal}", "{}", "hi") for ordinal in ordinals]


def test_rows_come_back_in_file_order_of_their_contact(backlog: Backlog) -> None:
    for row in rows(1, 3, 10, 200):
        backlog.add("ada", row)
    backlog.add("bob", rows(2)[0])
    assert len(backlog) == 5
    assert backlog.take("ada", 3) == rows(1, 3, 10)
    assert backlog.take("ada", 3) == rows(200)
    assert ("ada" in backlog, "bob" in backlog, len(backlog)) == (False, True, 1)


def test_a_closed_backlog_is_empty(backlog: Backlog) -> None:
    backlog.add("ada", rows(1)[0])
    backlog.close()
    assert ("ada" in backlog, len(backlog)) == (False, 0)


def test_what_cannot_be_kept_is_said_with_the_remedy(backlog: Backlog) -> None:
    backlog.add("ada", rows(1)[0])
    with pytest.raises(OutputError, match="set TMPDIR to a larger place") as caught:
        backlog.add("ada", rows(1)[0])
    assert isinstance(caught.value.__cause__, sqlite3.Error)
