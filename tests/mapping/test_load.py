import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from plunk_import import MappingError
from plunk_import.mapping import (
    Identity,
    Mapping,
    Variable,
    load_mapping,
    mapping_from,
    mapping_schema,
)
from tests import SAMPLES
from tests.mapping_files import FULL, HEAD, base, load, problems_in

MAPPINGS = sorted(set(SAMPLES.glob("*.yaml")) - set(SAMPLES.glob("*.test.yaml")))


def test_every_part_of_a_mapping_is_read(tmp_path: Path) -> None:
    mapping = load(FULL, tmp_path)
    assert mapping.email.column == "Email"
    assert mapping.event.sql == "'order.' || status"
    assert mapping.subscribed is not None
    assert mapping.subscribed.type == "boolean"
    assert (mapping.where, mapping.id, mapping.marker) == (
        "amount > 0",
        Identity(columns=("order_id",)),
        None,
    )
    source = mapping.source
    assert (source.delimiter, source.encoding, source.header_line) == (";", "cp1252", 3)
    assert source.null_values == ("NULL", "-")
    vip, nickname = mapping.data["vip"], mapping.data["nickname"]
    assert (vip.true_values, vip.false_values) == (("yes", "y"), ("no", "n"))
    assert (nickname.column, nickname.empty, nickname.persistent) == ("nick", "delete", True)
    assert mapping.data["first_name"].type is None
    assert mapping.data["order_id"].persistent is False
    assert mapping.data["source"].const == "shopify"


def test_what_is_left_out_has_its_defaults(tmp_path: Path) -> None:
    mapping = load(HEAD, tmp_path)
    assert (mapping.data, mapping.id, mapping.where, mapping.subscribed) == ({}, None, None, None)
    assert mapping.marker == "import_ref"
    assert (mapping.source.quote, mapping.source.encoding) == ('"', "utf-8")


@pytest.mark.parametrize("sample", MAPPINGS, ids=lambda path: path.stem)
def test_every_sample_is_a_valid_mapping(sample: Path) -> None:
    assert load_mapping(sample).mapping.version == 1


def test_every_problem_is_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = """\
version: 1
emial: Email
event: {const: email.sent}
data:
  id: A
  orders: {column: n, type: intger, persistent: maybe}
  orders: n
  vip: {column: vip, true: [y], false: [n]}
  flag: {const: no}
marker: email
"""
    places = [problem.split(": ")[:2] for problem in problems_in(text, tmp_path)]
    assert places == [
        ["orders.yaml:1", "email"],
        ["orders.yaml:2", "emial"],
        ["orders.yaml:3", "event.const"],
        ["orders.yaml:5", "data.id"],
        ["orders.yaml:6", "data.orders.type"],
        ["orders.yaml:6", "data.orders.persistent"],
        ["orders.yaml:7", "data.orders"],
        ["orders.yaml:8", "data.vip.true"],
        ["orders.yaml:8", "data.vip.false"],
        ["orders.yaml:9", "data.flag.const"],
        ["orders.yaml:10", "marker"],
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"\xff\xfea\x00", "is not UTF-8"),
        (b"email: caf\xe9\n", "is not UTF-8"),
        (b"a,b\n" * 300_000, "too large for a mapping"),
        (b'email: "\\U00110000"\n', "stands for no character"),
    ],
    ids=["empty", "comments", "utf-16", "latin-1", "large", "no character"],
)
def test_a_file_that_holds_no_mapping_is_told_without_a_line(
    content: bytes, told: str, tmp_path: Path
) -> None:
    (problem,) = problems_in(content, tmp_path)
    assert problem.startswith("orders.yaml: ")
    assert told in problem


def test_a_byte_order_mark_is_no_part_of_the_mapping(tmp_path: Path) -> None:
    assert load(f"\ufeff{HEAD}", tmp_path).version == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("missing.yaml", "there is no such file"),
        (".", "is a directory"),
        ("a\0b", "cannot be read"),
    ],
    ids=["missing", "directory", "NUL"],
)
def test_a_path_that_cannot_be_read_is_told(name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=told) as caught:
        load_mapping(tmp_path / name)
    assert [problem.line for problem in caught.value.problems] == [None]


def test_a_dict_is_checked_as_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(FULL, encoding="utf-8")
    of_file = load_mapping(tmp_path / "orders.yaml")
    of_dict = mapping_from(of_file.mapping.model_dump(by_alias=True, exclude_unset=True))
    assert of_dict.mapping == of_file.mapping
    assert of_dict.sha256 == of_file.sha256
    assert of_dict.lines == {}


