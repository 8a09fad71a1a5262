"""Columns of types that JSON or polars lacks: right or refused where mapped, else no matter."""

import datetime
import json
import uuid
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plunk_import import MappingError, validate_file
from plunk_import.propose import propose
from tests import read

FILES = Path(read.__file__).parent / "files"
DAY = datetime.timedelta(days=1)
NEVER = 2**63 - 1

ODD: dict[str, pl.Series] = {
    "durations": pl.Series([DAY, None]),
    "bytes": pl.Series([b"\xff", None]),
    "bytes in lists": pl.Series([[b"\xff"], None]),
    "bytes in structs": pl.Series([{"a": b"\xff"}, None]),
    "durations in lists": pl.Series([[DAY], None]),
    "infinite times": pl.Series([NEVER, None]).cast(pl.Datetime("us")),
    "infinite times of a zone": pl.Series([NEVER, None]).cast(pl.Datetime("us", "UTC")),
    "infinite dates": pl.Series([2**31 - 1, None], dtype=pl.Int32).cast(pl.Date),
    "infinite times in lists": pl.Series([[NEVER], None]).cast(pl.List(pl.Datetime("us"))),
    "maps": pl.Series([{"k": b"\xff"}, None], dtype=pl.Map(pl.String, pl.Binary)),
}


def validated(file: Path, folder: Path, **data: object) -> tuple[Any, dict[str, Any]]:
    """Validate with each of `data` mapped, and return the report and the rejects by column."""
    mapping = {"version": 1, "email": "email", "event": {"const": "x"}, "data": data}
    report = validate_file(file, mapping, directory=folder / "out", show=1)
    rejects = pl.read_csv(folder / "out" / "rejects.csv", infer_schema=False)
    return report, rejects.to_dict(as_series=False)


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
@pytest.mark.parametrize("cells", ODD.values(), ids=ODD.keys())
def test_a_column_that_is_not_mapped_stops_no_file(
    tmp_path: Path, cells: pl.Series, kind: str
) -> None:
    frame = pl.DataFrame({"email": ["nobody", "ada@example.com"], "odd": cells})
    if kind == "parquet":
        frame.write_parquet(tmp_path / "rows.parquet")
    else:
        frame.write_ipc(tmp_path / "rows.arrow")
    report, rejects = validated(tmp_path / f"rows.{kind}", tmp_path)
    assert (report.books.read, report.books.rejected) == (2, 1)
    assert rejects["_code"] == ["invalid_email"]
    assert rejects["odd"][0] is not None


BEYOND = {
    "infinite_time": "ts",
    "infinite_date": "ts",
    "int96": "expires",
}


@pytest.mark.parametrize(("name", "column"), BEYOND.items(), ids=BEYOND.keys())
def test_a_time_that_no_calendar_has_is_rejected_and_never_clamped(
    tmp_path: Path, name: str, column: str
) -> None:
    _, rejects = validated(FILES / f"{name}.parquet", tmp_path, when=column)
    assert rejects["_code"][0] == "datetime_out_of_range"
    assert rejects["_field"][0] == "data.when"


def test_a_time_with_an_offset_is_sent_as_the_instant_it_is(tmp_path: Path) -> None:
    report, _ = validated(FILES / "offset.parquet", tmp_path, when="t")
    assert json.loads(report.first_bodies[0])["data"]["when"] == "2026-01-02T03:04:05.000Z"


def test_a_map_of_numbers_is_sent_with_its_keys_as_text(tmp_path: Path) -> None:
    report, _ = validated(FILES / "map_of_numbers.parquet", tmp_path, m="m")
    assert json.loads(report.first_bodies[0])["data"]["m"] == {"1": "x"}


def test_an_interval_stops_no_file(tmp_path: Path) -> None:
    report, _ = validated(FILES / "interval.parquet", tmp_path, k="k")
    assert report.books.rejected == 0


NAMING_AN_INTERVAL: dict[str, dict[str, Any]] = {
    "a column": {"data": {"iv": "iv"}},
    "a type": {"data": {"iv": {"column": "iv", "type": "string"}}},
    "SQL": {"data": {"iv": {"sql": "CAST(iv AS VARCHAR)"}}},
    "a filter": {"where": "iv IS NULL"},
    "the id": {"id": ["iv"]},
}


