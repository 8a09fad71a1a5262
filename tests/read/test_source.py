import csv
import hashlib
import random
import threading
from pathlib import Path

import polars as pl
import pytest

from plunk_import import SourceChangedError, SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import CODE, MESSAGE, ORDINAL, RAW, ROW, open_source

CSV = SourceOptions()


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, newline="")
    return file


def test_rows_are_numbered_within_their_file_and_over_all_files(tmp_path: Path) -> None:
    first = write(tmp_path, "1.csv", "a,b\n1,2\n3\n5,6\n")
    second = write(tmp_path, "2.csv", "b,a\n8,7\n")
    source = open_source([first, second], CSV)
    (batch,) = source.batches()
    assert source.files == (str(first), str(second))
    assert source.columns == ("a", "b")
    assert not source.typed
    assert batch.size == 4
    ordinals = pl.Series([1, 2, 3, 4], dtype=pl.UInt64)
    assert batch.locations.file_of(ordinals).to_list() == [str(first)] * 3 + [str(second)]
    assert batch.locations.line_of(ordinals).to_list() == [2, 3, 4, 2]
    assert batch.frame.rows() == [(1, 1, "1", "2"), (3, 3, "5", "6"), (4, 1, "7", "8")]
    assert batch.bad.rows() == [(2, 2, "too_few_cells", "1 cell instead of 2", "3", "3")]


def test_batches_have_the_agreed_columns(tmp_path: Path) -> None:
    file = write(tmp_path, "1.csv", "a\n1\n")
    (batch,) = open_source([file], CSV).batches()
    assert batch.frame.schema == {ORDINAL: pl.UInt64, ROW: pl.UInt64, "a": pl.String}
    assert list(batch.bad.schema) == [ORDINAL, ROW, CODE, MESSAGE, RAW]
    assert batch.bad.schema[ORDINAL] == pl.UInt64


def test_source_can_be_read_again_and_from_anywhere(tmp_path: Path) -> None:
    files = [
        write(tmp_path, f"{name}.csv", "a\n" + "".join(f"{row}\n" for row in range(200)))
        for name in (1, 2, 3)
    ]
    source = open_source(files, CSV, block_bytes=64)
    whole = pl.concat(batch.frame for batch in source.batches())
    assert whole[ORDINAL].to_list() == list(range(1, 601))
    for after in (0, 1, 199, 200, 201, 450, 599, 600, 601):
        frames = [batch.frame for batch in source.batches(after_ordinal=after)]
        rows = pl.concat([whole.clear(), *frames])
        assert rows.filter(pl.col(ORDINAL) > after).equals(whole[after:])
        assert rows.height < 600 - after + 60


def test_typed_files_are_read_from_anywhere(tmp_path: Path) -> None:
    for name in ("1", "2"):
        pl.DataFrame({"a": range(1000)}).write_parquet(tmp_path / f"{name}.parquet")
    source = open_source([tmp_path / "*.parquet"], CSV)
    for after in (0, 999, 1000, 1001, 2000):
        ordinals = [
            ordinal
            for batch in source.batches(after_ordinal=after)
            for ordinal in batch.frame[ORDINAL]
            if ordinal > after
        ]
        assert ordinals == list(range(after + 1, 2001))


def test_types_of_several_files_are_joined(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"a": [2.5]}).write_parquet(tmp_path / "2.parquet")
    source = open_source([tmp_path / "*.parquet"], CSV)
    assert source.schema == {"a": pl.Float64}
    assert [cell for batch in source.batches() for cell in batch.frame["a"]] == [1.0, 2.5]


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    first = write(tmp_path, "1.csv", "a,b\n1,2\n")
    second = write(tmp_path, "2.csv", "a,c\n1,2\n")
    with pytest.raises(SourceError, match=r"2\.csv: it lacks column 'b'"):
        open_source([first, second], CSV)


