"""Values of JSON lines: each goes out as its own line has it, whatever stands in the others."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plunk_import import Report, validate_file

GOOD = [
    *("0", "-0", "-1", "123", "0.5", "-0.1", "1e3", "1E3", "1e+3", "1E-2", "0e1", "20e1"),
    *("123.456e78", "9007199254740992", "-9007199254740992", "1E22", "0.1e-5", "123e65"),
    *("true", "false", '"a"', '"true"', '"1"', '" "', '"\\u0041"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"'),
    *(
        '"\\u0012"',
        '"\\uD83D\\uDE00"',
        '"😀"',
        '"\u2028\u2029"',
        '"\x7f"',
        '"asd "',
        '"\\u0061\\u30af"',
    ),
    *(
        '"C:\\\\new"',
        '"[1,2"',
        '"{\\"a\\":1}"',
        '"null"',
        '"// no comment"',
        '"\ufdd0"',
        '"\\uFFFE"',
    ),
    *("[]", "[[]]", "[ ]", "[null]", "[1,null,2]", '["a",1,true,{}]', "[[[1]]]", '[""]', "[-0]"),
    *("[1E22]", "[ 1 , 2 ]", '["\\u00e9é"]', "[true,false,null]", '[[],{},""]', "[0.1,2,3e4]"),
    *("{}", '{"a":1}', '{"a":null}', '{"":0}', '{"a":{"b":[{"c":1}]}}', '{"a":[]}', '{ "a" : 1 }'),
    *(
        '{"a":1,"a":2}',
        '{"a":"b","a":"b"}',
        '{"\\u00e9":"\\u00e9"}',
        '{"a b":1}',
        '{"a.b":{"$":1}}',
    ),
    *('{"long":"' + "x" * 500 + '"}', '{"min":-1.0e+28,"max":1.0e+28}', '{"true":true}', '{"0":0}'),
]
"""What JSON allows and Plunk can store."""

MORE = [
    *(
        "[[] ]",
        '["a"]',
        "[1 ]",
        "[ 1]",
        "[1,null,null,null,2]",
        "[2] ",
        "[false]",
    ),
    *("0e+1", "-123", "-0.000000000000000000000000000000000000000000000000000000000000000001"),
    *("1E+2", "123e45", "1e-2", "1e+2", "123.456789", "[0e1]", "[-1]", "[1.5e300]", "5e-324"),
    *('{"asd":"sdf","dfg":"fgh"}', '{"a":"b","a":"c"}', '{"x":[{"id":"' + "x" * 40 + '"}]}'),
    *('{"title":"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430"}', '{"a": "b" , "c" : [ ] }'),
    *('"\\u0060\\u012a\\u12AB"', '"\\uD801\\udc37"', '"\\ud83d\\ude39\\ud83d\\udc8d"'),
    *('"\\\\u0000"', '"\\""', '"a/*b*/c/*d//e"', '"\\\\a"', '"\\\\n"', '"\\uFFFF"', '["asd"]'),
    *('[ "asd"]', '"\\uDBFF\\uDFFF"', '"new\\u00A0line"', '"\U0010ffff"', '"\uffff"', '"\\u002c"'),
    *('"π"', '"\U0001bfff"', '"𛿿"', '"\\uD834\\uDd1e"', '"\\u0821"', '"\\u0123"', '"\u2028"'),
    *('"\\u000A"', '"\\u005C"', '"⍂㈴⍂"', '"\\uDBFF\\uDFFE"', '"\\uD83F\\uDFFE"', '"\\u200B"'),
    *('"\\u2064"', '"\\uFDD0"', '"\\u0022"', '"€𝄞"', '"a\x7fa"', '"\\/\\u002F"', '"\\uA66D"'),
]
"""More of the kind, which differ in writing."""

BAD = [
    *("", "nul", "True", "TRUE", "undefined", "NaN", "Infinity", "-Infinity", "nan", "-", "+1"),
    *("01", "-01", "1.", ".5", "1e", "1e+", "1.e1", "0x1F", "1_000", "1,5", "--1", "1 2", "0.1.2"),
    *("'a'", '"a', "a", '"\\x41"', '"\\u12"', '"\\u00G0"', '"\\', '"\t"', '"\x01"', '"a" "b"'),
    *("[", "]", "[1", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1}", '["a"', "[a]", "[1]]", "[-]"),
    *("{", "}", '{"a"', '{"a":', '{"a":1', '{"a":1,}', "{a:1}", "{'a':1}", '{"a" 1}', "{1:1}"),
    *('{"a":1}}', '{"a"::1}', '{"a":1,,"b":2}', "{,}", "[1]// no", "/* no */1", '{"a":"b"/**/}'),
    *("[1,1e]", "[1eE2]", "[0.3e+]", "[0e]", "[1.0e-]", "[-2.]", "[.-1]", "[9.e+3]", "[0x42]"),
    *(
        "[Inf]",
        "[1+2]",
        "[123.456e-789e]",
        "[-foo]",
        "[- 1]",
        "[-1x]",
        "[2.e3]",
        "[1.8011670033376514H]",
    ),
    *(
        "[*]",
        "[3[4]]",
        "[1:2]",
        "[tru]",
        "[fals]",
        '[""',
        '["",]',
        '["x"',
        '["x"]]',
        "[x",
        "[1,\x0b]",
    ),
    *(
        '["\\u{0}"]',
        '["\\a"]',
        '["\\\\\\"]',
        '["\\ua"]',
        "['x']",
    ),
    *('["a\x00a"]', '["new\nline"]'.replace("\n", "\x0c"), '"asd', '["\\🌀"]', "[True]", "<null>"),
    *(
        '{"x", null}',
        '{"x"::"b"}',
        "{🇨🇭}",
        '{"a":"a" 123}',
        '{key: "v"}',
        '{"id":0,,,,,}',
        "{9999E9999:1}",
    ),
    *(
        '{"a":true} "x"',
        '{"a":"b"}/**//',
        '{"a":"b"}#',
        "[1]x",
        "{[",
        "*",
        "]",
        "[[[",
        '{"":',
        '["\\{["',
    ),
    *(
        "[\u2060]",
        "\ufeff",
        "\uff12",
        "[\u00a0]",
        "é",
        "<.>",
        "aå",
        '{"a" b}',
        "{,",
        "[a\u00e5]",
        '"`\\u',
    ),
]
"""What JSON does not allow."""

NEIGHBOURS = {
    "of its own": [],
    "numbers": ["1", "2.5"],
    "texts": ['"x"'],
    "lists": ["[1]"],
    "everything": ["1", '"x"', "true", '[null,1,"1",{}]', '{"b":2}', "null"],
}


def validated(folder: Path, values: list[str], **options: object) -> Report:
    lines = (f'{{"email":"ada@example.com","v":{value}}}\n' for value in values)
    (folder / "rows.ndjson").write_text("".join(lines))
    mapping: dict[str, Any] = {
        "version": 1,
        "email": "email",
        "event": {"const": "x"},
        "data": {"v": {"column": "v", **options}},
        "marker": None,
    }
    return validate_file(
        folder / "rows.ndjson", mapping, directory=folder / "out", show=len(values)
    )


def sent(report: Report) -> list[object]:
    return [json.loads(body).get("data", {}).get("v") for body in report.first_bodies]


@pytest.mark.parametrize("neighbours", NEIGHBOURS.values(), ids=NEIGHBOURS.keys())
@pytest.mark.parametrize("value", GOOD, ids=ascii)
def test_a_value_is_sent_as_its_line_has_it(
    tmp_path: Path, value: str, neighbours: list[str]
) -> None:
    report = validated(tmp_path, [value, *neighbours])
    assert report.books.rejected == 0
    assert sent(report)[0] == json.loads(value)
    assert type(sent(report)[0]) in (type(json.loads(value)), int, float)


def test_values_of_all_kinds_are_sent_as_they_are_in_one_file(tmp_path: Path) -> None:
    values = [*GOOD, *MORE]
    assert sent(validated(tmp_path, values)) == [json.loads(value) for value in values]


def test_each_value_is_sent_as_it_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(len(MORE))]
    for folder in folders:
        folder.mkdir()
    pairs = zip(folders, MORE, strict=True)
    found = [sent(validated(folder, [value])) for folder, value in pairs]
    assert found == [[json.loads(value)] for value in MORE]


def test_a_line_that_is_not_json_is_rejected_alone(tmp_path: Path) -> None:
    values = [value for bad in BAD for value in ('{"k":1}', bad)]
    report = validated(tmp_path, values)
    rejects = pl.read_csv(tmp_path / "out" / "rejects.csv", infer_schema=False)
    assert rejects["_row"].to_list() == [str(2 * number) for number in range(1, len(BAD) + 1)]
    assert set(rejects["_code"]) == {"invalid_record"}
    assert sent(report) == [{"k": 1}] * len(BAD)


UNFIT = {
    "whole number beyond 2^53": ("9007199254740993", "integer_too_large"),
    "the same in a list": ("[9007199254740993]", "integer_too_large"),
    "beyond doubles": ("1e400", "number_not_finite"),
    "NUL": ('["\\u0000"]', "nul_character"),
    "half of a surrogate pair": ('["\\ud800"]', "lone_surrogate"),
    "half of a pair in a key": ('{"\\udfaa":0}', "lone_surrogate"),
    "too deep": ("[" * 200 + "]" * 200, "too_deep"),
}


@pytest.mark.parametrize("neighbour", ["1.5", '{"k":0}', '"x"'])
@pytest.mark.parametrize(("value", "code"), UNFIT.values(), ids=UNFIT.keys())
def test_a_value_that_plunk_cannot_store_is_rejected_alone(
    tmp_path: Path, value: str, code: str, neighbour: str
) -> None:
    report = validated(tmp_path, [neighbour, value, neighbour])
    rejects = pl.read_csv(tmp_path / "out" / "rejects.csv", infer_schema=False)
    assert rejects.select("_row", "_code").rows() == [("2", code)]
    assert sent(report) == [json.loads(neighbour)] * 2


def test_a_declared_json_is_the_value_of_its_line(tmp_path: Path) -> None:
    values = ["1", '["C:\\\\new"]', '[null,1,"1",{}]', '{"a":1}', '{"b":2}', '"C:\\\\new"']
    assert sent(validated(tmp_path, values, type="json")) == [json.loads(value) for value in values]
