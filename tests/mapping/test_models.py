from pathlib import Path

import pytest

from tests.mapping_files import HEAD, load, problems_in
from tests.wild import UNLIKE


@pytest.mark.parametrize(
    ("switch", "persistent"), [("no", False), ("off", False), ("false", False), ("yes", True)]
)
def test_a_switch_takes_the_words_people_use(switch: str, persistent: bool, tmp_path: Path) -> None:
    text = f"{HEAD}data:\n  v: {{column: v, persistent: {switch}}}\n"
    assert load(text, tmp_path).data["v"].persistent is persistent


@pytest.mark.parametrize(
    ("written", "name"),
    [("off", None), ("no", None), ("false", None), ("on", "import_ref"), ("my_ref", "my_ref")],
)
def test_the_marker_can_be_named_and_switched_off(
    written: str, name: str | None, tmp_path: Path
) -> None:
    assert load(f"{HEAD}marker: {written}\n", tmp_path).marker == name


@pytest.mark.parametrize(
    ("option", "name", "value"),
    [
        ("delimiter: tab", "delimiter", "\t"),
        (r"delimiter: \t", "delimiter", "\t"),
        (r'delimiter: "\t"', "delimiter", "\t"),
        ("delimiter: Pipe", "delimiter", "|"),
        ("delimiter: ;", "delimiter", ";"),
        ("encoding: Latin-1", "encoding", "iso8859-1"),
        ("encoding: UTF8", "encoding", "utf-8"),
        ("quote: none", "quote", None),
        ('quote: "\'"', "quote", "'"),
        ("decimal_comma: yes", "decimal_comma", True),
        ("null_values: NULL", "null_values", ("NULL",)),
        ("columns: [a, b]", "columns", ("a", "b")),
        ("format: ndjson", "format", "ndjson"),
        ("sheet: 2026", "sheet", "2026"),
    ],
)
def test_source_options_mean_what_is_written(
    option: str, name: str, value: object, tmp_path: Path
) -> None:
    assert getattr(load(f"{HEAD}source:\n  {option}\n", tmp_path).source, name) == value


FIELD_PROBLEMS = {
    "unknown type": ("{column: a, type: intger}", "type", '"intger" is not allowed here'),
    "unknown key": ("{column: a, tpye: date}", "tpye", "not known; did you mean `type`?"),
    "misspelt column": ("{colum: a}", "colum", "not known; did you mean `column`?"),
    "no origin": ("{type: date}", "", "give one of `column`, `sql` and `const`"),
    "two origins": ("{column: a, sql: b}", "", "has column and sql: keep one"),
    "three origins": ("{column: a, sql: b, const: c}", "", "has column and sql and const"),
    "no value": ("", "", "has no value"),
    "column without value": ("{column: }", "column", "has no value"),
    "empty column": ('{column: ""}', "column", "is empty"),
    "list for a column": ("[a]", "", "must be a column's name or such as `{column: Name}`"),
    "list in a column": ("{column: [a]}", "column", "must be text, not a list"),
    "switch": ("{column: a, persistent: maybe}", "persistent", 'true or false, not "maybe"'),
    "empty": ("{column: a, empty: drop}", "empty", "only omit | delete | reject"),
    "deleted one-shot": (
        "{column: a, persistent: false, empty: delete}",
        "empty",
        "nothing to delete",
    ),
    "words without boolean": ("{column: a, true: [y]}", "true", "works only with `type: boolean`"),
    "words of a string": (
        "{column: a, type: string, false: [n]}",
        "false",
        "works only with `type: boolean`",
    ),
    "overlapping words": (
        "{column: a, type: boolean, true: [y], false: [n, Y]}",
        "false",
        '"Y" stands under `true` too',
    ),
    "word twice": ("{column: a, type: boolean, true: [y, y]}", "true", '"y" stands twice'),
    "empty word": (
        '{column: a, type: boolean, false: [""]}',
        "false",
        "neither true nor false",
    ),
    "words as mapping": (
        "{column: a, type: boolean, true: {y: n}}",
        "true",
        "must be a list such as [a, b], not a mapping",
    ),
    "format without type": ('{column: a, format: "%d"}', "format", "works only with `type: date`"),
    "format of a number": (
        '{column: a, type: number, format: "%d"}',
        "format",
        "works only with `type: date` or `type: datetime`",
    ),
    "zone without type": ("{column: a, timezone: UTC}", "timezone", "works only with"),
    "epoch dates": ("{column: a, type: date, format: epoch}", "format", "`type: datetime`"),
    "epoch with a zone": (
        "{column: a, type: datetime, format: epoch_ms, timezone: UTC}",
        "timezone",
        "are UTC everywhere",
    ),
    "offset as a zone": (
        '{column: a, type: datetime, timezone: "+02:00"}',
        "timezone",
        "write a place such as Europe/Brussels",
    ),
    "null constant": ("{const: null}", "const", '`{sql: "NULL", empty: delete}`'),
    "empty constant": ('{const: ""}', "const", "Plunk ignores empty text"),
    "large constant": ("{const: 9007199254740993}", "const", "beyond 2^53"),
    "infinite constant": ("{const: 1e999}", "const", "JSON has no such number"),
    "largest double": ("{const: 1.7976931348623157e308}", "const", "JSON has no such number"),
    "dropped key": ("{const: [{__proto__: 1}]}", "const", "Plunk drops a key `__proto__`"),
    "NUL in a constant": (r'{const: ["a\0"]}', "const", "NUL character"),
    "half a character": (r'{const: "\ud83d"}', "const", "half of a character"),
    "constant of another type": ("{const: 5, type: string}", "type", "5 is a whole number, not"),
    "constant that is no date": ("{const: soon, type: date}", "type", '"soon" is text, not a date'),
    "constant without Z": (
        '{const: "2026-01-01T00:00:00", type: datetime}',
        "type",
        "not a date and time such as",
    ),
    "constant with a format": (
        '{const: 2026-01-01, type: date, format: "%Y"}',
        "format",
        "a constant is sent as it is written",
    ),
    "tag": ("{column: !!str a}", "column", "the tag `!!str` is not read"),
    "merge key": ("{column: a, <<: b}", "<<", "merge keys (`<<`) are not read"),
    "template": ("{{ a }}", "{…}", "is not plain text"),
}


