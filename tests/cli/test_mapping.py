"""`mapping test` holds a mapping to the rows beside it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk_import.cli import main

SAMPLES = Path(__file__).parents[2] / "samples"
MAPPING = """\
version: 1
email: Email
event: {sql: "'order.' || status"}
where: "amount > 0"
id: [order_id]
data:
  zip: zip
  total: {column: amount, type: number}
"""
EXPECTED = """\
columns: [zip]
tests:
  - name: a paid order
    row: {Email: Ada@Example.com, status: paid, amount: 12.50, order_id: o-1, zip: 01234}
    body:
      email: ada@example.com
      event: order.paid
      data: {zip: "01234", total: 12.5}
  - name: the same order again
    row: {Email: nobody, status: paid, amount: 1, order_id: o-1}
    rejects: [invalid_email]
  - name: nothing to pay
    row: {Email: bob@example.com, status: paid, amount: 0, order_id: o-3}
    filtered: true
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "orders.test.yaml").write_text(EXPECTED, encoding="utf-8")
    return tmp_path


def mapping_test(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["mapping", "test", *arguments])


@pytest.mark.parametrize("arguments", [(), ("orders.yaml",)], ids=["all", "by name"])
def test_a_mapping_that_does_what_is_expected_ends_with_0(arguments: tuple[str, ...]) -> None:
    done = mapping_test(*arguments)
    assert (done.exit_code, done.stdout) == (0, "3 of 3 rows became what is expected.\n")


CHANGES = {
    "a body": ("total: 12.5}", "total: 13}", ['-      "total": 13', '+      "total": 12.5']),
    "the type of a value": ('zip: "01234"', "zip: 1234", ["-      ", '+      "zip": "01234"']),
    "a code": ("[invalid_email]", "[missing_email]", ['-    "missing_email"']),
    "a row left out": ("filtered: true", "rejects: [invalid_email]", ['+  "filtered": true']),
}


@pytest.mark.parametrize(("old", "new", "shown"), CHANGES.values(), ids=CHANGES)
def test_what_became_something_else_is_shown_as_a_difference(
    place: Path, old: str, new: str, shown: list[str]
) -> None:
    (place / "orders.test.yaml").write_text(EXPECTED.replace(old, new), encoding="utf-8")
    done = mapping_test()
    assert done.exit_code == 1
    assert "2 of 3 rows" in done.stdout
    assert [line for line in shown if line not in done.stdout] == []


def test_the_outcome_is_json_or_annotations_at_the_row_s_line(place: Path) -> None:
    (place / "orders.test.yaml").write_text(EXPECTED.replace("12.5}", "13}"), encoding="utf-8")
    told = json.loads(mapping_test("--json").stdout)
    assert [row["is_met"] for row in told["rows"]] == [False, True, True]
    assert told["rows"][0]["found"]["body"]["data"] == {"zip": "01234", "total": 12.5}
    annotated = mapping_test("--format", "github").stdout
    assert annotated.startswith("::error file=orders.test.yaml,line=3,title=a paid order::---")
    assert annotated.count("\n") == 1


BAD = {
    "no such file": (None, "cannot be read"),
    "two outcomes": (
        EXPECTED.replace("    filtered: true", "    filtered: true\n    rejects: [invalid_email]"),
        "orders.test.yaml:12: tests.2: expects rejects and filtered at once",
    ),
    "a word that is none": (
        EXPECTED.replace("filtered:", "dropped:"),
        "orders.test.yaml:14: tests.2.dropped: this key is not known; known here: name, row, body",
    ),
    "a word that is misspelt": (
        EXPECTED.replace("filtered:", "filtred:"),
        "orders.test.yaml:14: tests.2.filtred: this key is not known; did you mean `filtered`?",
    ),
    "a bare list": ("- row: {Email: a}\n", "orders.test.yaml:1: begin it with `tests:`, a list"),
    "no rows": ("columns: [zip]\n", "orders.test.yaml:1: tests: is required, and missing"),
    "a test that is a text": (
        "tests: [paid]\n",
        "tests.0: must be a mapping of `key: value`, not text",
    ),
    "a value that is read in two ways": (
        EXPECTED.replace("total: 12.5", "total: yes"),
        "orders.test.yaml:8",
    ),
    "a column that no row has": (
        EXPECTED.replace("columns: [zip]\n", "").replace(", zip: 01234", ""),
        "zip",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_a_file_that_cannot_be_used_ends_with_2_and_says_where(
    place: Path, text: str | None, said: str
) -> None:
    path = place / "orders.test.yaml"
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    done = mapping_test("orders.yaml")
    assert done.exit_code == 2
    assert said in done.stderr


def test_without_any_expectations_it_says_how_to_begin(place: Path) -> None:
    (place / "orders.test.yaml").unlink()
    done = mapping_test()
    assert done.exit_code == 2
    assert "--write --from" in done.stderr


def test_write_makes_the_present_outcome_the_expectation_and_keeps_rows_and_names(
    place: Path,
) -> None:
    (place / "orders.yaml").write_text(MAPPING.replace("'order.'", "'shop.'"), encoding="utf-8")
    assert mapping_test().exit_code == 1
    assert mapping_test("--write").exit_code == 0
    assert mapping_test().exit_code == 0
    text = (place / "orders.test.yaml").read_text(encoding="utf-8")
    assert "a paid order" in text
    assert '"shop.paid"' in text
    assert '"01234"' in text


def test_write_begins_with_the_first_rows_of_a_file_and_overwrites_none(place: Path) -> None:
    (place / "orders.test.yaml").unlink()
    (place / "orders.csv").write_text(
        'Email,status,amount,order_id,zip\nada@example.com,paid,"1.5",007,\nx,paid,2,8,01\n',
        encoding="utf-8",
    )
    begin = ("orders.yaml", "--write", "--from", "orders.csv", "--rows", "2")
    assert mapping_test(*begin).exit_code == 0
    told = json.loads(mapping_test("--json").stdout)
    assert [row["expected"] for row in told["rows"]] == [
        {
            "body": {
                "email": "ada@example.com",
                "event": "order.paid",
                "data": {"total": 1.5},
            }
        },
        {"rejects": ["invalid_email"]},
    ]
    assert mapping_test(*begin).exit_code == 2


MAPPINGS = [path for path in sorted(SAMPLES.glob("*.yaml")) if ".test." not in path.name]


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda path: path.stem)
def test_every_sample_s_mapping_does_what_is_expected_of_it(mapping: Path) -> None:
    done = mapping_test(str(mapping))
    assert done.exit_code == 0, done.stdout + done.stderr
