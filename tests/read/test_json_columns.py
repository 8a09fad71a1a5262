import json
from pathlib import Path

import polars as pl
import pytest

from plunk_import.mapping import SourceOptions
from plunk_import.read import ORDINAL, ROW, Source, open_source
from tests.read.reading import batch_cells

SIZES = pytest.mark.parametrize("block_bytes", [1, 1 << 20], ids=["block by block", "one block"])


def opened(folder: Path, *lines: str, block_bytes: int = 1 << 20) -> Source:
    file = folder / "rows.ndjson"
    file.write_text("".join(f"{line}\n" for line in lines))
    return open_source([file], SourceOptions(), block_bytes=block_bytes)


TYPES: dict[str, tuple[list[str], pl.DataType]] = {
    "whole numbers": (["1", "-20"], pl.Int64()),
    "numbers with and without fractions": (["1", "2.5", "-1e3"], pl.Float64()),
    "truth values": (["true", "null", "false"], pl.Boolean()),
    "texts": (['"1"', '"true"'], pl.String()),
    "nothing": (["null", "null"], pl.String()),
}


@SIZES
@pytest.mark.parametrize(("values", "kind"), TYPES.values(), ids=TYPES.keys())
def test_column_of_one_simple_kind_has_its_type(
    tmp_path: Path, values: list[str], kind: pl.DataType, block_bytes: int
) -> None:
    lines = [f'{{"a":{value}}}' for value in values]
    source = opened(tmp_path, *lines, block_bytes=block_bytes)
    assert source.schema == {"a": kind}
    assert source.json == {}


KEPT = {
    "numbers and texts": ["1", '"1"', '"x"'],
    "numbers and truth values": ["1", "true"],
    "backslashes": [r'"C:\\new"', "1"],
    "lists": ["[1]", '[null,1,"1",{}]', "[1E22]", "[ 1.50 ]"],
    "objects of different keys": ['{"a":1}', '{"b":2}', '{"c":{"d":[]}}', "{}"],
    "objects with a key twice": ['{"a":1,"a":2}'],
    "escapes": [r'["\u00e9\/\ud83d\ude00\n"]'],
    "whole numbers beyond 2^53 beside fractions": ["9007199254740993", "1.5"],
    "whole numbers beyond 64 bits": ["1", "9223372036854775808", "123456789012345678901234567890"],
    "numbers beyond doubles": ["1.5", "1e400", "-1e400"],
    "long fractions": ["1", "[0.1234567890123456789012345678901234567890]"],
}


@SIZES
@pytest.mark.parametrize("values", KEPT.values(), ids=KEPT.keys())
def test_any_other_value_is_kept_as_its_json_is_written(
    tmp_path: Path, values: list[str], block_bytes: int
) -> None:
    lines = [f'{{"a":{value}}}' for value in values]
    source = opened(tmp_path, *lines, '{"b":1}', block_bytes=block_bytes)
    frames = [batch.frame for batch in source.batches()]
    assert pl.concat(frames)[source.json["a"]].to_list() == [*values, None]


def test_a_mixed_column_can_be_looked_at_as_text(tmp_path: Path) -> None:
    source = opened(tmp_path, *(f'{{"a":{v}}}' for v in ("1.50", "true", r'"a\"\\é"', "[1, 2]")))
    (batch,) = source.batches()
    assert batch_cells(batch)["a"].to_list() == ["1.50", "true", 'a"\\é', "[1, 2]"]


@pytest.mark.parametrize("nothing", ["null", '""'])
def test_what_says_nothing_is_absent_in_every_column(tmp_path: Path, nothing: str) -> None:
    source = opened(tmp_path, f'{{"a":{nothing}}}', '{"a":[1]}')
    (batch,) = source.batches()
    assert batch.frame[source.json["a"]].to_list() == [None, "[1]"]


def test_null_values_are_absent_in_mixed_columns_too(tmp_path: Path) -> None:
    (tmp_path / "rows.ndjson").write_text('{"a":"NULL"}\n{"a":1}\n')
    options = SourceOptions(null_values=("NULL",))
    source = open_source([tmp_path / "rows.ndjson"], options)
    (batch,) = source.batches()
    assert batch.frame[source.json["a"]].to_list() == [None, "1"]


@SIZES
def test_columns_stand_in_the_order_of_their_first_appearance(
    tmp_path: Path, block_bytes: int
) -> None:
    lines = ('"not an object"', '{"z":1,"y":{"d":1}}', '{"x":1,"w":1,"y":2}', '{"a":1,"z":null}')
    source = opened(tmp_path, *lines, block_bytes=block_bytes)
    assert source.columns == ("z", "y", "x", "w", "a")


def test_the_last_of_two_equal_keys_counts(tmp_path: Path) -> None:
    source = opened(tmp_path, '{"a":1,"b":"x","a":2}')
    (batch,) = source.batches()
    assert batch_cells(batch).drop(ORDINAL, ROW).rows() == [(2, "x")]


def test_files_of_which_only_one_is_mixed_are_kept_alike(tmp_path: Path) -> None:
    (tmp_path / "1.ndjson").write_text('{"a":"x\\\\y"}\n')
    (tmp_path / "2.ndjson").write_text('{"a":1}\n{"a":"z"}\n')
    source = open_source([tmp_path / "*.ndjson"], SourceOptions())
    kept = [value for batch in source.batches() for value in batch.frame[source.json["a"]]]
    assert [json.loads(value) for value in kept] == ["x\\y", 1, "z"]


ODD_NAMES = {
    "a quote": 'say "x"',
    "a backslash": "C:\\new",
    "a tab": "a\tb",
    "a line end": "a\nb",
    "other letters": "é😀",
}


@SIZES
@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES.keys())
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_key_may_hold_any_character(
    tmp_path: Path, name: str, ascii_only: bool, block_bytes: int
) -> None:
    records = [{"n": 1, name: "x"}, {name: None, "n": 2}, {"n": 3}, {"n": 4, name: "y", "m": [1]}]
    lines = [json.dumps(record, ensure_ascii=ascii_only) for record in records]
    source = opened(tmp_path, *lines, "no JSON", block_bytes=block_bytes)
    rows = pl.concat([batch_cells(batch) for batch in source.batches()])
    assert source.schema == {"n": pl.Int64(), name: pl.String(), "m": pl.String()}
    assert rows.select("n", name, "m").rows() == [
        (1, "x", None),
        (2, None, None),
        (3, None, None),
        (4, "y", "[1]"),
    ]
