import re

import polars as pl
import pytest

from plunk_import.errors import MappingError
from tests.mapped import compiled, refusal_of, worked_out

FRAME = pl.DataFrame(
    {
        "amount": ["200", " 5", "x", None, "1.5"],
        "count": [1, 2, 3, 4, 5],
        "First Name": ["Ada", "Grace", None, "", "Bob"],
        "day": ["2026-01-31"] * 5,
    }
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("'order.' || amount", ["order.200", "order. 5", "order.x", None, "order.1.5"]),
        ('COALESCE("First Name", amount)', ["Ada", "Grace", "x", None, "Bob"]),
        ("count + 1", [2, 3, 4, 5, 6]),
        ("CASE WHEN count > 4 THEN 'many' ELSE 'few' END", ["few"] * 4 + ["many"]),
        ("DATE(day, '%Y-%m-%d')", ["2026-01-31"] * 5),
        ("day > '2026'", [True] * 5),
    ],
)
def test_an_expression_is_worked_out_row_by_row(sql: str, expected: list[object]) -> None:
    assert worked_out(sql, FRAME) == expected


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("amoun > 1", 'the source has no column "amoun"; did you mean "amount"?'),
        ('"first name" = 1', 'no column "first name"; did you mean "First Name"?'),
        ("zzz = qqq", 'no column "zzz"; it has "amount", "count"'),
        ("amount >", "cannot be worked out: unable to parse"),
        ("nosuch(amount)", "unsupported function 'nosuch'"),
        ("abs(amount) > 3", "write TRY_CAST(column AS DOUBLE)"),
        ("CAST(day AS DATE) > '2026-01-01'", "Write DATE(column, '%Y-%m-%d')"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_beforehand(sql: str, message: str) -> None:
    assert message in refusal_of(sql, FRAME.schema)


@pytest.mark.parametrize(
    "sql",
    [
        "sum(count)",
        "count(*)",
        "count > avg(count)",
        "sum(round(count, 1))",
        "row_number() over (order by count)",
        "lag(amount) over (order by count)",
        "(SELECT 1)",
        "DATE(day)",
    ],
)
def test_what_hangs_on_other_rows_is_refused(sql: str) -> None:
    assert re.search("more than one row", refusal_of(sql, FRAME.schema))


@pytest.mark.parametrize("joined", [" OR ", " or\n", ") OR ("], ids=repr)
@pytest.mark.parametrize("terms", [2, 64, 400, 2_000])
def test_a_condition_may_have_many_alternatives(terms: int, joined: str) -> None:
    sql = "(" + joined.join(f"count = {n} AND amount < 100" for n in range(2, terms + 2)) + ")"
    if ")" not in joined:
        sql = sql.strip("()")
    assert worked_out(sql, FRAME) == [
        False,
        True,
        *([None, None, True] if terms > 2 else [None, False, False]),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "'a OR b' = amount",
        "CASE WHEN count = 1 OR count = 2 THEN amount END = '200' OR \"First Name\" = 'x'",
        "NOT (count = 1 OR count = 2) OR amount = ' OR '",
        "count BETWEEN 1 AND 2 OR count = 5 -- OR nothing",
    ],
)
def test_what_is_no_alternative_is_left_whole(sql: str) -> None:
    wanted = FRAME.select(pl.sql_expr(sql).alias("x")).to_series()
    assert worked_out(sql, FRAME) == wanted.to_list()


@pytest.mark.parametrize(
    "sql",
    [
        " || ".join(["amount"] * 20_000),
        "CASE " + " ".join(f"WHEN count = {n} THEN 'x'" for n in range(5_000)) + " END",
        "(" * 20_000 + "count" + ")" * 20_000,
        " + ".join(["count * 1.5"] * 120),
        "count = 1 AND " * 20_000 + "count = 1",
        "(" * 60 + "count = 1" + ")" * 60,
        "NOT " * 60 + "count = 1",
        "- " * 60 + "count > 1",
    ],
    ids=["texts", "cases", "brackets", "numbers", "conditions", "60 brackets", "not", "minus"],
)
def test_what_is_nested_too_deep_is_refused_in_words(sql: str) -> None:
    assert re.search("too many parts, one within the other", refusal_of(sql, FRAME.schema))


@pytest.mark.parametrize(
    "sql",
    ["(SELECT max(count) FROM t) > 1", "amount IN (select b FROM t)", "EXISTS (SELECT 1)"],
)
def test_a_subquery_is_named(sql: str) -> None:
    assert re.search(r"it has a subquery \(SELECT\)", refusal_of(sql, FRAME.schema))


def test_a_long_list_of_columns_is_cut() -> None:
    schema = pl.Schema({f"column {n}": pl.String() for n in range(11)})
    assert '"column 9" and 2 more' in refusal_of("zzz", schema)


def test_one_column_that_looks_like_several_raises_doubt_about_the_delimiter() -> None:
    frame = pl.DataFrame(schema={"email;plan": pl.String()})
    with pytest.raises(
        MappingError, match=r'only "email;plan": is `source: \{delimiter: …\}` right'
    ):
        compiled({"email": {"sql": "email"}}, frame)


def test_a_long_expression_that_cannot_be_parsed_is_shown_by_its_start() -> None:
    listed = ", ".join(f"'{n}'" for n in range(20_000))
    said = refusal_of(f"amount IN ({listed}) OR foo(amount)", FRAME.schema)
    assert said.startswith("`amount IN ('0', '1', ")
    assert "unsupported function 'foo'" in said
    assert len(said) < 500
