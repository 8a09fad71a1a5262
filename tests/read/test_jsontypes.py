import json

import polars as pl
import pytest

from plunk_import.read.json.types import infer_schema


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


TYPES = {
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


@pytest.mark.parametrize("together", [True, False], ids=["one block", "block by block"])
@pytest.mark.parametrize(("values", "kind"), TYPES.values(), ids=TYPES.keys())
def test_type_holds_all_values_of_a_key(
    values: list[object], kind: pl.DataType, together: bool
) -> None:
    records = [lines({"a": value}) for value in values]
    blocks = [b"".join(records)] if together else records
    assert infer_schema(blocks) == pl.Schema({"a": kind})


def test_columns_stand_in_the_order_of_the_first_object_and_then_by_name() -> None:
    first = {"z": 1, "y": {"d": 1, "c": [{"b": 1, "a": 1}]}}
    second = {"x": 1, "w": 1, "y": {"c": [{"a": 1, "q": 1}], "e": 1}}
    whole = infer_schema([lines(first, second)])
    assert list(whole) == ["z", "y", "w", "x"]
    assert str(whole["y"]) == str(
        pl.Struct(
            {
                "d": pl.Int64(),
                "c": pl.List(pl.Struct({"b": pl.Int64(), "a": pl.Int64(), "q": pl.Int64()})),
                "e": pl.Int64(),
            }
        )
    )
    assert str(infer_schema([b"broken", lines(first), lines(second)])) == str(whole)
