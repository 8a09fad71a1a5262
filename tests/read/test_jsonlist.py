import json
from pathlib import Path

import pytest

from plunk_import import SourceError
from tests.read.reading import read_bytes


@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "indented"])
def test_elements_of_a_list_are_rows(tmp_path: Path, indent: int | None) -> None:
    elements = [{"a": row, "b": "x,]}\n" * (row % 3)} for row in range(100_000)]
    content = json.dumps(elements, indent=indent).encode()
    reading = read_bytes(tmp_path, content, name="x.json")
    assert reading.cells == [(element["a"], element["b"]) for element in elements]


def test_one_object_a_line_is_taken_as_well(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b'{"a":1}\n{"a":2}\n', name="x.json").cells == [(1,), (2,)]


def test_element_that_is_no_object_costs_itself_only(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf [ {"a":1}, 25 ,\n"x", {"a":"\xff"}, {"a":\n2} ]\n'
    reading = read_bytes(tmp_path, content, name="x.json")
    assert [(row, code) for row, code, _ in reading.bad] == [
        (2, "invalid_record"),
        (3, "invalid_record"),
        (4, "invalid_encoding"),
    ]
    assert set(reading.rows) == {1, 5}


BROKEN = {
    "cut": (b'[{"a":1},\n{"a":2}', "x.json:2: .*']' is missing"),
    "cut in an element": (b'[{"a":1},\n{"a":', "x.json:2: .*Expecting value"),
    "no comma": (b'[{"a":1}\n{"a":2}]', "x.json:2: .*']' is missing"),
    "no colon": (b'[{"a":1},\n\n{"a" 2}]', "x.json:3: .*':' delimiter"),
    "more behind it": (b'[{"a":1}]\n[]', "x.json:2: .*after the end"),
    "no elements": (b"[]", "empty"),
    "too deep": (b'[{"a":1},\n' + b"[" * 5_000, "x.json:2: .*nested too deep"),
    "an object around it": (b'{\n"rows": [{"a":1}]}', "no line holds a JSON object"),
}


@pytest.mark.parametrize(("content", "complaint"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_list_is_an_error_with_its_line(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    with pytest.raises(SourceError, match=complaint):
        read_bytes(tmp_path, content, name="x.json")