def test_one_table_reads_the_same_in_every_format(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [1, 2], "s": ["x", "00y"], "f": [1.5, None]})
    frame.write_csv(tmp_path / "t.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ipc(tmp_path / "t.arrow")
    frame.write_ndjson(tmp_path / "t.ndjson")
    frame.write_json(tmp_path / "t.json")
    frame.write_excel(tmp_path / "t.xlsx")
    for name in ("t.parquet", "t.arrow", "t.ndjson", "t.json", "t.xlsx"):
        source = open_source([tmp_path / name], CSV)
        (rows,) = [batch.frame for batch in source.batches() if batch.size]
        assert source.typed
        assert rows.drop(ORDINAL, ROW).equals(frame)
    (batch,) = open_source([tmp_path / "t.csv"], CSV).batches()
    assert batch.frame.drop(ORDINAL, ROW).equals(frame.cast(pl.String))


def test_fingerprint_depends_on_contents_and_order_but_not_on_names(tmp_path: Path) -> None:
    first = write(tmp_path, "1.csv", "a\n1\n")
    second = write(tmp_path, "2.csv", "a\n2\n")
    copy = write(tmp_path, "3.csv", "a\n1\n")

    def fingerprint(*files: Path) -> str:
        return open_source(files, CSV).fingerprint()

    content = hashlib.sha256(b"a\n1\n").digest()
    assert fingerprint(first) == hashlib.sha256(b"1\n" + content).hexdigest()
    assert fingerprint(first) == fingerprint(copy)
    prints = {fingerprint(first), fingerprint(second), fingerprint(first, second)}
    assert len(prints | {fingerprint(second, first)}) == 4


@pytest.mark.parametrize("fingerprinted", [True, False])
def test_file_that_grows_while_it_is_read_is_noticed(tmp_path: Path, fingerprinted: bool) -> None:
    file = write(tmp_path, "1.csv", "a\n" + "1\n" * 1000)
    source = open_source([file], CSV, block_bytes=64)
    if fingerprinted:
        source.fingerprint()
    batches = source.batches()
    next(batches)
    with file.open("a") as more:
        more.write("2\n")
    with pytest.raises(SourceChangedError):
        list(batches)
    with pytest.raises(SourceChangedError):
        source.unchanged()
    with pytest.raises(SourceChangedError):
        next(source.batches())


@pytest.mark.parametrize(("after", "sizes"), [(0, [2]), (1, [2]), (2, [])])
def test_a_small_file_is_parsed_once_and_given_again(
    tmp_path: Path, after: int, sizes: list[int]
) -> None:
    source = open_source([write(tmp_path, "1.csv", "a\n1\n2\n")], CSV)
    assert source.kept is None
    (first,) = source.batches()
    again = list(source.batches(after_ordinal=after))
    assert [batch.size for batch in again] == sizes
    assert all(batch is first for batch in again)


def test_a_part_of_a_small_file_is_not_taken_for_all_of_it(tmp_path: Path) -> None:
    first = write(tmp_path, "1.csv", "a\n1\n2\n")
    source = open_source([first, write(tmp_path, "2.csv", "a\n3\n")], CSV)
    assert [batch.size for batch in source.batches(after_ordinal=2)] == [1]
    assert [batch.size for batch in source.batches()] == [3]
    assert [batch.size for batch in source.batches()] == [3]


def test_a_small_file_that_changes_after_it_was_read_is_noticed(tmp_path: Path) -> None:
    file = write(tmp_path, "1.csv", "a\n1\n")
    source = open_source([file], CSV)
    assert len(list(source.batches())) == 1
    file.write_text("a\n1\n2\n")
    with pytest.raises(SourceChangedError):
        list(source.batches())


def test_stopping_early_ends_the_reading_thread(tmp_path: Path) -> None:
    file = write(tmp_path, "1.csv", "a\n" + "1\n" * 150_000)
    batches = open_source([file], CSV, block_bytes=64).batches()
    next(batches)
    assert any(thread.name.startswith("plunk-import-read") for thread in threading.enumerate())
    batches.close()
    assert not any(thread.name.startswith("plunk-import-read") for thread in threading.enumerate())


def test_own_spool_goes_with_the_source_and_a_given_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    file = write(tmp_path, "1.json", '[{"a": 1}]')
    source = open_source([file], CSV)
    assert len(list(source.batches())) == 1
    assert len(list(temporary.iterdir())) == 1
    del source
    with pytest.raises(SourceError):
        open_source([tmp_path / "nope.csv"], CSV)
    assert list(temporary.iterdir()) == []
    open_source([file], CSV, spool=tmp_path / "spool")
    assert len(list((tmp_path / "spool").iterdir())) == 1


def test_large_files_with_line_breaks_in_cells_read_like_pythons_csv(tmp_path: Path) -> None:
    nasty = random.Random(7)  # noqa: S311
    cells = ["", "x", 'say "hi"', "two\nlines", "a,b", "\r\n", "é" * 50, '"', ",\n,\n"]
    table = [[nasty.choice(cells) for _ in range(5)] for _ in range(40_000)]
    with (tmp_path / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([list("abcde"), *table])
    source = open_source([tmp_path / "t.csv"], SourceOptions(delimiter=","))
    rows = pl.concat(batch.frame for batch in source.batches())
    expected = [row for row in table if any(row)] if [""] in table else table
    assert rows.drop(ORDINAL, ROW).fill_null("").rows() == list(map(tuple, expected))
    assert rows[ROW].to_list() == list(range(1, len(table) + 1))
