"""Long event names, as PostgreSQL 15 judged each of them in an index of two columns."""

import random

import pytest
from hypothesis import given, settings, strategies as st

from plunk_import.mapping import is_name_stored
from plunk_import.sandbox import MAX_EVENT_NAME_BYTES, index_bytes


def spelled(length: int, letters: str = "".join(map(chr, range(40, 92)))) -> str:
    return "".join(random.Random(1).choices(letters, k=length))  # noqa: S311


NAMES: dict[str, tuple[str, int]] = {
    "one letter": ("x" * 10_000, 117),
    "a phrase": ("order.paid " * 400, 66),
    "letters of two bytes": ("é" * 1_301, 34),
    "a long phrase three times": (spelled(900) * 3, 1_035),
    "a phrase that is too long to gain": (spelled(2_000) * 3, 6_000),
    "a phrase beyond the window": (spelled(4_200) * 2, 8_400),
    "two letters at random": (spelled(4_000, "ab"), 889),
    "a tail that repeats too late": (spelled(1_100) + "z" * 4_000, 5_100),
    "nothing that repeats": (spelled(2_700), 2_700),
    "nothing that repeats, but short enough": (spelled(2_600), 2_600),
}
"""Names, and the bytes that the index holds of each."""

TOO_LARGE_THOUGH_PACKED = {
    "four letters at random": spelled(9_000, "abcd"),
    "six letters at random": spelled(6_000, "abcdef"),
}


@pytest.mark.parametrize(("name", "size"), NAMES.values(), ids=NAMES)
def test_a_name_is_stored_where_its_compressed_form_fits(name: str, size: int) -> None:
    assert is_name_stored(name) is (size <= MAX_EVENT_NAME_BYTES)
    assert index_bytes(name) == size


@pytest.mark.parametrize("name", TOO_LARGE_THOUGH_PACKED.values(), ids=TOO_LARGE_THOUGH_PACKED)
def test_a_name_that_is_too_large_though_compressed_is_not_stored(name: str) -> None:
    assert not is_name_stored(name)
    assert index_bytes(name) > MAX_EVENT_NAME_BYTES


PIECES = st.lists(
    st.tuples(st.text("abc é.", min_size=1, max_size=40), st.integers(1, 300)), max_size=12
)


@settings(max_examples=40)
@given(PIECES, st.integers(0, 2_700))
def test_importer_and_sandbox_say_the_same_of_any_name(
    pieces: list[tuple[str, int]], random_bytes: int
) -> None:
    name = "".join(piece * count for piece, count in pieces)[:20_000] + spelled(random_bytes)
    assert is_name_stored(name) is (index_bytes(name) <= MAX_EVENT_NAME_BYTES)
