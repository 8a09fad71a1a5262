import csv
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import plunk_import
from plunk_import.read import ROW, column, field
from tests.mapped import refusal_of, validated, worked_out

PATTERNS = ["*", "^.*$", "^$", "^a|b$", "^(?i)email$"]
PLAIN = ["a", "^", "^a", "a$", "**", "a.*", 'q"', ""]


@pytest.mark.parametrize("name", PATTERNS + PLAIN)
def test_a_column_is_found_by_its_name_whatever_that_looks_like(name: str) -> None:
    frame = pl.DataFrame({"other": ["o"], name: ["x"], "b": ["b"]})
    expr = column(name)
    assert frame.select(expr).to_dict(as_series=False) == {name: ["x"]}
    assert frame.select(pl.concat_str(expr, pl.lit("!")).alias("z")).item() == "x!"
    assert expr.meta.root_names() == [name]


@pytest.mark.parametrize("name", PATTERNS + PLAIN)
def test_a_field_of_a_struct_is_found_by_its_place(name: str) -> None:
    frame = pl.DataFrame({"s": [{"other": 1, name: 2}, None]})
    assert frame.select(field(pl.col("s"), 1, 2).alias("x"))["x"].to_list() == [2, None]


@pytest.mark.parametrize("name", PATTERNS)
def test_sql_means_the_column_and_no_other(name: str) -> None:
    frame = pl.DataFrame({"a": ["1"], "b": ["2"], "email": ["3"], name: ["4"]})
    assert worked_out(f"'x' || \"{name}\"", frame) == ["x4"]
    assert worked_out(f'"{name}" > 3', frame) == [True]


@pytest.mark.parametrize("name", PATTERNS)
def test_sql_means_the_field_and_no_other(name: str) -> None:
    frame = pl.DataFrame({"s": [{"a": "1", "b": "2", "email": "3", name: "4"}]})
    assert worked_out(f'"s"."{name}"', frame) == ["4"]


@pytest.mark.parametrize("name", PATTERNS)
def test_sql_without_such_a_column_is_refused(name: str) -> None:
    told = refusal_of(f"\"{name}\" || 'x'", pl.Schema({"a": pl.String, "b": pl.String}))
    assert "the source has no column" in told


@pytest.mark.parametrize("name", PATTERNS)
def test_fields_inside_structs_keep_their_names_and_faults(name: str) -> None:
    cells = [{"a": 1, name: 2**60}, {"a": 2**60, name: 1}, {"a": 1, name: 2}]
    frame = pl.DataFrame({"x": cells})
    result = validated({"data": {"x": "x"}}, frame)
    assert result.rejects[ROW].to_list() == [1, 2]
    assert f'"{name}":2' in result.events["body"].item()


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("ending", ["csv", "parquet", "ndjson", "xlsx"])
def test_a_file_with_such_a_column_is_judged_like_any_other(
    name: str, ending: str, tmp_path: Path
) -> None:
    frame = pl.DataFrame({"a": ["x@y.co", "no"], name: ["12", "x"], "b": ["u", "v"]})
    file = tmp_path / f"rows.{ending}"
    writer: Any = {"csv": "write_csv", "parquet": "write_parquet", "xlsx": "write_excel"}
    getattr(frame, writer.get(ending, "write_ndjson"))(file)
    mapping = {
        "version": 1,
        "email": "a",
        "event": {"sql": f"'n' || \"{name}\""},
        "where": f"\"{name}\" <> 'z'",
        "id": [name],
        "marker": None,
        "data": {"n": {"column": name, "type": "number"}, "b": "b"},
    }
    report = plunk_import.validate_file(file, mapping, directory=tmp_path / "out", show=1)
    assert report.first_bodies == ('{"email":"x@y.co","event":"n12","data":{"n":12,"b":"u"}}',)
    with (tmp_path / "out" / "rejects.csv").open(newline="") as rejects:
        (row,) = csv.DictReader(rejects)
    assert (row["a"], row[name], row["b"], row["_row"]) == ("no", "x", "v", "2")
    assert row["_code"] == "invalid_email; invalid_number"


def test_files_of_different_types_are_joined_by_such_a_column(tmp_path: Path) -> None:
    for number, cell in enumerate((1, 2.5)):
        rows = pl.DataFrame({"e": ["x@y.co"], "*": [cell]})
        rows.write_parquet(tmp_path / f"{number}.parquet")
    mapping = {"version": 1, "email": "e", "event": {"const": "x"}, "data": {"n": "*"}}
    report = plunk_import.validate_file(
        tmp_path / "*.parquet", {**mapping, "marker": None}, directory=tmp_path / "out", show=2
    )
    assert [body[37:] for body in report.first_bodies] == ['{"n":1}}', '{"n":2.5}}']
