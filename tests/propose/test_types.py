"""Tests of what the cells of a column let a proposal conclude."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from ruamel.yaml import YAML

from plunk_import.propose import Proposal, propose

Cells = Sequence[str | None]


def proposal_for(
    folder: Path, columns: Mapping[str, Cells], *, row_limit: int = 1_000_000
) -> Proposal:
    """Propose a mapping for these columns beside addresses; as text, so that null is not ""."""
    rows = max(map(len, columns.values()))
    named = {"email": [f"p{n}@example.com" for n in range(rows)], **columns}
    pl.DataFrame(named, schema=dict.fromkeys(named, pl.String)).write_parquet(folder / "a.parquet")
    return propose(folder / "a.parquet", event="happened", row_limit=row_limit)


def variables(proposal: Proposal) -> dict[str, dict[str, object]]:
    """Read the variables of a proposal; one in its short form has no settings."""
    data = YAML(typ="safe", pure=True).load(proposal.text).get("data") or {}
    return {name: given if isinstance(given, dict) else {} for name, given in data.items()}


def settings(folder: Path, cells: Cells, name: str = "column") -> dict[str, object]:
    return variables(proposal_for(folder, {name: cells})).get(name, {})


def comment_on(proposal: Proposal, name: str) -> str:
    """Find the comments above and behind a column's line."""
    lines = proposal.text.splitlines()
    at = next(n for n, line in enumerate(lines) if line.strip(" #").startswith(f"{name}:"))
    first = next(n for n in range(at, 0, -1) if not lines[n - 1].startswith("  #"))
    return "\n".join(lines[first : at + 1])


def test_a_column_is_described_by_a_sample_its_empty_and_its_different_cells(
    tmp_path: Path,
) -> None:
    proposal = proposal_for(tmp_path, {"x": ["a", "b", None, "  ", "a", "c", ""]})

    assert '"a"; 3 empty, 3 different' in comment_on(proposal, "x")


@pytest.mark.parametrize(("limit", "is_said"), [(4, True), (6, False)])
def test_a_proposal_says_that_only_the_first_rows_were_looked_at(
    tmp_path: Path, limit: int, *, is_said: bool
) -> None:
    proposal = proposal_for(tmp_path, {"x": list("abcdef")}, row_limit=limit)

    assert (f"Only the first {limit} rows were looked at." in proposal.notes) is is_said


def test_counting_different_values_is_bounded(tmp_path: Path) -> None:
    cells: Cells = [f"v{n}" for n in range(100_500)]

    assert "over 100,000 different" in comment_on(proposal_for(tmp_path, {"x": cells}), "x")


@pytest.mark.parametrize("name", ["*", "^x$", "^.*$"])
@pytest.mark.parametrize("cells", [["a", None], [[1], None], [1.5, None]], ids=repr)
def test_a_name_that_is_a_pattern_to_polars_is_a_name(
    tmp_path: Path, name: str, cells: list[object]
) -> None:
    frame = pl.DataFrame({"email": ["a@x.co", "b@x.co"], name: cells})
    frame.write_parquet(tmp_path / "a.parquet")

    assert name in variables(propose(tmp_path / "a.parquet", event="happened"))


def test_types_of_a_typed_column_are_left_alone(tmp_path: Path) -> None:
    rows = {"n": [1, None], "deep": [[{"a": 1}], None], "raw": [b"\xff", b"\x00"]}
    pl.DataFrame({"email": ["a@x.co", "b@x.co"], **rows}).write_parquet(tmp_path / "a.parquet")

    proposal = propose(tmp_path / "a.parquet", event="happened")

    assert {"n", "deep"} <= variables(proposal).keys()
    assert not any("type" in given for given in variables(proposal).values())
    assert "`type: string` sends them as a UUID" in comment_on(proposal, "raw")


