import re

import polars as pl
import pytest

from tests.mapped import refusal_of, worked_out

FRAME = pl.DataFrame(
    {
        "amount": ["200", " 5", "x", None, "1.5"],
        "quantity": ["1", "2", "3", "", "4"],
        "count": [1, 2, 3, 4, 5],
        "state": ["yes", "no", "yes", "no", "yes"],
    }
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("amount > 2", [True, True, None, None, False]),
        ("2 < amount", [True, True, None, None, False]),
        ("amount >= 100.5", [True, False, None, None, False]),
        ("amount BETWEEN 1 AND 5.5", [False, True, None, None, True]),
        ("amount <> 5", [True, False, None, None, True]),
        ("amount > count", [True, True, None, None, False]),
        ("amount * quantity", [200, 10, None, None, 6]),
        ("amount / 2 > 2", [True, True, None, None, False]),
        ("amount % 2 = 0", [True, False, None, None, False]),
        ("amount + 1", [201, 6, None, None, 2.5]),
        ("count * 1.5 > 3", [False, False, True, True, True]),
        ("amount > 1 AND state = 'yes'", [True, False, None, False, True]),
        ("CASE WHEN amount >= 100.5 THEN 'large' ELSE 'small' END", ["large"] + ["small"] * 4),
        ("TRY_CAST(amount AS DOUBLE) > 1.5", [True, None, None, None, False]),
        ("-amount", [-200, -5, None, None, -1.5]),
    ],
)
def test_text_is_read_as_a_number_where_a_number_is_meant(sql: str, expected: list[object]) -> None:
    assert worked_out(sql, FRAME) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("amount > '3'", [False, False, True, None, False]),
        ("amount = quantity", [False, False, False, None, False]),
        ("amount || '!'", ["200!", " 5!", "x!", None, "1.5!"]),
        ("substr(state, 1, 1)", ["y", "n", "y", "n", "y"]),
    ],
)
def test_text_stays_text_elsewhere(sql: str, expected: list[object]) -> None:
    assert worked_out(sql, FRAME) == expected


def test_decimal_comma_counts_here_too() -> None:
    frame = pl.DataFrame({"amount": ["1.234,5", "0,5", ",", ""]})
    mapping = {"source": {"decimal_comma": True}}
    assert worked_out("amount > 1", frame, mapping=mapping) == [True, False, None, None]


def test_text_is_never_true() -> None:
    assert re.search(
        '"state" is text: compare it with the word', refusal_of("state = TRUE", FRAME.schema)
    )
