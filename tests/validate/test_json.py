import json

import pytest
from hypothesis import given, strategies as st

from tests.mapped import outcome, outcomes, text_sent

DEEPEST = 122  # levels below `data` itself


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize(
    ("cell", "sent"),
    [
        ('{"a": [1, "x y", null]}', '{"a":[1,"x y",null]}'),
        (' \n{ "b" : 1.0 ,"a":1e3}\u00a0', '{"b":1.0,"a":1e3}'),
        ('"a \\" b"', '"a \\" b"'),
        ('"\\u00e9\\ud83d\\ude00"', '"\\u00e9\\ud83d\\ude00"'),
        ('{"dup":1,"dup":2}', '{"dup":1,"dup":2}'),
        ('"\\\\u0000"', '"\\\\u0000"'),
        ("[9007199254740992]", "[9007199254740992]"),
        ('{"proto":"__proto__"}', '{"proto":"__proto__"}'),
        ("[1.7976931348623155e308]", "[1.7976931348623155e308]"),
        ("true", "true"),
        ('""', '""'),
    ],
)
def test_json_is_sent_as_it_was_without_its_blanks(cell: str, sent: str) -> None:
    assert text_sent({"type": "json"}, cell) == sent


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("{", ("invalid_json",)),
        ("{'a':1}", ("invalid_json",)),
        ("[1,]", ("invalid_json",)),
        ("NaN", ("invalid_json",)),
        ('{"a":Infinity}', ("invalid_json",)),
        ("01", ("invalid_json",)),
        ('"a\nb"', ("invalid_json",)),
        ("hello", ("invalid_json",)),
        ("{} {}", ("invalid_json",)),
        ("9007199254740993", ("integer_too_large",)),
        ('{"a":[-9007199254740993]}', ("integer_too_large",)),
        ("1" * 5_000, ("integer_too_large",)),
        ("[1e400]", ("number_not_finite",)),
        ("[-1.7976931348623157e308]", ("number_not_finite",)),
        ('{"__proto__":1}', ("reserved_key",)),
        ('[{"a":{"__proto__":{}}}]', ("reserved_key",)),
        ('"a\\u0000b"', ("nul_character",)),
        ('{"a\\u0000b":1}', ("nul_character",)),
        ('"\\ud800"', ("lone_surrogate",)),
        ('{"\\udc00":1}', ("lone_surrogate",)),
        ('["\\ude00\\ud83d", "\\u0000", 1e400]', "all"),
        (nested(DEEPEST + 1), ("too_deep",)),
        ("[" * 100_000, ("too_deep",)),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_plunk_would_refuse_or_change_is_rejected(cell: str, codes: object) -> None:
    if codes == "all":
        codes = ("number_not_finite", "nul_character", "lone_surrogate")
    assert outcome({"type": "json"}, cell) == codes


def test_null_and_blanks_are_absent() -> None:
    assert outcomes({"type": "json"}, ["null", " null ", "", "  ", None]) == [None] * 5


def test_the_deepest_value_passes_and_a_wrapper_counts_as_a_level() -> None:
    assert isinstance(outcome({"type": "json"}, nested(DEEPEST)), dict)
    one_shot = {"type": "json", "persistent": False}
    assert isinstance(outcome(one_shot, nested(DEEPEST - 1)), dict)
    assert outcome(one_shot, nested(DEEPEST)) == ("too_deep",)


def test_brackets_within_strings_are_no_levels() -> None:
    cell = json.dumps(["[{" * 200, '"\\[' * 200])
    assert outcome({"type": "json"}, cell) == json.loads(cell)


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53 - 1), 2**53 - 1)
    | st.floats(-1.79e308, 1.79e308)
    | TEXT,
    lambda inner: (
        st.lists(inner) | st.dictionaries(TEXT.filter(lambda key: key != "__proto__"), inner)
    ),
    max_leaves=8,
)


@given(st.lists(JSON, min_size=1), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_any_good_json_means_the_same_after_it(
    values: list[object], ensure_ascii: bool, indent: int | str | None
) -> None:
    cells = [json.dumps(value, ensure_ascii=ensure_ascii, indent=indent) for value in values]
    assert outcomes({"type": "json"}, cells) == values


@given(st.lists(st.text(), min_size=1))
def test_any_text_is_either_sent_or_refused(texts: list[str]) -> None:
    for text, sent in zip(texts, outcomes({"type": "json"}, texts), strict=True):
        try:
            value = json.loads(text, parse_constant=lambda _: 1 / 0)
        except (ValueError, ZeroDivisionError):
            assert isinstance(sent, tuple) or (sent is None and not text.strip())
        else:
            assert isinstance(sent, tuple) or sent == value
