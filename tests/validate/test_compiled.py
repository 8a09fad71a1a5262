import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from plunk_import.errors import MappingError
from plunk_import.read import ORDINAL, ROW
from plunk_import.validate import REGISTRY, REJECT_SCHEMA, ValidatedBatch
from tests import model
from tests.mapped import compiled, numbered, validated, validated_by
from tests.wild import DOCUMENTS, EMAILS, EVENTS, FLAGS, MOMENTS, NUMBERS, WILD

ADA = "ada@example.com"


def bodies(result: ValidatedBatch) -> list[Any]:
    return [json.loads(body) for body in result.events["body"]]


def rows(**columns: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))


class TestBody:
    def test_it_is_written_without_blanks_in_the_order_of_the_mapping(self) -> None:
        mapping = {
            "event": {"sql": "'order.' || state"},
            "subscribed": "opted_in",
            "data": {
                "plan": "plan",
                "source": {"const": "shopify"},
                "order_id": {"column": "order", "persistent": False},
                "spent": {"column": "spent", "type": "number"},
            },
            "marker": "import_ref",
        }
        frame = rows(
            Email=["Ada@Example.com"],
            state=["paid"],
            opted_in=["yes"],
            plan=['"pro"'],
            order=["#1"],
            spent=["12.50"],
        )
        events = validated(mapping, frame).events
        [body], [key] = events["body"], events["key"]
        assert body == (
            '{"email":"ada@example.com","event":"order.paid","subscribed":true,"data":{'
            '"plan":"\\"pro\\"","source":"shopify",'
            '"order_id":{"value":"#1","persistent":false},"spent":12.5,'
            f'"import_ref":{{"value":"{key}","persistent":false}}}}}}'
        )

    def test_data_is_left_out_where_no_variable_is_there(self) -> None:
        frame = rows(a=["x", None, ""], b=[None, "y", None])
        result = validated({"data": {"a": "a", "b": "b"}}, frame)
        assert [body.get("data") for body in bodies(result)] == [{"a": "x"}, {"b": "y"}, None]
        assert [body.get("data") for body in bodies(validated({}, frame))] == [None] * 3

    @pytest.mark.parametrize("marker", [None, "import_ref"])
    def test_any_variable_may_be_absent(self, marker: str | None) -> None:
        names = ["a", "b", "c"]
        cells = [[bool(n & 1), bool(n & 2), bool(n & 4)] for n in range(8)]
        frame = pl.DataFrame(
            [[("x" if there else None) for there in row] for row in cells],
            schema=dict.fromkeys(names, pl.String()),
            orient="row",
        )
        result = validated({"data": {name: name for name in names}, "marker": marker}, frame)
        for row, body in zip(cells, bodies(result), strict=True):
            data = body.get("data", {})
            data.pop("import_ref", None)
            assert data == {name: "x" for name, there in zip(names, row, strict=True) if there}

    def test_a_one_shot_variable_is_wrapped(self) -> None:
        one_shot = {"column": "x", "persistent": False}
        mapping = {"data": {"x": one_shot, "n": {**one_shot, "type": "number"}}}
        [first, second] = bodies(validated(mapping, rows(x=["1", None])))
        assert first["data"] == {
            "x": {"value": "1", "persistent": False},
            "n": {"value": 1, "persistent": False},
        }
        assert "data" not in second

    def test_constants_go_out_as_they_are_written(self) -> None:
        constants = {"a": 1, "b": 1.5, "c": True, "d": "{}", "e": [1, {"f": None}], "g": "é🎉"}
        data: dict[str, Any] = {name: {"const": value} for name, value in constants.items()}
        data["h"] = {"const": "x", "persistent": False}
        mapping = {"data": data, "subscribed": {"const": False}}
        [body] = bodies(validated(mapping, rows(x=["1"])))
        assert body["data"] == {**constants, "h": {"value": "x", "persistent": False}}
        assert body["subscribed"] is False

    def test_names_are_escaped(self) -> None:
        names = ['q"uote', "{brace}", "back\\slash", "new\nline", "é", "a.b", "first name"]
        [body] = bodies(validated({"data": dict.fromkeys(names, "x")}, rows(x=["1"])))
        assert body["data"] == dict.fromkeys(names, "1")

    def test_an_absent_subscription_is_left_out(self) -> None:
        result = validated({"subscribed": "s"}, rows(s=["yes", "no", None, " ", "maybe"]))
        assert [body.get("subscribed") for body in bodies(result)] == [True, False, None, None]
        assert result.reject_lines.select(ROW, "_code", "_field").rows() == [
            (5, "invalid_boolean", "subscribed")
        ]


