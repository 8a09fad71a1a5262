import json
from pathlib import Path

import polars as pl
import pytest

from plunk_import.mapping import SourceOptions
from plunk_import.read import open_source


def schema_of(folder: Path, *records: object, block_bytes: int = 1 << 20) -> pl.Schema:
    file = folder / "rows.ndjson"
    file.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    return open_source([file], SourceOptions(), block_bytes=block_bytes).schema


TYPES: dict[str, tuple[list[object], pl.DataType]] = {
    "integers": ([1, 2], pl.Int64()),
    "integers and fractions": ([1, 2.5], pl.Float64()),
    "large integers": ([1, 2**63], pl.Int128()),
    "numbers and texts": ([1, "x"], pl.String()),
    "numbers and booleans": ([1, True], pl.String()),
    "booleans": ([True, None], pl.Boolean()),
    "nothing": ([None, None], pl.String()),
    "lists": ([[1], [2.5]], pl.List(pl.Float64())),
    "mixed lists": ([[1, "x"], [[2]]], pl.List(pl.String())),
    "objects of different keys": (
        [{"x": 1}, {"y": "z"}],
        pl.Struct({"x": pl.Int64(), "y": pl.String()}),
    ),
    "objects and texts": ([{"x": 1}, "z"], pl.String()),
    "objects and lists": ([{"x": 1}, [1]], pl.String()),
}


@pytest.mark.parametrize("block_bytes", [1, 1 << 20], ids=["block by block", "one block"])
@pytest.mark.parametrize(("values", "kind"), TYPES.values(), ids=TYPES.keys())
def test_type_holds_all_values_of_a_key(
    tmp_path: Path, values: list[object], kind: pl.DataType, block_bytes: int
) -> None:
    schema = schema_of(tmp_path, *({"a": value} for value in values), block_bytes=block_bytes)
    assert schema == {"a": kind}


@pytest.mark.parametrize("block_bytes", [1, 1 << 20], ids=["block by block", "one block"])
def test_columns_stand_in_the_order_of_the_first_object_and_then_by_name(
    tmp_path: Path, block_bytes: int
) -> None:
    first = {"z": 1, "y": {"d": 1, "c": [{"b": 1, "a": 1}]}}
    second = {"x": 1, "w": 1, "y": {"c": [{"a": 1, "q": 1}], "e": 1}}
    schema = schema_of(tmp_path, "not an object", first, second, block_bytes=block_bytes)
    inner = pl.Struct({"b": pl.Int64(), "a": pl.Int64(), "q": pl.Int64()})
    assert list(schema) == ["z", "y", "w", "x"]
    assert str(schema["y"]) == str(
        pl.Struct({"d": pl.Int64(), "c": pl.List(inner), "e": pl.Int64()})
    )
