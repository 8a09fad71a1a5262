import json
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from plunk_import.sandbox.rules import (
    JsonValue,
    dump_json,
    name_type,
    parse_deep_json,
    parse_json,
    spread,
)

Parse = Callable[[str], JsonValue]

DEPTH = 100_000

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740993", 9007199254740992),
        ("1.0", 1),
        ("-0.0", 0),
        ("-0", 0),
        ("12345678901234567890", 12345678901234567000),
        ("0.1234567890123456789", 0.1234567890123457),
        ("1e400", float("inf")),
        ("1e22", 1e22),
        ("9" * 5000, float("inf")),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"__proto__": {"x": 1}, "\\u005f_proto__": 2}', {}),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\ud800"', "\ud800"),
    ],
)
@pytest.mark.parametrize("parse", [parse_json, parse_deep_json])
def test_values_are_those_javascript_sees(parse: Parse, text: str, value: JsonValue) -> None:
    assert parse(text) == value


@pytest.mark.parametrize("text", ["1.0", "-0.0", "9007199254740993"])
def test_whole_numbers_are_written_without_a_point(text: str) -> None:
    assert isinstance(parse_json(text), int)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[1,]", '{"a":1,}', '{"a"}', '{"a":}', "[1 2]", "{1:2}", "[}", "{]", "[]]"),
        *("NaN", "-Infinity", "01", "+1", ".5", "1.", "nul", "1 2", "\ufeff1", "\xa01"),
        *("'a'", '"\t"', '"\\x"', '"\\u12"', '"a'),
    ],
)
@pytest.mark.parametrize("parse", [parse_json, parse_deep_json])
def test_what_is_not_json_is_refused(parse: Parse, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def test_no_depth_is_too_deep() -> None:
    value = parse_json('{"data":' + '{"a":[' * DEPTH + "]}" * DEPTH + "}")
    assert isinstance(value, dict)
    assert list(value) == ["data"]


def test_deep_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON"):
        parse_json("[" * DEPTH + "]" * (DEPTH - 1))


@given(json_values)
def test_both_parsers_read_what_json_writes(value: JsonValue) -> None:
    text = json.dumps(value)
    expected = json.loads(text, object_pairs_hook=dict)
    assert parse_deep_json(text) == parse_json(text)
    if "__proto__" not in text:
        assert parse_json(text) == expected


@given(st.text(alphabet='{}[],:"0-1.e \\utrue', max_size=12))
def test_both_parsers_agree_on_what_is_json(text: str) -> None:
    assert is_json(parse_deep_json, text) == is_json(parse_json, text)


def is_json(parse: Parse, text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def test_numbers_beyond_doubles_are_kept_as_null() -> None:
    assert dump_json({"n": [float("inf"), 1.5]}) == '{"n":[null,1.5]}'


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "boolean"),
        (1, "number"),
        (1.5, "number"),
        ("", "string"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_types_are_named_as_in_messages(value: JsonValue, name: str) -> None:
    assert name_type(value) == name


@pytest.mark.parametrize(
    ("value", "entries"),
    [
        ({"a": 1}, {"a": 1}),
        ([1, "b"], {"0": 1, "1": "b"}),
        ("hé", {"0": "h", "1": "é"}),
        ("😀", {"0": "\ud83d", "1": "\ude00"}),
        (5, {}),
        (None, {}),
    ],
)
def test_entries_of_a_value_are_its_own_properties(
    value: JsonValue, entries: dict[str, JsonValue]
) -> None:
    assert spread(value) == entries