class TestEmpty:
    @pytest.mark.parametrize("kind", ["string", "number", "boolean", "date", "datetime", "json"])
    @pytest.mark.parametrize("cell", [None, ""])
    def test_delete_sends_null(self, kind: str, cell: str | None) -> None:
        good = {"string": "1", "boolean": "1", "date": "2026-01-31", "datetime": "2026-01-31"}
        variable = {"column": "x", "type": kind, "empty": "delete"}
        result = validated({"data": {"x": variable}}, rows(x=[cell, good.get(kind, "1")]))
        first, second = bodies(result)
        assert first["data"] == {"x": None}
        assert second["data"]["x"]

    @pytest.mark.parametrize("kind", ["string", "number", "integer", "boolean", "date", "json"])
    def test_reject_refuses_absent_cells_only(self, kind: str) -> None:
        variable = {"column": "x", "type": kind, "empty": "reject"}
        cells = [None, "", "2026-01-31" if kind == "date" else "1"]
        result = validated({"data": {"x": variable}}, rows(x=cells))
        assert result.reject_lines.select(ROW, "_code").rows() == [
            (1, "empty_value"),
            (2, "empty_value"),
        ]

    def test_a_bad_cell_is_not_called_empty(self) -> None:
        variable = {"column": "x", "type": "number", "empty": "reject"}
        result = validated({"data": {"x": variable}}, rows(x=["abc", " "]))
        assert result.reject_lines["_code"].to_list() == ["invalid_number", "empty_value"]

    def test_json_null_is_empty(self) -> None:
        variable = {"column": "x", "type": "json", "empty": "reject"}
        result = validated({"data": {"x": variable}}, rows(x=["null", "{"]))
        assert result.reject_lines["_code"].to_list() == ["empty_value", "invalid_json"]


class TestRejects:
    def test_all_problems_of_a_row_are_told_in_the_order_of_the_body(self) -> None:
        mapping = {
            "event": "event",
            "data": {
                "a": {"column": "n", "type": "number"},
                "b": {"column": "n", "type": "number"},
                "c": {"column": "n", "type": "boolean"},
            },
        }
        frame = rows(Email=["nobody", ADA], event=["email.x", "x"], n=["abc", "1"])
        result = validated(mapping, frame)
        [row] = result.rejects.rows(named=True)
        assert row == {
            ORDINAL: 1,
            ROW: 1,
            "_code": [
                "invalid_email",
                "reserved_event",
                "invalid_number",
                "invalid_number",
                "invalid_boolean",
            ],
            "_field": ["email", "event", "data.a", "data.b", "data.c"],
            "_message": [
                (
                    'email: "nobody" is not an email address that Plunk accepts: '
                    "expected one ASCII address, such as ada@example.com"
                ),
                'event: "email.x" is an event name that Plunk reserves for itself',
                'data.a: "abc" is not a number: expected digits with a decimal point, as 1234.5',
                'data.b: "abc" is not a number: expected digits with a decimal point, as 1234.5',
                (
                    'data.c: "abc" is not a word for true (true, t, yes, y, 1) or false '
                    "(false, f, no, n, 0)"
                ),
            ],
        }
        assert result.events[ROW].to_list() == [2]

    def test_a_long_value_is_cut_and_kept_on_one_line(self) -> None:
        variable = {"column": "x", "type": "number"}
        result = validated({"data": {"x": variable}}, rows(x=["a\n" * 500]))
        [message] = result.reject_lines["_message"]
        assert '"a\\na\\na' in message
        assert "…" in message
        assert len(message) < 200

    def test_rows_keep_their_numbers_and_their_order(self) -> None:
        frame = numbered(rows(Email=["a", ADA, "b", ADA])).with_columns(
            pl.Series(ORDINAL, [11, 12, 13, 14], dtype=pl.UInt64),
            pl.Series(ROW, [4, 5, 1, 2], dtype=pl.UInt64),
        )
        result = validated_by(compiled({}, frame.drop(ORDINAL, ROW)), frame)
        assert result.rejects.select(ORDINAL, ROW).rows() == [(11, 4), (13, 1)]
        assert result.events.select(ORDINAL, ROW).rows() == [(12, 5), (14, 2)]

    def test_the_columns_are_always_the_same(self) -> None:
        numbers = {ORDINAL: pl.UInt64, ROW: pl.UInt64}
        for frame in (rows(Email=["x"]), rows(Email=[ADA]), rows(Email=[])):
            result = validated({"data": {"x": "Email"}}, frame)
            assert result.rejects.schema == REJECT_SCHEMA
            names = ("email", "event", "body", "key", "whole_key")
            texts = dict.fromkeys(names, pl.String)
            assert result.events.schema == {**numbers, **texts}