@pytest.mark.parametrize(
    ("written", "key", "told"), FIELD_PROBLEMS.values(), ids=FIELD_PROBLEMS.keys()
)
def test_a_wrong_variable_is_named_with_its_line(
    written: str, key: str, told: str, tmp_path: Path
) -> None:
    text = f"{HEAD}data:\n  fine: Column\n  v: {written}\n"
    where = f"data.v.{key}" if key else "data.v"
    problems = problems_in(text, tmp_path)
    assert problems[0].startswith(f"orders.yaml:6: {where}: ")
    assert told in problems[0]
    assert len(problems) == 1 + ("template" in told or key == "{…}")


PROBLEMS = {
    "version of tomorrow": ("version: 2\n", "1: version: ", "write `version: 1`"),
    "unknown key": (f"{HEAD}evnt: x\n", "4: evnt: ", "did you mean `event`?"),
    "variable outside data": (f"{HEAD}plan: x\n", "4: plan: ", "variables stand under `data`"),
    "constant address": (
        "version: 1\nevent: e\nemail: {const: a@b.co}\n",
        "3: email.const: ",
        "every row on one contact",
    ),
    "typed event": (
        "version: 1\nemail: e\nevent: {column: e, type: string}\n",
        "3: event.type: ",
        "not known",
    ),
    "number as event": (
        "version: 1\nemail: e\nevent: {const: 2026}\n",
        "3: event.const: ",
        "put it in quotes",
    ),
    "long event": (
        f"version: 1\nemail: e\nevent: {{const: {UNLIKE}}}\n",
        "3: event.const: ",
        "2601 bytes are more than Plunk's 2600",
    ),
    "empty condition": (f'{HEAD}where: ""\n', "4: where: ", "is empty"),
    "list as data": (f"{HEAD}data: [a]\n", "4: data: ", "mapping of `name: column`, not a list"),
    "typed subscribed": (
        f"{HEAD}subscribed: {{column: a, type: string}}\n",
        "4: subscribed.type: ",
        "leave `type` out",
    ),
    "one-shot subscribed": (
        f"{HEAD}subscribed: {{column: a, persistent: no}}\n",
        "4: subscribed.persistent: ",
        "always stays on the contact",
    ),
    "deleted subscribed": (
        f"{HEAD}subscribed: {{column: a, empty: delete}}\n",
        "4: subscribed.empty: ",
        "Plunk refuses null",
    ),
    "constant subscribed": (
        f'{HEAD}subscribed: {{const: "yes"}}\n',
        "4: subscribed.type: ",
        "is text, not true or false",
    ),
    "column twice in id": (f"{HEAD}id: [a, b, a]\n", "4: id.columns: ", '"a" stands twice'),
    "no column in id": (f"{HEAD}id: []\n", "4: id.columns: ", "empty list"),
    "empty id sent to nowhere": (
        f"{HEAD}id: {{columns: a, empty: omit}}\n",
        "4: id.empty: ",
        "reject",
    ),
    "empty item": (f"{HEAD}id:\n  - a\n  -\n", "6: id.1: ", "has no value"),
    "reserved marker": (f"{HEAD}marker: email\n", "4: marker: ", "Plunk drops this name"),
    "locale as marker": (f"{HEAD}marker: locale\n", "4: marker: ", "one-shot `locale`"),
    "marker in use": (f"{HEAD}data: {{import_ref: a}}\n", "4: data.import_ref: ", "`marker: off`"),
    "one-shot locale": (
        f"{HEAD}data:\n  locale: {{column: a, persistent: no}}\n",
        "5: data.locale.persistent: ",
        "refuses a one-shot `locale`",
    ),
    "locale of another type": (
        f"{HEAD}data:\n  locale: {{column: a, type: integer}}\n",
        "5: data.locale.type: ",
        "only as text",
    ),
    "locale of a number": (
        f"{HEAD}data:\n  locale: {{const: 5}}\n",
        "5: data.locale.const: ",
        "put it in quotes",
    ),
    "nameless variable": (f'{HEAD}data:\n  "": a\n', "5: data.'': ", "the name is empty"),
    "NUL in a name": (f'{HEAD}data:\n  "a\\0": a\n', "5: data.'a\\x00': ", "NUL character"),
    "two of one name": (
        f"{HEAD}data:\n  plan: a\n  other: b\n  plan: c\n",
        "7: data.plan: ",
        "twice, on lines 5 and 7",
    ),
    "section twice": (f"{HEAD}email: b\n", "4: email: ", "twice, on lines 2 and 4"),
    "long delimiter": (f"{HEAD}source: {{delimiter: ab}}\n", "4: source.delimiter: ", "semicolon"),
    "no such encoding": (
        f"{HEAD}source: {{encoding: utf-9}}\n",
        "4: source.encoding: ",
        "usual ones are utf-8",
    ),
    "encoding of bytes": (f"{HEAD}source: {{encoding: base64}}\n", "4: source.encoding: ", "text"),
    "long quote": (f'{HEAD}source: {{quote: "ab"}}\n', "4: source.quote: ", "is not a quote"),
    "quote like delimiter": (
        f"{HEAD}source: {{delimiter: ;, quote: ;}}\n",
        "4: source.quote: ",
        "must differ",
    ),
    "no format": (f"{HEAD}source: {{format: xls}}\n", "4: source.format: ", "did you mean `xlsx`?"),
    "delimiter of Parquet": (
        f"{HEAD}source: {{format: parquet, delimiter: tab}}\n",
        "4: source.delimiter: ",
        "works only with `format: csv`",
    ),
    "sheet of CSV": (
        f"{HEAD}source: {{format: csv, sheet: a}}\n",
        "4: source.sheet: ",
        "works only with `format: xlsx`",
    ),
    "line zero": (f"{HEAD}source: {{header_line: 0}}\n", "4: source.header_line: ", "1 or more"),
    "line in words": (f"{HEAD}source: {{header_line: x}}\n", "4: source.header_line: ", '"x"'),
    "no columns": (f"{HEAD}source: {{columns: []}}\n", "4: source.columns: ", "empty list"),
    "text as source": (f"{HEAD}source: csv\n", "4: source: ", "mapping of `key: value`, not text"),
}


@pytest.mark.parametrize(("text", "place", "told"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_a_problem_is_named_with_its_line_and_place(
    text: str, place: str, told: str, tmp_path: Path
) -> None:
    found = [p for p in problems_in(text, tmp_path) if p.startswith(f"orders.yaml:{place}")]
    assert len(found) == 1
    assert told in found[0]
