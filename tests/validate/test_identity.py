import datetime as dt
import decimal
import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import plunk_import
from plunk_import.read import ROW
from plunk_import.validate import open_job
from tests.mapped import FINGERPRINT, knowing_duplicates, validated

ADA = "ada@example.com"
NIGHT = dt.datetime.fromisoformat("2026-01-31T23:30:00.250000")


def keys(mapping: Mapping[str, Any], **columns: Any) -> list[str]:  # noqa: ANN401 - cells
    """Make the keys of rows of these columns."""
    result = validated(mapping, pl.DataFrame(columns))
    assert result.rejects.is_empty()
    return result.events["key"].to_list()


def codes(mapping: Mapping[str, Any], frame: pl.DataFrame) -> list[tuple[int, list[str]]]:
    return validated(mapping, frame).rejects.select(ROW, "_code").rows()


def key_of(cell: object, dtype: Any = None) -> str:  # noqa: ANN401 - any type of polars
    [key] = keys({"id": ["n"]}, n=pl.Series([cell], dtype=dtype))
    return key


class TestKeyWithAnId:
    def test_it_is_a_digest_of_the_event_and_of_the_names_and_values_of_the_id(self) -> None:
        [key] = keys({"event": {"const": "paid"}, "id": ["order", "line"]}, order=["é1"], line=[7])
        content = "4:paid4:line1:75:order3:é1"
        digest = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
        assert key == f"id2-{digest}"

    def test_rows_of_different_events_are_different_rows(self) -> None:
        placed = keys({"event": {"const": "order.placed"}, "id": ["n"]}, n=["1"])
        shipped = keys({"event": {"const": "order.shipped"}, "id": ["n"]}, n=["1"])
        assert placed != shipped

    def test_ids_of_different_columns_are_different_ids(self) -> None:
        assert keys({"id": ["order"]}, order=["1"]) != keys({"id": ["ticket"]}, ticket=["1"])

    def test_the_order_of_the_id_s_columns_does_not_matter(self) -> None:
        one = keys({"id": ["a", "b"]}, a=["1"], b=["2"])
        other = keys({"id": ["b", "a"]}, a=["1"], b=["2"])
        assert one == other

    def test_neither_body_nor_file_nor_place_matters(self) -> None:
        first = keys({"id": ["n"], "data": {"x": "x"}}, n=["1"], x=["a"])
        second = keys({"id": ["n"]}, n=["0", "1"], x=["b", "c"])
        assert first[0] == second[1]

    def test_cells_do_not_run_into_one_another(self) -> None:
        found = keys({"id": ["a", "b"]}, a=["1", "11", "1:1"], b=["11", "1", "1"])
        assert len(set(found)) == 3

    @pytest.mark.parametrize(
        ("cell", "dtype"),
        [
            ("101", pl.String),
            (" 101\u00a0", pl.String),
            (101, pl.Int8),
            (101, pl.UInt64),
            (101.0, pl.Float64),
            (101.0, pl.Float32),
            (decimal.Decimal(101), pl.Decimal(10, 0)),
            (decimal.Decimal("101.00"), pl.Decimal(10, 2)),
            ("101", pl.Categorical),
        ],
        ids=str,
    )
    def test_the_same_id_is_the_same_whatever_its_type(self, cell: object, dtype: Any) -> None:  # noqa: ANN401
        assert key_of(cell, dtype) == key_of("101")

    @pytest.mark.parametrize("cell", ["0101", "101.0", "1e2", "+101", "101 a"])
    def test_text_is_taken_as_it_is(self, cell: str) -> None:
        assert key_of(cell) != key_of("101")

    @pytest.mark.parametrize(
        ("cell", "dtype", "text"),
        [
            (12.5, pl.Float64, "12.5"),
            (-0.0, pl.Float64, "0"),
            (1e16, pl.Float64, "10000000000000000"),
            (decimal.Decimal("12.50"), pl.Decimal(10, 2), "12.5"),
            (decimal.Decimal(100), pl.Decimal(10, 0), "100"),
            (decimal.Decimal("0.00"), pl.Decimal(10, 2), "0"),
            (True, pl.Boolean, "true"),
            (dt.date(2026, 1, 31), pl.Date, "2026-01-31"),
            (NIGHT, pl.Datetime("us"), "2026-01-31 23:30:00.250"),
            (NIGHT, pl.Datetime("ms"), "2026-01-31 23:30:00.250"),
            (NIGHT.astimezone(dt.UTC), pl.Datetime("ns", "UTC"), "2026-01-31 23:30:00.250Z"),
            (b"\x00\xff", pl.Binary, "00ff"),
            (uuid.UUID(int=5).bytes, pl.Binary, "00000000-0000-0000-0000-000000000005"),
        ],
        ids=str,
    )
    def test_each_type_has_one_text(self, cell: object, dtype: Any, text: str) -> None:  # noqa: ANN401
        if isinstance(cell, dt.datetime) and cell.tzinfo is not None:
            cell = NIGHT.replace(tzinfo=dt.UTC)
        assert key_of(cell, dtype) == key_of(text)