@pytest.mark.parametrize("part", NAMING_AN_INTERVAL.values(), ids=NAMING_AN_INTERVAL.keys())
def test_an_interval_that_is_mapped_is_refused_with_the_remedy(
    tmp_path: Path, part: dict[str, Any]
) -> None:
    mapping = {"version": 1, "email": "email", "event": {"const": "x"}, **part}
    with pytest.raises(
        MappingError, match=r"intervals cannot be read\. Export it as text .*seconds"
    ):
        validate_file(FILES / "interval.parquet", mapping, directory=tmp_path / "out")


@pytest.mark.parametrize("name", ["bytes in lists", "bytes in structs"])
def test_bytes_within_values_cannot_be_mapped(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"email": ["ada@example.com", "bob@example.com"], "odd": ODD[name]})
    frame.write_parquet(tmp_path / "rows.parquet")
    with pytest.raises(MappingError, match=r"data\.odd: .*Binary.* cannot be sent"):
        validated(tmp_path / "rows.parquet", tmp_path, odd="odd")


UUID = uuid.UUID("0b9a2f1e-5e0c-4d52-9f54-1d2f3b4a5c6d")
BYTES = pa.table(
    {
        "email": ["ada@example.com", "bob@example.com", "cy@example.com"],
        "uuid": pa.array([UUID.bytes, None, UUID.bytes], pa.uuid()),
        "hash": pa.array([b"\xff\x00", b"", None]),
        "text": pa.array(["é".encode(), b"b", None]),
    }
)


@pytest.fixture(params=["parquet", "arrow"])
def bytes_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"bytes.{request.param}"
    if request.param == "parquet":
        pq.write_table(BYTES, path)
    else:
        with pa.ipc.new_file(path, BYTES.schema) as writer:
            writer.write_table(BYTES)
    return path


def test_bytes_are_sent_as_a_uuid_or_hexadecimal_digits_where_declared(
    bytes_file: Path, tmp_path: Path
) -> None:
    mapping = {
        "version": 1,
        "email": "email",
        "event": {"const": "x"},
        "marker": None,
        "data": {
            "uuid": {"column": "uuid", "type": "string"},
            "hash": {"column": "hash", "type": "string"},
            "text": {"sql": "CAST(text AS VARCHAR)"},
        },
    }
    report = validate_file(bytes_file, mapping, directory=tmp_path / "out", show=3)
    assert [json.loads(body).get("data") for body in report.first_bodies] == [
        {"uuid": str(UUID), "hash": "ff00", "text": "é"},
        {"text": "b"},
        {"uuid": str(UUID)},
    ]


@pytest.mark.parametrize("kind", [None, "json", "number", "boolean", "date"])
def test_bytes_are_refused_otherwise_with_the_remedy(
    bytes_file: Path, tmp_path: Path, kind: str | None
) -> None:
    with pytest.raises(
        MappingError, match=r'data\.hash: column "hash" of .*Binary cannot .*string'
    ):
        validated(bytes_file, tmp_path, hash={"column": "hash", **({"type": kind} if kind else {})})


@pytest.mark.parametrize("name", BEYOND)
def test_a_mapping_is_proposed_for_times_that_no_calendar_has(name: str) -> None:
    text = propose([FILES / f"{name}.parquet"], event="x").text
    assert f"{BEYOND[name]}" in text


@pytest.mark.parametrize("name", ["infinite_time", "infinite_date"])
def test_a_time_that_no_calendar_has_may_be_part_of_an_id(tmp_path: Path, name: str) -> None:
    column = BEYOND[name]
    mapping = {"version": 1, "email": "email", "event": {"const": "x"}, "id": [column]}
    report = validate_file(FILES / f"{name}.parquet", mapping, directory=tmp_path / "out")
    assert report.books.rejected == 0


def test_sql_that_cannot_write_a_time_is_told_to_be_the_cause(tmp_path: Path) -> None:
    cast = {"sql": "CAST(ts AS VARCHAR)"}
    with pytest.raises(MappingError, match=r"data\.when\.sql: an expression cannot be worked out"):
        validated(FILES / "infinite_date.parquet", tmp_path, when=cast)
