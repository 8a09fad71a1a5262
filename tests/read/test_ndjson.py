import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from plunk_import import SourceError
from tests.read.reading import read_bytes

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.sampled_from("a1é\n\0 "), max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=5,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("ab"), VALUES), min_size=1, max_size=6)


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@given(records=RECORDS, block_bytes=st.sampled_from([1, 10, 40]))
def test_rows_are_the_same_in_blocks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]], block_bytes: int
) -> None:
    content = lines({"c": 1}, *records)
    folder = tmp_path_factory.mktemp("json")
    reading = read_bytes(folder, content, name="x.ndjson", block_bytes=block_bytes)
    assert reading == read_bytes(folder, content, name="x.ndjson")
    assert reading.bad == []


@given(records=RECORDS)
def test_no_value_becomes_null(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]]
) -> None:
    content = lines({"c": 1}, *records)
    reading = read_bytes(tmp_path_factory.mktemp("json"), content, name="x.ndjson")
    everything: list[dict[str, object]] = [{"c": 1}, *records]
    for record, row in zip(everything, reading.cells, strict=True):
        got = dict(zip(reading.columns, row, strict=True))
        assert {key for key, value in got.items() if value is not None} == {
            key for key, value in record.items() if value is not None
        }


def test_values_of_mixed_types_are_kept_as_text(tmp_path: Path) -> None:
    content = lines({"a": 1}, {"a": True}, {"a": "x"}, {"a": {"k": [1]}}, {"b": 1})
    cells = [row[0] for row in read_bytes(tmp_path, content, name="x.ndjson").cells]
    assert cells == ["1", "true", "x", '{"k": [1]}', None]


BAD_LINES = {
    "no JSON": (b'{"a":}', "invalid_record", '{"a":}'),
    "a list": (b"[1]", "invalid_record", "[1]"),
    "a number": (b"5", "invalid_record", "5"),
    "two objects": (b'{"a":1}{"a":2}', "invalid_record", '{"a":1}{"a":2}'),
    "not UTF-8": (b'{"a":"\xff"}', "invalid_encoding", '{"a":"\\xff"}'),
    "half a pair": (b'{"b":"\\ud800"}', "lone_surrogate", '{"b":"\\ud800"}'),
    "the other half": (b'{"b":"\\udc00"}', "lone_surrogate", '{"b":"\\udc00"}'),
}


@pytest.mark.parametrize("block_bytes", [9, 1 << 20], ids=["small blocks", "one block"])
@pytest.mark.parametrize(("line", "code", "raw"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_bad_line_costs_itself_only(
    tmp_path: Path, line: bytes, code: str, raw: str, block_bytes: int
) -> None:
    pair = b'{"a":2,"b":"\\\\ud800 \\ud83d\\ude00"}'
    content = b'\xef\xbb\xbf{"a":1}\r\n' + line + b"\n\n" + pair + b"\n" + line
    reading = read_bytes(tmp_path, content, name="x.ndjson", block_bytes=block_bytes)
    assert reading.rows == {1: (1, None), 3: (2, "\\ud800 😀")}
    assert reading.bad == [(2, code, raw), (4, code, raw)]


@pytest.mark.parametrize("depth", [128, 900, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_record_that_is_nested_too_deep_costs_itself_only(
    tmp_path: Path, depth: int, opening: str
) -> None:
    value = opening * depth + "1" + {"[": "]"}.get(opening, "}") * depth
    content = f'{{"a":1}}\n{{"b":{value}}}\n{{"a":2,"c":"{"[" * 300}"}}\n'.encode()
    reading = read_bytes(tmp_path, content, name="x.ndjson")
    assert reading.columns == ("a", "c")
    assert reading.rows == {1: (1, None), 3: (2, "[" * 300)}
    assert [(row, code) for row, code, _ in reading.bad] == [(2, "too_deep")]


def test_record_that_is_nested_deep_enough_is_read(tmp_path: Path) -> None:
    content = b'{"a":1}\n{"a":2,"b":' + b"[" * 127 + b"]" * 127 + b"}\n"
    assert read_bytes(tmp_path, content, name="x.ndjson").bad == []


UNREADABLE = {
    "empty": (b" \n", "the file is empty"),
    "a list": (b"[\n", "format: json"),
    "no object": (b"1\n2\n", "no line holds a JSON object"),
}


def test_a_key_without_a_name_is_a_column_like_any_other(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, b'{"": 1, "a": 2}\n{"a": 3}\n', name="rows.ndjson")
    assert reading.columns == ("", "a")
    assert reading.cells == [(1, 2), (None, 3)]


@pytest.mark.parametrize(("content", "complaint"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_file_is_an_error(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(SourceError, match=complaint):
        read_bytes(tmp_path, content, name="x.ndjson")
