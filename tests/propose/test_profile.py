"""Tests of profiles and of what they let us conclude about a column."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest

from plunk_import.mapping.load import SourceOptions
from plunk_import.propose.kinds import Habits, Kind, habits_of, kind_of
from plunk_import.propose.profile import COUNTED_VALUES, ColumnProfile, Profile, profile_of
from plunk_import.propose.shapes import Dating, datings_of, parts_of_name
from plunk_import.read import Batch, open_source


def profiled(columns: dict[str, list[str | None]], *, batches: int = 1) -> Profile:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    size = -(-frame.height // batches)
    parts = [frame.slice(start, size) for start in range(0, frame.height, size)]
    bad = pl.DataFrame()
    return profile_of((Batch("a.csv", part, bad, part.height) for part in parts), frame.schema)


def column(cells: list[str | None], name: str = "column") -> ColumnProfile:
    return profiled({name: cells}).columns[0]


def kind(cells: list[str | None], name: str = "column", *, decimal_comma: bool = False) -> Kind:
    return kind_of(column(cells, name), Habits(decimal_comma=decimal_comma))


def test_a_profile_counts_empty_and_different_cells_over_all_batches() -> None:
    cells: list[str | None] = ["a", "b", None, "  ", "a", "c", ""]
    found = profiled({"x": cells}, batches=3)["x"]
    assert (found.rows, found.empty, found.filled, found.distinct) == (7, 3, 4, 3)
    assert found.samples == ("a", "b", "c")
    assert found.values == {"a": 2, "b": 1, "c": 1}


def test_a_profile_says_that_it_saw_only_the_first_rows() -> None:
    frame = pl.DataFrame({"x": ["1", "2", "3"]})
    batches = [Batch("a.csv", frame, pl.DataFrame(), frame.height)] * 2
    found = profile_of(batches, frame.schema, limit=4)
    assert (found.rows, found.is_whole) == (4, False)
    assert profile_of(batches, frame.schema, limit=6).is_whole


def test_counting_different_values_is_bounded() -> None:
    cells = [str(n) for n in range(COUNTED_VALUES + 500)]
    found = profiled({"x": [*cells, *cells]}, batches=4)["x"]
    assert not found.is_exact
    assert found.distinct < 2 * COUNTED_VALUES
    assert found.values is None


@pytest.mark.parametrize("name", ["*", "^x$", "^.*$"])
@pytest.mark.parametrize("cells", [["a", None], [[1], None], [1.5, None]], ids=repr)
def test_a_name_that_is_a_pattern_to_polars_is_a_name(name: str, cells: list[object]) -> None:
    frame = pl.DataFrame({"x": [1, 2], name: cells})
    found = profile_of([Batch("a.csv", frame, pl.DataFrame(), frame.height)], frame.schema)[name]
    assert (found.filled, found.empty) == (1, 1)


def test_types_of_a_typed_column_are_left_alone(tmp_path: Path) -> None:
    rows = {"n": [1, None], "deep": [[{"a": 1}], None], "raw": [b"\xff", b"\x00"]}
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    source = open_source([tmp_path / "a.parquet"], SourceOptions())
    found = profile_of(source.batches(), source.schema)
    assert [one.filled for one in found.columns] == [1, 1, 2]
    assert all(kind_of(one, Habits()) == Kind() for one in found.columns)


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
    cells: list[str | None], name: str, expected: str | None
) -> None:
    assert kind(cells, name).type == expected


@pytest.mark.parametrize(
    ("cell", "formats"),
    [
        ("31/01/2026", ["%d/%m/%Y", "%m/%d/%Y"]),
        ("31.1.26", ["%d.%m.%y"]),
        ("31.01.2026 9:05:01", ["%d.%m.%Y %H:%M:%S"]),
        ("1/31/2026 9:05 PM", ["%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"]),
        ("2026/01/31", ["%Y/%m/%d"]),
        ("31 Jan 2026", ["%d %b %Y"]),
        ("31-January-2026", ["%d-%B-%Y"]),
        ("Jan 31, 2026, 3:04 PM", ["%b %d, %Y, %I:%M %p"]),
        ("Sat, 31 Jan 2026 03:04:05 +0000", ["%a, %d %b %Y %H:%M:%S %z"]),
        ("2026-01-31 03:04:05.123 UTC", ["%Y-%m-%d %H:%M:%S%.f UTC"]),
        ("no date", []),
        ("31/01/2026 or so", []),
    ],
)
def test_the_way_a_date_is_written_is_told(cell: str, formats: list[str]) -> None:
    assert [dating.format for dating in datings_of(cell)] == formats


@pytest.mark.parametrize("cell", ["2026-01-31T10:00:00Z", "2026-01-31 10:00:00 +0100"])
def test_an_offset_settles_a_moment(cell: str) -> None:
    assert datings_of(cell) == (Dating("datetime", is_settled=True),)
    assert kind([cell]).remarks == ()


def test_a_naive_moment_is_said_to_be_taken_as_utc() -> None:
    assert "UTC" in kind(["2026-01-31 10:00:00"]).remarks[0]


def test_one_broken_cell_of_two_hundred_is_a_slip() -> None:
    good: list[str | None] = ["2026-01-31"] * 199
    assert kind([*good, "soon"]).type == "date"
    assert kind([*good[:10], "soon"]).type is None


def test_undecided_order_of_day_and_month_stays_text_and_asks() -> None:
    asked = kind(["01/02/2026", "03/04/2026"])
    assert asked.type is None
    assert '"%d/%m/%Y"' in asked.remarks[-1]
    assert '"%m/%d/%Y"' in asked.remarks[-1]


def test_the_order_that_one_column_shows_holds_for_the_whole_file() -> None:
    undecided: list[str | None] = ["01/02/2026", "03/04/2026"]
    found = profiled({"a": undecided, "b": ["12/31/2026", "01/30/2026"]})
    habits = habits_of(found)
    assert kind_of(found["a"], habits) == Kind("date", "%m/%d/%Y")


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
    columns: dict[str, list[str | None]], decimal_comma: bool
) -> None:
    assert habits_of(profiled(columns)).decimal_comma is decimal_comma


@pytest.mark.parametrize(
    ("cells", "decimal_comma"),
    [(["1.234", "5.678"], True), (["1,234", "5,678"], False), (["12.5"], True)],
)
def test_a_number_that_can_be_read_in_two_ways_stays_text(
    cells: list[str | None], decimal_comma: bool
) -> None:
    doubtful = kind(cells, decimal_comma=decimal_comma)
    assert doubtful.type is None
    assert doubtful.remarks


def test_words_for_nothing_count_only_where_a_typed_column_repeats_them() -> None:
    found = profiled(
        {
            "score": ["1", "NULL", "NULL", "2"],
            "name": ["None", "Ada", "None", "Zoë"],
            "once": ["1", "2", "3", "N/A"],
        }
    )
    habits = habits_of(found)
    assert habits.null_words == ("NULL",)
    assert kind_of(found["score"], habits).type == "integer"


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        ("createdAt", ("created", "at")),
        ("Created at (UTC)", ("created", "at", "utc")),
        ("HTTPStatus2", ("http", "status", "2")),
        ("email_address", ("email", "address")),
        ("名前", ("名前",)),
        ("***", ()),
    ],
)
def test_headers_are_cut_into_words(header: str, parts: tuple[str, ...]) -> None:
    assert parts_of_name(header) == parts


def test_a_profile_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        column(["a"]).rows = 2  # type: ignore[misc]