def test_a_dict_tells_its_problems_without_lines() -> None:
    with pytest.raises(MappingError) as caught:
        mapping_from(base(data={"id": "a", "b": {"const": float("nan")}, "c": {"const": {1}}}))
    assert [str(problem).split(": ")[:2] for problem in caught.value.problems] == [
        ["mapping", "data.id"],
        ["mapping", "data.b.const"],
        ["mapping", "data.c.const"],
    ]


def test_a_mapping_made_of_models_is_checked_too() -> None:
    fields = {"plan": Variable(column="Plan"), "vip": Variable(column="V", type="boolean")}
    mapping = Mapping.model_validate(base(data=fields, marker=None))
    loaded = mapping_from(mapping)
    assert loaded.mapping == mapping
    assert loaded.mapping.data["vip"].type == "boolean"
    clash = mapping.model_copy(update={"marker": "plan"})
    with pytest.raises(MappingError, match=r"data\.plan: the marker has this name too"):
        mapping_from(clash.model_validate(clash.model_dump(by_alias=True, exclude_unset=True)))


def test_a_path_is_read_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(HEAD, encoding="utf-8")
    loaded = mapping_from(str(tmp_path / "orders.yaml"))
    assert loaded.lines["email",] == 2


def test_a_constant_deeper_than_python_recurses_is_refused() -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(MappingError, match="nested over 50 levels deep"):
        mapping_from(base(data={"a": {"const": deep}}))


def test_a_problem_found_later_is_given_the_nearest_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(FULL, encoding="utf-8")
    loaded = load_mapping(path)
    assert loaded.problem(("data", "orders", "type"), "x").line == 13
    assert loaded.problem(("data", "orders", "format"), "x").line == 13
    assert loaded.problem(("id", "0"), "x").line == 6
    assert str(loaded.problem(("source", "sheet"), "no")) == f"{path}:8: source.sheet: no"


def test_the_digest_is_of_what_is_said_and_not_of_how() -> None:
    same = [
        base(data={"a": "A", "b": "B"}),
        base(data={"b": {"column": "B", "persistent": True}, "a": "A"}, marker="import_ref"),
    ]
    other = [
        base(data={"a": "A", "b": "C"}),
        base(data={"a": "A", "b": {"column": "B", "persistent": False}}),
        base(data={"a": "A", "b": "B"}, marker=False),
    ]
    assert len({mapping_from(given).sha256 for given in same}) == 1
    assert len({mapping_from(given).sha256 for given in [same[0], *other]}) == 4


def in_an_editor(text: str) -> object:
    """Read YAML as an editor's language server does, before it looks at the schema."""
    return YAML(typ="safe", pure=True).load(text)


def test_the_schema_is_one_of_draft_2020_12() -> None:
    schema = mapping_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    "text",
    [FULL, HEAD, f"{HEAD}marker: no\nid: order_id\ndata: {{a: 2024, b: {{const: [1]}}}}\n"]
    + [sample.read_text(encoding="utf-8") for sample in MAPPINGS],
    ids=["full", "least", "short forms", *(sample.stem for sample in MAPPINGS)],
)
def test_the_schema_takes_valid_mappings(text: str) -> None:
    text = text.replace(" true: [", ' "true": [').replace(" false: [", ' "false": [')
    text = text.replace("    true: [", '    "true": [').replace("    false: [", '    "false": [')
    jsonschema.Draft202012Validator(mapping_schema()).validate(in_an_editor(text))


@pytest.mark.parametrize(
    "wrong",
    [
        {"evnt": "x"},
        {"version": 2},
        {"email": {"const": "a@b.co"}},
        {"event": {"column": "a", "sql": "b"}},
        {"event": {}},
        {"subscribed": {"column": "a", "persistent": True}},
        {"data": {"a": {"colum": "x"}}},
        {"data": {"a": {"column": "x", "type": "intger"}}},
        {"data": {"a": {"column": "x", "empty": "drop"}}},
        {"data": {"createdAt": "x"}},
        {"data": {"a": None}},
        {"source": {"delimeter": ";"}},
        {"source": {"header_line": 0}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_model_refuses(wrong: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(mapping_schema())
    assert validator.is_valid(base())
    assert not validator.is_valid(base(**wrong))
    with pytest.raises(MappingError):
        mapping_from(base(**wrong))


def test_each_property_of_the_schema_is_described() -> None:
    schema = mapping_schema()
    parts = [schema, *schema["$defs"].values()]
    lacking = [
        name
        for part in parts
        for name, entry in part["properties"].items()
        if "description" not in entry
    ]
    assert lacking == []


def test_mappings_are_read_without_loading_polars() -> None:
    code = "import sys, plunk_import.mapping; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
