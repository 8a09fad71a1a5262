from typing import Any

from hypothesis import given, strategies as st

from tests.mapping_files import base, problems_of

KEYS = [
    "version",
    "email",
    "event",
    "subscribed",
    "where",
    "data",
    "id",
    "marker",
    "source",
    "column",
    "sql",
    "const",
    "type",
    "format",
    "timezone",
    "true",
    "false",
    "persistent",
    "empty",
    "delimiter",
    "quote",
    "encoding",
    "header_line",
    "columns",
    "locale",
]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=5,
)


WILD = st.recursive(
    VALUES, lambda inner: st.dictionaries(st.sampled_from(KEYS), inner), max_leaves=20
)


@given(st.dictionaries(st.sampled_from(KEYS), WILD))
def test_any_value_is_a_mapping_or_is_refused_in_our_own_words(values: dict[str, Any]) -> None:
    for problem in problems_of(base(**values)):
        assert "Input should" not in problem.message
        assert "Value error" not in problem.message
