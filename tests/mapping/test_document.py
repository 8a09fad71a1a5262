from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from plunk_import.mapping import Identity
from tests.mapping_files import FULL, HEAD, load, problems_in, problems_of


@pytest.mark.parametrize("word", ["no", "on", "y", "1_000", "2026-01-01", "true", "null", "1:30"])
def test_keys_and_columns_are_the_text_that_is_written(word: str, tmp_path: Path) -> None:
    mapping = load(f"{HEAD}id: [{word}]\ndata:\n  {word}: {word}\n  x: {{sql: {word}}}\n", tmp_path)
    assert mapping.data[word].column == word
    assert mapping.data["x"].sql == word
    assert mapping.id == Identity(columns=(word,))


@pytest.mark.parametrize(
    ("yes", "no"), [("[yes, y]", "[no, n]"), ("[1]", "[0]"), ("[true]", "[false]"), ("on", "off")]
)
def test_words_for_true_and_false_are_text(yes: str, no: str, tmp_path: Path) -> None:
    text = f"{HEAD}data:\n  v: {{column: v, type: boolean, true: {yes}, false: {no}}}\n"
    variable = load(text, tmp_path).data["v"]
    assert variable.true_values == tuple(yes.strip("[]").split(", "))
    assert variable.false_values == tuple(no.strip("[]").split(", "))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("shopify", "shopify"),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-0.5", -0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("2026-01-01", "2026-01-01"),
        ("1.2.3", "1.2.3"),
        ('"no"', "no"),
        ("'0123'", "0123"),
        ("[a, 1, {b: false, c: null}]", ["a", 1, {"b": False, "c": None}]),
    ],
)
def test_constants_follow_the_core_schema(written: str, value: object, tmp_path: Path) -> None:
    const = load(f"{HEAD}data:\n  v: {{const: {written}}}\n", tmp_path).data["v"].const
    assert const == value
    assert type(const) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "yes",
        "no",
        "On",
        "OFF",
        "y",
        "N",
        "~",
        "1_000",
        "0123",
        "-007",
        "+5",
        "0x1F",
        "0o17",
        "0b1",
        "1:30",
        "12:30:45",
        ".inf",
        "-.INF",
        ".nan",
        "00.5",
    ],
)
def test_constants_that_people_read_in_two_ways_are_refused(written: str, tmp_path: Path) -> None:
    (problem,) = problems_in(f"{HEAD}data:\n  v: {{const: {written}}}\n", tmp_path)
    assert problem.startswith(f"orders.yaml:5: data.v.const: {written} can be read in two ways: ")
    assert f'in quotes, "{written}"' in problem


def test_aliases_stand_for_what_they_name(tmp_path: Path) -> None:
    text = f"{HEAD}data:\n  a: &words {{column: a, type: date}}\n  b: *words\n"
    mapping = load(text, tmp_path)
    assert mapping.data["a"] == mapping.data["b"]


SYNTAX = {
    "tab": ("data:\n\ta: b\n", 2, "indent with spaces"),
    "open brace": ("version: 1\nemail: {column: a\n", 2, "this `{` lacks its end"),
    "open bracket": ("id: [a, b\nversion: 1\n", 1, "this `[` lacks its end"),
    "open quote": ("version: 1\nemail: 'a\nevent: b\n", 2, "this quote is never closed"),
    "percent": ("version: 1\nemail: %a\n", 2, "put the whole text in quotes"),
    "at": ("email: @a\n", 1, "put the whole text in quotes"),
    "second colon": ("email: a: b\n", 1, "put a text that holds `: ` in quotes"),
    "indent": ("data:\n   a: b\n  c: d\n", 3, "indent keys of one level alike"),
    "no colon": ("version: 1\nemail\nevent: b\n", 3, "colon"),
    "text after a quote": ('where: "a" > 0\n', 1, "in one pair of quotes"),
    "backslash": ('email: "\\q"\n', 1, "a backslash in double quotes"),
    "block sign": ("source:\n  delimiter: |x\n", 2, "in one pair of quotes"),
    "comma": ("source:\n  delimiter: ,\n", 2, "needs quotes"),
    "list item": ("email: - a\n", 1, "a list item cannot stand here"),
    "control character": ("version: 1\nemail: \x07\n", 2, "control character"),
    "no such alias": ("version: 1\nemail: *\n  a\n", 2, "not YAML"),
    "unknown alias": ("version: 1\nemail: *a\n", 2, "`*a` names nothing above it"),
    "alias of itself": ("data: &a [*a]\n", 1, "`*a` names nothing above it"),
    "two documents": ("version: 1\n---\nversion: 1\n", 2, "a second document starts here"),
    "list": ("- a\n- b\n", 1, "is not a mapping of keys"),
    "a data file": ("Email,Name\na@b.co,Ann\n", 1, "is it the data file?"),
    "deep": (f"data: {'[' * 60}{']' * 60}\n", 1, "nested over 50 levels deep"),
    "alias bomb": (
        "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        + "".join(
            f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdef")
        ),
        1,
        "the aliases unfold",
    ),
}


@pytest.mark.parametrize(("text", "line", "told"), SYNTAX.values(), ids=SYNTAX.keys())
def test_what_is_not_a_mapping_in_yaml_is_told_with_line_and_remedy(
    text: str, line: int, told: str, tmp_path: Path
) -> None:
    (problem,) = problems_in(text, tmp_path)
    assert problem.startswith(f"orders.yaml:{line}: ")
    assert told in problem


SCRAPS = st.sampled_from(
    [
        *"{}[]:,-?*&!|>%@`'\"#~\n\t\0",
        ": ",
        "- ",
        "  ",
        "\n  ",
        "<<",
        "data",
        "const",
        "email",
        "version: 1\n",
        "event: ",
        "\\ud800",
        "\\x",
        "---\n",
        "...",
        "%YAML 1.1\n",
        "\x85",
        "yes",
    ]
)


@given(st.text() | st.lists(SCRAPS | st.text(max_size=3), max_size=40).map("".join))
@example(FULL)
@example("? a\n: ? b\n  : c")
@example("!<tag:yaml.org,2002:python> a: b")
def test_any_text_is_a_mapping_or_a_mapping_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "wild.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    for problem in problems_of(path):
        assert str(problem).encode()
