from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plunk_import.errors import MappingError
from plunk_import.mapping import load_mapping, mapping_from
from plunk_import.validate import compile_mapping
from tests.mapped import MINIMAL, compiled

TEXT = pl.Schema({"Email": pl.String(), "First Name": pl.String(), "amount": pl.String()})
TYPED = pl.Schema(
    {
        "Email": pl.String(),
        "id": pl.Int64(),
        "tags": pl.List(pl.String()),
        "raw": pl.Binary(),
        "price": pl.Float64(),
        "nothing": pl.Null(),
        "kind": pl.Categorical(),
    }
)


def refusals(mapping: dict[str, Any], schema: pl.Schema) -> list[str]:
    with pytest.raises(MappingError) as raised:
        compile_mapping(mapping_from({**MINIMAL, **mapping}), schema)
    return [f"{problem.where}: {problem.message}" for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"email": "email"}, 'the source has no column "email"; did you mean "Email"?'),
        ({"event": {"sql": "nosuch(amount)"}}, "event.sql: `nosuch(amount)` cannot be worked out"),
        ({"event": {"sql": "amount = '1'"}}, "event: must be text, not Boolean"),
        ({"subscribed": "opt_in"}, 'the source has no column "opt_in"'),
        ({"where": "amount || 'x'"}, "where: is String, not true or false"),
        ({"where": "amoun > 1"}, 'where: the source has no column "amoun"; did you mean "amount"?'),
        ({"data": {"x": "first name"}}, 'did you mean "First Name"?'),
        ({"data": {"x": {"sql": "sum(amount)"}}}, "data.x.sql: it looks at more than one row"),
        ({"id": ["Email", "order"]}, 'id.1: the source has no column "order"'),
        (
            {"data": {"x": {"column": "amount", "type": "datetime", "timezone": "Europe/Brusels"}}},
            '"Europe/Brusels" is not a time zone: expected a name such as Europe/Brussels',
        ),
        (
            {"data": {"x": {"column": "amount", "type": "datetime", "format": "%Q"}}},
            '"%Q" is not a format of a date',
        ),
        (
            {"data": {"x": {"column": "amount", "type": "date", "format": "%d/%m"}}},
            '"%d/%m" does not tell a date',
        ),
        (
            {"data": {"x": {"column": "amount", "type": "datetime", "format": "%d/%m/%Y %H"}}},
            "specify both hour and minute",
        ),
        (
            {"data": {"x": {"column": "amount", "type": "datetime", "format": "%Y-%m-%d %Z"}}},
            "`%Z` would be ignored",
        ),
        (
            {"data": {"x": {"column": "amount", "type": "datetime", "format": "%Y-%m-%d,%f"}}},
            "`%f` would count nanoseconds",
        ),
    ],
)
def test_what_the_source_cannot_give_is_refused(mapping: dict[str, Any], message: str) -> None:
    found = refusals(mapping, TEXT)
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"email": "price"}, "email: must be text, not Float64"),
        ({"email": "raw"}, "email: must be text, not Binary"),
        ({"event": "tags"}, "event: must be text, not List(String)"),
        (
            {"subscribed": "price"},
            'subscribed: column "price" of type Float64 cannot be sent as boolean',
        ),
        ({"data": {"x": "raw"}}, 'data.x: column "raw" of type Binary cannot be sent'),
        ({"data": {"x": {"column": "tags", "type": "number"}}}, "cannot be sent as number"),
        ({"data": {"locale": "id"}}, "data.locale: Plunk takes `locale` only as text"),
        ({"id": ["tags"]}, 'id.0: column "tags" of type List(String) identifies no row'),
        ({"id": {"columns": ["tags"]}}, 'id.0: column "tags" of type List(String) identifies'),
    ],
)
def test_what_a_typed_column_cannot_be_is_refused(mapping: dict[str, Any], message: str) -> None:
    found = refusals(mapping, TYPED)
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    "mapping",
    [
        {"event": "id"},
        {"event": "kind"},
        {"event": "nothing"},
        {"subscribed": "id"},
        {"data": {"locale": {"column": "id", "type": "string"}}},
        {"data": {"locale": "kind"}},
        {"id": ["id", "price", "kind", "raw"]},
        {"where": "price > 0.5"},
    ],
)
def test_what_a_typed_column_can_be_is_taken(mapping: dict[str, Any]) -> None:
    compiled(mapping, pl.DataFrame(schema=TYPED))


def test_a_zone_is_proven_even_where_polars_was_told_to_take_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")
    variable = {"column": "amount", "type": "datetime", "timezone": "Mars/Olympus"}
    [found] = refusals({"data": {"x": variable}}, TEXT)
    assert '"Mars/Olympus" is not a time zone' in found


def test_every_problem_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(
        "version: 1\n"
        "email: Mail\n"
        "event: {sql: 'sum(amount)'}\n"
        "where: amoun > 1\n"
        "data:\n"
        "  first_name: First Nam\n"
        "  at: {column: amount, type: datetime, timezone: Mars/Olympus}\n"
        "id: [order]\n"
    )
    with pytest.raises(MappingError) as raised:
        compile_mapping(load_mapping(path), TEXT)
    assert [(problem.line, problem.where) for problem in raised.value.problems] == [
        (2, "email"),
        (3, "event.sql"),
        (4, "where"),
        (6, "data.first_name"),
        (7, "data.at"),
        (8, "id.0"),
    ]