class TestKeyWithoutAnId:
    def test_it_is_a_digest_of_the_file_the_row_the_event_and_the_body(self) -> None:
        result = validated({"event": {"const": "paid"}}, pl.DataFrame({"x": ["1"]}))
        body = '{"email":"ada@example.com","event":"paid"}'
        content = f"{FINGERPRINT}:1:4:paid{body}"
        digest = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
        assert result.events["key"].to_list() == [f"row2-{digest}"]

    def test_another_row_event_or_body_is_another_key(self) -> None:
        first, second = keys({}, x=["1", "1"])
        [shipped] = keys({"event": {"const": "shipped"}}, x=["1"])
        [fuller] = keys({"data": {"x": "x"}}, x=["1"])
        assert len({first, second, shipped, fuller}) == 4

    def test_the_marker_is_no_part_of_it(self) -> None:
        assert keys({"marker": "a"}, x=["1"]) == keys({"marker": None}, x=["1"])


@pytest.mark.parametrize(
    "data",
    [{}, {"x": "x"}, {"o": {"const": {"a": {}}}}, {"x": {"column": "x", "persistent": False}}],
    ids=str,
)
def test_the_marker_holds_the_key(data: dict[str, Any]) -> None:
    frame = pl.DataFrame({"x": ["1", None]})
    marked = validated({"marker": "ref", "data": data}, frame).events
    bare = validated({"data": data}, frame).events
    for body, key, without in zip(marked["body"], marked["key"], bare["body"], strict=True):
        wanted = json.loads(without)
        wanted.setdefault("data", {})["ref"] = {"value": key, "persistent": False}
        assert json.loads(body) == wanted


class TestEmptyId:
    FRAME = pl.DataFrame({"a": ["1", "", " ", None], "b": ["1", "2", "3", "4"]})

    def test_it_is_rejected(self) -> None:
        found = codes({"id": ["a", "b"]}, self.FRAME)
        assert found == [(row, ["missing_id"]) for row in (2, 3, 4)]

    def test_the_column_is_named(self) -> None:
        result = validated({"id": ["a", "b"]}, self.FRAME).reject_lines
        assert result["_message"][0] == 'id: "a" is empty, and the row\'s id needs it'

    def test_the_mapping_can_have_it_sent_under_the_key_of_its_place(self) -> None:
        mapping = {"id": {"columns": ["a"], "empty": "send"}}
        result = validated(mapping, self.FRAME)
        assert result.rejects.is_empty()
        places = validated({}, self.FRAME).events["key"].to_list()
        found = result.events["key"].to_list()
        assert found[1:] == places[1:]
        assert found[0] != places[0]
        assert result.notices["_code"].to_list() == [["empty_id"]] * 3


class TestWholeFloats:
    def test_text_like_a_whole_float_is_noticed_and_its_whole_key_told(self) -> None:
        frame = pl.DataFrame({"n": ["101.0", "101", "102.50", "a1.0"]})
        result = validated({"id": ["n"]}, frame)
        assert result.notices.select(ROW, "_code").rows() == [(1, ["float_id"])]
        first, *others = result.events["whole_key"]
        assert first == key_of(101)
        assert others == [None] * 3

    def test_the_other_columns_of_the_id_stay_as_they_are(self) -> None:
        frame = pl.DataFrame({"n": ["101.0"], "v": ["1.5"]})
        [whole] = validated({"id": ["n", "v"]}, frame).events["whole_key"]
        assert [whole] == keys({"id": ["n", "v"]}, n=[101], v=["1.5"])

    def test_only_rows_that_are_sent_are_noticed(self) -> None:
        frame = pl.DataFrame({"Email": ["nobody"], "n": ["101.0"]})
        assert validated({"id": ["n"]}, frame).notices.is_empty()


def written(folder: Path, *rows: str) -> Path:
    path = folder / "rows.csv"
    path.write_text("\n".join(["email,event,id", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("rows", "repeated"),
    [
        ((f"{ADA},placed,1", f"{ADA},shipped,1", f"{ADA},placed, 1 "), [3]),
        ((f"{ADA},placed,", f"{ADA},placed,", f"{ADA},placed,1"), []),
        ((f"{ADA},placed,1", "nobody,placed,1"), [2]),
    ],
    ids=["of one event", "without an id", "bad rows too"],
)
def test_rows_repeat_where_event_and_id_do(
    rows: tuple[str, ...], repeated: list[int], tmp_path: Path
) -> None:
    mapping = {
        "version": 1,
        "email": "email",
        "event": "event",
        "id": {"columns": ["id"], "empty": "send"},
    }
    job = knowing_duplicates(open_job(written(tmp_path, *rows), mapping))
    [batch] = job.batches()
    found = batch.rejects.filter(pl.col("_code").list.contains("duplicate_id"))
    assert found[ROW].to_list() == repeated


def test_the_report_warns_of_ids_that_are_empty_or_floats(tmp_path: Path) -> None:
    source = written(tmp_path, f"{ADA},a,101.0", f"{ADA},a,102.0", f"{ADA},a,")
    mapping = {
        "version": 1,
        "email": "email",
        "event": "event",
        "id": {"columns": "id", "empty": "send"},
    }
    report = plunk_import.validate_file(source, mapping, directory=tmp_path / "out")
    assert report.warnings["float_id"].count == 2
    assert report.warnings["float_id"].examples[0].row == 1
    assert '"101.0"' in report.warnings["float_id"].examples[0].message
    assert report.warnings["empty_id"].count == 1