@pytest.mark.parametrize(
    ("cells", "name", "expected"),
    [
        pytest.param(["yes", "no", "Yes"], "x", "boolean", id="usual words"),
        pytest.param(["ja", "nein", None], "x", "boolean", id="German words"),
        pytest.param(["0", "1", "1"], "is_vip", "boolean", id="digits, of a flag by its name"),
        pytest.param(["0", "1", "1"], "children", "integer", id="digits, of no flag"),
        pytest.param(["m", "f", "f"], "gender", None, id="letters of something else"),
        pytest.param(["1", "2", "-3"], "x", "integer", id="integers"),
        pytest.param(["1", "2.5", ".5"], "x", "number", id="numbers"),
        pytest.param(["1", "2.5e-3"], "x", "number", id="exponents of a fraction"),
        pytest.param(["12e4", "13e5"], "x", None, id="exponents that may be letters"),
        pytest.param(["0123", "4567"], "x", None, id="leading zeros"),
        pytest.param(["+3247", "4567"], "x", None, id="plus signs"),
        pytest.param([str(2**53 + 1), "1"], "x", None, id="beyond 2^53"),
        pytest.param(["2025550123"], "Phone Number", None, id="telephones"),
        pytest.param(["9000", "1000"], "Billing Zip", None, id="postcodes"),
        pytest.param(["17", "18"], "customerId", None, id="ids by name"),
        pytest.param(["17", "18"], "Historic Number Of Orders", "integer", id="a number of things"),
        pytest.param(["17", "18"], "Order Number", None, id="a number that is a name"),
        pytest.param(["2026-01-31", "2026-02-01"], "x", "date", id="dates"),
        pytest.param(["2026-01-31 10:00", "2026-02-01"], "x", "datetime", id="dates and times"),
        pytest.param(["31/01/2026", "01/02/2026"], "x", "date", id="days first"),
        pytest.param(["1700000000"], "created_at", "datetime", id="seconds by name"),
        pytest.param(["1700000000"], "amount", "integer", id="as many, no time by name"),
        pytest.param(["1700000000123"], "ts", "datetime", id="milliseconds"),
        pytest.param(["20260131"], "birth date", "date", id="digits of a day by name"),
        pytest.param(["20260131"], "amount", "integer", id="as many digits, no day by name"),
        pytest.param(['{"a": 1}', "[1]"], "x", "json", id="JSON"),
        pytest.param(["{a}", "[b]"], "x", None, id="brackets that hold no JSON"),
        pytest.param(["12/15", "04/22"], "Birthday", None, id="days without a year"),
        pytest.param(["10:00", "11:30"], "opens", None, id="times without a day"),
        pytest.param([None, ""], "x", None, id="nothing"),
    ],
)
def test_a_type_is_told_by_cells_and_name(
    tmp_path: Path, cells: Cells, name: str, expected: str | None
) -> None:
    assert settings(tmp_path, cells, name).get("type") == expected


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("31/01/2026", "%d/%m/%Y"),
        ("01/31/2026", "%m/%d/%Y"),
        ("31.1.26", "%d.%m.%y"),
        ("31.01.2026 9:05:01", "%d.%m.%Y %H:%M:%S"),
        ("1/31/2026 9:05 PM", "%m/%d/%Y %I:%M %p"),
        ("2026/01/31", "%Y/%m/%d"),
        ("31 Jan 2026", "%d %b %Y"),
        ("31-January-2026", "%d-%B-%Y"),
        ("Jan 31, 2026, 3:04 PM", "%b %d, %Y, %I:%M %p"),
        ("Sat, 31 Jan 2026 03:04:05 +0000", "%a, %d %b %Y %H:%M:%S %z"),
        ("2026-01-31 03:04:05.123 UTC", "%Y-%m-%d %H:%M:%S%.f UTC"),
        ("no date", None),
        ("31/01/2026 or so", None),
    ],
)
def test_the_way_a_date_is_written_is_told(tmp_path: Path, cell: str, form: str | None) -> None:
    assert settings(tmp_path, [cell]).get("format") == form


@pytest.mark.parametrize(
    ("cell", "is_said"),
    [
        ("2026-01-31T10:00:00Z", False),
        ("2026-01-31 10:00:00 +0100", False),
        ("2026-01-31 10:00:00", True),
    ],
)
def test_a_moment_without_an_offset_is_said_to_be_taken_as_utc(
    tmp_path: Path, cell: str, *, is_said: bool
) -> None:
    proposal = proposal_for(tmp_path, {"when": [cell], "other": ["2026-01-31"]})

    assert ("taken as UTC" in comment_on(proposal, "when")) is is_said


@pytest.mark.parametrize(("good", "kind"), [(199, "date"), (10, None)])
def test_one_broken_cell_of_two_hundred_is_a_slip(
    tmp_path: Path, good: int, kind: str | None
) -> None:
    assert settings(tmp_path, ["2026-01-31"] * good + ["soon"]).get("type") == kind


def test_undecided_order_of_day_and_month_stays_text_and_asks(tmp_path: Path) -> None:
    proposal = proposal_for(tmp_path, {"day": ["01/02/2026", "03/04/2026"]})

    assert variables(proposal)["day"] == {}
    assert '"%d/%m/%Y"' in comment_on(proposal, "day")
    assert '"%m/%d/%Y"' in comment_on(proposal, "day")


def test_the_order_that_one_column_shows_holds_for_the_whole_file(tmp_path: Path) -> None:
    columns: dict[str, Cells] = {
        "a": ["01/02/2026", "03/04/2026"],
        "b": ["12/31/2026", "01/30/2026"],
    }

    assert variables(proposal_for(tmp_path, columns))["a"]["format"] == "%m/%d/%Y"


@pytest.mark.parametrize(
    ("columns", "decimal_comma"),
    [
        pytest.param({"a": ["49,00", "1.234,50"]}, True, id="commas"),
        pytest.param({"a": ["49.00", "1234.5"]}, False, id="points"),
        pytest.param({"a": ["1,234", "5,678"]}, False, id="thousands or decimals"),
        pytest.param({"a": ["1,2"], "b": ["1.2"], "c": ["2.5"]}, False, id="more points"),
    ],
)
def test_the_decimal_mark_is_told_by_the_whole_file(
    tmp_path: Path, columns: dict[str, Cells], *, decimal_comma: bool
) -> None:
    assert ("decimal_comma: true" in proposal_for(tmp_path, columns).text) is decimal_comma


@pytest.mark.parametrize(
    ("cells", "beside"),
    [
        (["1.234", "5.678"], ["49,00", "1,5"]),
        (["1,234", "5,678"], ["49.00", "1.5"]),
        (["12.5", "13.5"], ["49,00", "1,5"]),
    ],
)
def test_a_number_that_can_be_read_in_two_ways_stays_text(
    tmp_path: Path, cells: Cells, beside: Cells
) -> None:
    proposal = proposal_for(tmp_path, {"price": cells, "other": beside, "third": beside})

    assert "type" not in variables(proposal)["price"]
    assert "sent as text" in comment_on(proposal, "price")


def test_words_for_nothing_count_only_where_a_typed_column_repeats_them(tmp_path: Path) -> None:
    columns: dict[str, Cells] = {
        "score": ["1", "NULL", "NULL", "2"],
        "name": ["None", "Ada", "None", "Zoë"],
        "once": ["1", "2", "3", "N/A"],
    }
    proposal = proposal_for(tmp_path, columns)

    assert "null_values: [NULL]" in proposal.text.replace('"', "")
    assert variables(proposal)["score"]["type"] == "integer"