class TestWhere:
    def test_rows_for_which_it_is_not_true_are_filtered(self) -> None:
        frame = rows(amount=["5", "0", None, "x", "10"])
        result = validated({"where": "amount > 0"}, frame)
        assert result.events[ORDINAL].to_list() == [1, 5]
        assert result.filtered == 3

    def test_a_filtered_row_is_never_a_reject(self) -> None:
        frame = rows(Email=["bad", ADA], keep=["no", "yes"])
        result = validated({"where": "keep = 'yes'"}, frame)
        assert (len(result.events), len(result.rejects), result.filtered) == (1, 0, 1)

    @pytest.mark.parametrize(
        ("mapping", "where"),
        [
            ({"where": "CAST(amount AS INT) > 0"}, "where"),
            ({"data": {"x": {"sql": "CAST(amount AS INT)"}}}, "data.x.sql"),
            ({"event": {"sql": "'n' || CAST(amount AS INT)"}}, "event.sql"),
        ],
    )
    def test_what_fails_on_a_row_names_the_expression_and_the_remedy(
        self, mapping: dict[str, Any], where: str
    ) -> None:
        with pytest.raises(MappingError, match="TRY_CAST") as raised:
            validated(mapping, rows(amount=["abc"]))
        assert [problem.where for problem in raised.value.problems] == [where]


def test_an_expression_can_be_any_value() -> None:
    mapping = {
        "email": {"sql": "LOWER(name) || '@example.com'"},
        "data": {
            "initial": {"sql": "SUBSTR(name, 1, 1)"},
            "total": {"sql": "TRY_CAST(n AS DOUBLE) * 2"},
            "many": {"sql": "n > 1"},
            "as_text": {"sql": "n > 1", "type": "string"},
            "fixed": {"sql": "'x'"},
        },
    }
    [first, second] = bodies(validated(mapping, rows(name=["Ada", "Bob"], n=["1.5", None])))
    assert first["email"] == ADA
    assert first["data"] == {
        "initial": "A",
        "total": 3,
        "many": True,
        "as_text": "true",
        "fixed": "x",
    }
    assert second["data"] == {"initial": "B", "fixed": "x"}


@pytest.mark.ordeal
@settings(max_examples=150)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "email": EMAILS,
                "event": EVENTS,
                "flag": FLAGS,
                "text": WILD | st.none(),
                "number": NUMBERS,
                "moment": MOMENTS,
                "doc": DOCUMENTS,
            }
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whole_columns_say_what_a_model_says_row_by_row(given_rows: list[model.Row]) -> None:
    schema = dict.fromkeys(given_rows[0], pl.String())
    result = validated(model.MAPPING, pl.DataFrame(given_rows, schema=schema))
    sent = dict(zip(result.events[ORDINAL], bodies(result), strict=True))
    refused = dict(result.reject_lines.select(ORDINAL, "_code").rows())
    for ordinal, row in enumerate(given_rows, 1):
        body, codes = model.validated(row)
        if codes:
            assert set(refused.pop(ordinal).split("; ")) == codes
        else:
            assert sent.pop(ordinal) == body
    assert not sent
    assert not refused


def test_it_does_not_matter_how_the_source_is_cut() -> None:
    mails = [ADA, " Bob@Example.com", "bad", None] * 5
    frame = numbered(rows(Email=mails, n=["1", "2.50", "x", "", "1e3"] * 4))
    mapped = compiled({"data": {"n": {"column": "n", "type": "number"}}}, frame)
    whole = validated_by(mapped, frame)
    for size in (1, 3, 7):
        parts = [validated_by(mapped, part) for part in frame.iter_slices(size)]
        assert pl.concat([part.events for part in parts]).equals(whole.events)
        assert pl.concat([part.rejects for part in parts]).equals(whole.rejects)


def test_every_code_is_in_the_registry() -> None:
    mapped = compiled({"data": {"x": "Email"}, "id": ["Email"]}, rows(Email=[]))
    told = {one.code for value in mapped.values for one in value.reading.checks}
    assert told <= set(REGISTRY.values())
