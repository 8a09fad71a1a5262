import polars as pl
import pytest

from plunk_import.errors import SourceError
from plunk_import.read.schema import common_type, shared_schema

COMMON = {
    "the same": (pl.Date(), pl.Date(), pl.Date()),
    "one without values": (pl.Null(), pl.Date(), pl.Date()),
    "integers": (pl.Int32(), pl.UInt8(), pl.Int64()),
    "unsigned 64 bits": (pl.Int64(), pl.UInt64(), pl.Int128()),
    "numbers": (pl.Int64(), pl.Float32(), pl.Float64()),
    "decimals and floats": (pl.Decimal(10, 2), pl.Float64(), None),
    "number and text": (pl.Int64(), pl.String(), None),
    "boolean and number": (pl.Boolean(), pl.Int64(), None),
    "lists": (pl.List(pl.Int8()), pl.List(pl.Float64()), pl.List(pl.Float64())),
    "lists of different kinds": (pl.List(pl.Int8()), pl.List(pl.String()), None),
    "structs": (
        pl.Struct({"a": pl.Int8()}),
        pl.Struct({"b": pl.Date()}),
        pl.Struct({"a": pl.Int8(), "b": pl.Date()}),
    ),
    "structs that differ": (pl.Struct({"a": pl.Int8()}), pl.Struct({"a": pl.Date()}), None),
}


@pytest.mark.parametrize(("one", "other", "common"), COMMON.values(), ids=COMMON.keys())
def test_common_type_holds_the_values_of_both(
    one: pl.DataType, other: pl.DataType, common: pl.DataType | None
) -> None:
    assert common_type(one, other) == common
    assert (common_type(other, one) is None) == (common is None)


def test_types_without_anything_in_common_become_the_other_one_at_their_depth() -> None:
    one, other = pl.List(pl.Int64()), pl.List(pl.Boolean())
    assert common_type(one, other, otherwise=pl.String()) == pl.List(pl.String())


def test_columns_follow_the_first_file() -> None:
    first = pl.Schema({"a": pl.Int32(), "b": pl.String()})
    second = pl.Schema({"b": pl.String(), "a": pl.Float64()})
    shared = shared_schema([("1.csv", first), ("2.csv", second)])
    assert list(shared.items()) == [("a", pl.Float64()), ("b", pl.String())]


def test_all_differences_are_named_at_once() -> None:
    first = pl.Schema({"a": pl.Int32(), "b": pl.String(), "c": pl.String()})
    second = pl.Schema({"a": pl.Date(), "d": pl.String()})
    with pytest.raises(SourceError) as caught:
        shared_schema([("1.csv", first), ("2.csv", second)])
    assert str(caught.value).splitlines() == [
        "2.csv: it lacks columns 'b', 'c', which 1.csv has.",
        "2.csv: it has column 'd', which 1.csv lacks.",
        "2.csv: column 'a' is Date, but Int32 in the files before it.",
        "Import such files on their own, or give them the same columns.",
    ]
