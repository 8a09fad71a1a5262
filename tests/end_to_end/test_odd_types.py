"""Columns of types that JSON or polars lacks: right or refused where mapped, else no matter."""

import datetime
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plunk_import import MappingError, validate_file
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


def test_an_interval_stops_no_file_and_cannot_be_mapped(tmp_path: Path) -> None:
    report, _ = validated(FILES / "interval.parquet", tmp_path, k="k")
    assert report.books.rejected == 0
    with pytest.raises(MappingError, match=r'no column "iv"'):
        validated(FILES / "interval.parquet", tmp_path / "again", iv="iv")


@pytest.mark.parametrize("name", ["bytes", "bytes in lists", "bytes in structs"])
def test_bytes_cannot_be_mapped(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"email": ["ada@example.com", "bob@example.com"], "odd": ODD[name]})
    frame.write_parquet(tmp_path / "rows.parquet")
    with pytest.raises(MappingError, match=r"data\.odd: .*Binary.* cannot be sent"):
        validated(tmp_path / "rows.parquet", tmp_path, odd="odd")
