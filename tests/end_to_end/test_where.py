"""Rows that `where` leaves out, wherever in a block they stand."""

from pathlib import Path

import pytest

from plunk_import import validate_file

ROWS = 1000


@pytest.mark.parametrize("first", [0, 1, 840, 999, 1000])
def test_a_block_may_lose_any_of_its_rows(tmp_path: Path, first: int) -> None:
    lines = [
        f'user{row}@example.com,paid,"Zoë {row}",{row},{row / 7},2026-01-01T00:{row // 60:02}:00Z\n'
        for row in range(ROWS)
    ]
    (tmp_path / "rows.csv").write_text("email,status,name,n,ltv,at\n" + "".join(lines))
    mapping = {
        "version": 1,
        "email": "email",
        "event": {"sql": "'order.' || status"},
        "where": f"CAST(n AS BIGINT) >= {first}",
        "data": {
            "name": "name",
            "ltv": {"column": "ltv", "type": "number"},
            "at": {"column": "at", "type": "datetime"},
        },
    }
    books = validate_file(tmp_path / "rows.csv", mapping, directory=tmp_path / "out").books
    assert (books.read, books.filtered, books.pending) == (ROWS, first, ROWS - first)
