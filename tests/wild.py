"""Cells that are almost, or exactly, what a column should hold, and cells that are not at all."""

import json
import random
import string

from hypothesis import strategies as st

UNLIKE = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=2_601))  # noqa: S311
"""A text of 2,601 bytes in which nothing repeats itself: too long for the name of an event."""

SPACES = st.sampled_from(["", "", "", " ", "\t", "\u00a0", "\x1c"])
WILD = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def near(*shapes: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    """Return texts that are almost, or exactly, of some shape, and wild ones."""
    shaped = st.builds("{}{}{}".format, SPACES, st.one_of(*shapes), SPACES)
    return st.one_of(st.none(), st.just(""), WILD, shaped, shaped)


EMAILS = near(
    st.from_regex(r"[a-zA-Z0-9_'+.-]{1,4}@[a-zA-Z0-9.-]{1,4}\.[a-zA-Z\u212a]{1,3}", fullmatch=True),
    st.just("Ada.Byron@Example.com"),
)
EVENTS = near(
    st.sampled_from(["paid", "email.sent", "email", "contact.subscribed", "contact.x", "a\0b"]),
    st.from_regex(r"segment\.[a-z.]{0,3}(entry|exit|x)", fullmatch=True),
    st.integers(1299, 1301).map(lambda length: "é" * length),
    st.integers(2599, 2601).map(lambda length: UNLIKE[:length]),
)
NUMBERS = near(
    st.from_regex(r"[+-]?[0-9]{0,3}\.?[0-9]{0,3}([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.integers(-(2**54), 2**54).map(str),
    st.integers(2**53 - 2, 2**53 + 2).map(str),
    st.integers().map("{}.0".format),
    st.floats().map(repr),
    st.sampled_from(["nan", "-inf", "Infinity", "1,000", "1_000", "0x1f", "12."]),
)
FLAGS = near(st.sampled_from(["true", "YES", "y", "1", "f", "No", "0", "on", "2"]))
MOMENTS = near(
    st.dates().map(str),
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(str),
    st.from_regex(
        r"(0000|2026|2024)-[0-3][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9]"
        r"([.,][0-9]{1,9})?)?( ?(Z|[+-][0-2][0-9]:?[0-6][0-9]))?)?",
        fullmatch=True,
    ),
)
DOCUMENTS = near(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=4,
    ).map(json.dumps),
    st.sampled_from(
        ["null", "[", '{"a":}', '"\\ud800"', '"\\u0000"', "[1e400]", "NaN", '{"__proto__":1}']
    ),
)
