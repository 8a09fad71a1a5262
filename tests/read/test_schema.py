from pathlib import Path

import polars as pl
import pytest

from plunk_import import SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import open_source


def joined(folder: Path, *schemas: dict[str, pl.DataType]) -> pl.Schema:
    """Write a file of each schema, and give that of the source they make together."""
    for number, schema in enumerate(schemas):
        row = pl.DataFrame({name: [None] for name in schema}, schema=schema)
        row.write_ipc(folder / f"{number}.arrow")
    return open_source([folder / "*.arrow"], SourceOptions()).schema


COMMON: dict[str, tuple[pl.DataType, pl.DataType, pl.DataType]] = {
    "the same": (pl.Date(), pl.Date(), pl.Date()),
    "one without values": (pl.Null(), pl.Date(), pl.Date()),
    "integers": (pl.Int32(), pl.UInt8(), pl.Int64()),
    "unsigned 64 bits": (pl.Int64(), pl.UInt64(), pl.Int128()),
    "numbers": (pl.Int64(), pl.Float32(), pl.Float64()),
    "lists": (pl.List(pl.Int8()), pl.List(pl.Float64()), pl.List(pl.Float64())),
    "structs": (
        pl.Struct({"a": pl.Int8()}),
        pl.Struct({"b": pl.Date()}),
        pl.Struct({"a": pl.Int8(), "b": pl.Date()}),
    ),
}


@pytest.mark.parametrize(("one", "other", "common"), COMMON.values(), ids=COMMON.keys())
def test_types_of_several_files_are_joined(
    tmp_path: Path, one: pl.DataType, other: pl.DataType, common: pl.DataType
) -> None:
    assert joined(tmp_path, {"c": one}, {"c": other}) == {"c": common}


APART: dict[str, tuple[pl.DataType, pl.DataType]] = {
    "decimals and floats": (pl.Decimal(10, 2), pl.Float64()),
    "number and text": (pl.Int64(), pl.String()),
    "boolean and number": (pl.Boolean(), pl.Int64()),
    "lists of different kinds": (pl.List(pl.Int8()), pl.List(pl.String())),
    "structs that differ": (pl.Struct({"a": pl.Int8()}), pl.Struct({"a": pl.Date()})),
}


@pytest.mark.parametrize("turned", [False, True], ids=["one way", "the other way"])
@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_types_without_anything_in_common_are_refused(
    tmp_path: Path, one: pl.DataType, other: pl.DataType, turned: bool
) -> None:
    if turned:
        one, other = other, one
    with pytest.raises(SourceError, match=r"1\.arrow: column 'c' is"):
        joined(tmp_path, {"c": one}, {"c": other})


def test_columns_follow_the_first_file(tmp_path: Path) -> None:
    shared = joined(
        tmp_path, {"a": pl.Int32(), "b": pl.String()}, {"b": pl.String(), "a": pl.Float64()}
    )
    assert list(shared.items()) == [("a", pl.Float64()), ("b", pl.String())]


def test_all_differences_are_named_at_once(tmp_path: Path) -> None:
    first = {"a": pl.Int32(), "b": pl.String(), "c": pl.String()}
    second = {"a": pl.Date(), "d": pl.String()}
    with pytest.raises(SourceError) as caught:
        joined(tmp_path, first, second)
    assert str(caught.value).replace(f"{tmp_path}/", "").splitlines() == [
        "1.arrow: it lacks columns 'b', 'c', which 0.arrow has.",
        "1.arrow: it has column 'd', which 0.arrow lacks.",
        "1.arrow: column 'a' is Date, but Int32 in the files before it.",
        "Import such files on their own, or give them the same columns.",
    ]


def values(folder: Path, *columns: pl.Series) -> list[object]:
    """Write a file of each column, and give the cells of the source they make together."""
    for number, column in enumerate(columns):
        column.alias("c").to_frame().write_ipc(folder / f"{number}.arrow")
    source = open_source([folder / "*.arrow"], SourceOptions())
    return [cell for batch in source.batches() for cell in batch.frame["c"].to_list()]


JOINED: dict[str, tuple[pl.Series, pl.Series]] = {
    "whole numbers and fractions": (pl.Series([1, 2**53, -(2**53), None]), pl.Series([1.5])),
    "floats of 32 and 64 bits": (pl.Series([0.1, None], dtype=pl.Float32), pl.Series([0.2])),
    "lists of both": (pl.Series([[1, None], None]), pl.Series([[1.5]])),
    "a power of two beyond 2^53": (pl.Series([2**60]), pl.Series([0.5])),
}


@pytest.mark.parametrize(("one", "other"), JOINED.values(), ids=JOINED.keys())
def test_values_of_joined_files_are_those_of_each(
    tmp_path: Path, one: pl.Series, other: pl.Series
) -> None:
    shown = [0.1, None] if one.dtype == pl.Float32 else one.to_list()
    assert values(tmp_path, one, other) == [*shown, *other.to_list()]


ROUNDED: dict[str, tuple[pl.Series, str]] = {
    "beyond 2^53": (pl.Series([1, 2**53 + 1]), "row 2: column 'c' holds 9007199254740993,"),
    "the last of 64 bits": (pl.Series([2**63 - 1]), "row 1: column 'c' holds 9223372036854775807,"),
    "unsigned": (pl.Series([2**64 - 1], dtype=pl.UInt64), "holds 18446744073709551615,"),
}


@pytest.mark.parametrize(("one", "said"), ROUNDED.values(), ids=ROUNDED.keys())
def test_a_whole_number_is_not_rounded_among_the_fractions_of_another_file(
    tmp_path: Path, one: pl.Series, said: str
) -> None:
    with pytest.raises(SourceError, match=r"0\.arrow: row .* would be rounded") as caught:
        values(tmp_path, one, pl.Series([1.5]))
    assert said in str(caught.value)


def test_a_list_is_not_rounded_either(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="would be rounded"):
        values(tmp_path, pl.Series([[2**53 + 1]]), pl.Series([[1.5]]))
