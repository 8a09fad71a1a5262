"""Small files that are alike are read together; what comes out is what each of them gives alone."""

import cProfile
import datetime
import gzip
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from plunk_import import SourceChangedError, SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import ORDINAL, ROW, Source, open_source

HEADER = "email,event,note\n"
RECORDS = (
    "a@x.co,hi,1\n",
    'b@x.co,hi,"two\nlines, and ""more"""\r\n',
    "c@x.co,,\n",
    '"a\n\nb",c,\n',
    "too,few\n",
    "a,b,c,d\n",
    'a,b"c,d\n',
    "\udcff,b,c\n",
    "\n",
    "\r\n",
)
ENDS = ("", "d@x.co,hi,end", 'e@x.co,hi,"en\nd"', "f@x.co,hi,g\r", "h,i", "\r\n\r\n")
BODIES = st.builds(
    lambda records, end: "".join([*records, end]),
    st.lists(st.sampled_from(RECORDS), max_size=6),
    st.sampled_from(ENDS),
)
Row = tuple[str, int | None, dict[str, Any]]


def rows_of(source: Source, *, after_ordinal: int = 0) -> list[Row]:
    """Return of every row its file, its line, and its number and cells, or what makes it bad."""
    found: dict[int, Row] = {}
    for batch in source.batches(after_ordinal=after_ordinal):
        for rows in (batch.frame, batch.bad):
            files = batch.locations.file_of(rows[ORDINAL])
            lines = batch.locations.line_of(rows[ORDINAL])
            for file, line, row in zip(files, lines, rows.iter_rows(named=True), strict=True):
                ordinal = row.pop(ORDINAL)
                known = {name: cell for name, cell in row.items() if cell is not None}
                found[ordinal] = (file, line, known)
    return [found[ordinal] for ordinal in sorted(found) if ordinal > after_ordinal]


def opened(paths: Sequence[Path], *, block_bytes: int = 1 << 20, **declared: object) -> Source:
    options = SourceOptions.model_validate(declared)
    return open_source(paths, options, block_bytes=block_bytes, allow_empty=True)


def written(folder: Path, texts: Sequence[str], name: str = "{}.csv") -> list[Path]:
    paths = [folder / name.format(number) for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return paths


@settings(max_examples=150)
@given(
    bodies=st.lists(BODIES, min_size=2, max_size=6),
    block_bytes=st.sampled_from([1, 60, 1 << 20]),
    after=st.integers(0, 12),
)
def test_files_read_together_give_what_each_gives_alone(
    bodies: list[str], block_bytes: int, after: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder), [HEADER + body for body in bodies])
        alone = [row for path in paths for row in rows_of(opened([path]))]
        source = opened(paths, block_bytes=block_bytes)
        assert rows_of(source) == alone
        assert rows_of(source, after_ordinal=after) == alone[after:]


LINES = (
    '{"a":1}\n',
    '{"a":"x","b":null}\n',
    '{"b":{"c":[1,1.0]}}\n',
    '{"a":9007199254740993}\n',
    '{"a":1.5}\r\n',
    '{"a":123456789012345678901}\n',
    '{"b":"\\ud800"}\n',
    "{}\n",
    "[1]\n",
    "oops\n",
    "\udcff\n",
    "\n",
)
LAST_LINES = ('{"a":2}', '{"c":true}\n', '{"a":"\\u00e9"}\r', "")


@settings(max_examples=200)
@given(
    texts=st.lists(
        st.builds(
            lambda lines, end: "".join(['{"a":null}\n', *lines, end]),
            st.lists(st.sampled_from(LINES), max_size=5),
            st.sampled_from(LAST_LINES),
        ),
        min_size=2,
        max_size=5,
    ),
    block_bytes=st.sampled_from([1, 60, 1 << 20]),
)
def test_objects_in_several_files_are_read_as_those_in_one(
    texts: list[str], block_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one = "".join(text if text.endswith("\n") else text + "\n" for text in texts)
        (path,) = written(Path(folder), [one], "one {}.ndjson")
        paths = written(Path(folder), texts, "{}.ndjson")
        whole, parts = opened([path]), opened(paths, block_bytes=block_bytes)
        assert parts.schema == whole.schema
        assert cells_of(parts) == cells_of(whole)
        named = [(file, cells.pop(ROW)) for file, _, cells in rows_of(parts)]
        rows = [len([line for line in text.split("\n") if line.strip()]) for text in texts]
        assert named == [
            (str(path), row)
            for path, count in zip(paths, rows, strict=True)
            for row in range(1, count + 1)
        ]


def cells_of(source: Source) -> list[dict[str, Any]]:
    return [
        {name: cell for name, cell in cells.items() if name != ROW}
        for _, _, cells in rows_of(source)
    ]


def test_a_key_that_a_file_of_objects_lacks_is_empty_in_its_rows(tmp_path: Path) -> None:
    paths = written(tmp_path, ['{"a":1}\n', '{"b":"x"}\n', '\ufeff{"a":2}\n'], "{}.ndjson")
    assert [cells.get("a") for cells in cells_of(opened(paths))] == [1, None, 2]


KINDS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "a title above the header": (["t;x\n\na,b\n1,2\n", "t;x\n\na,b\n3,4"], {"header_line": 3}),
    "a told delimiter": (["sep=;\na;b\n1;2\n", "sep=;\na;b\n3;4\n"], {}),
    "no header": (["1,2\n", "3,4\n", "sep=,\n5,6\n", "\ufeff7,8\n"], {"columns": ["a", "b"]}),
    "a header with other names": (
        ["x,y\n1,2\n", "x,y\n3,4\n"],
        {"columns": ["a", "b"], "header_line": 1},
    ),
    "another delimiter": (["a,b\n1,2\n", "a;b\n3;4\n", "a,b\n5,6\n"], {}),
    "another order": (["a,b\n1,2\n", "b,a\n3,4\n", "a,b\n5,6\n", "b,a\n7,8\n"], {}),
    "another line end": (["a,b\n1,2\n", "a,b\r\n3,4\r\n", "a,b\r5,6\r"], {}),
    "a mark of the byte order": (["a,b\n1,2\n", "\ufeffa,b\n3,4\n"], {}),
    "one column": (["a\n1\n2\n", "a\n3\n", 'a\n"4\n5"\n'], {}),
    "delimiters in cells": (["a,b\n1;2,3;4\n", "a,b\n5;6,7;8\n"], {}),
    "no quotes": (['a,b\n1",2\n', 'a,b\n"3,4\n'], {"quote": "none"}),
    "a quote that closes too late": (
        ["a,b\n1,2\n", 'a,b\n1,"' + "3,4\n" * 30 + '"\n', "a,b\n5,6\n"],
        {"delimiter": ","},
    ),
}


@pytest.mark.parametrize(("texts", "declared"), KINDS.values(), ids=KINDS)
def test_each_file_is_read_as_it_is_written(
    texts: list[str], declared: dict[str, Any], tmp_path: Path
) -> None:
    paths = written(tmp_path, texts)
    alone = [row for path in paths for row in rows_of(opened([path], **declared))]
    assert len(alone) >= len(texts)
    assert sorted_cells(rows_of(opened(paths, **declared))) == sorted_cells(alone)


def sorted_cells(rows: list[Row]) -> list[Row]:
    return [(file, line, dict(sorted(cells.items()))) for file, line, cells in rows]


PACKINGS: dict[str, tuple[str, Callable[[str], bytes], dict[str, Any]]] = {
    "gz": ("{}.csv.gz", lambda text: gzip.compress(text.encode()), {}),
    "UTF-16": ("{}.csv", lambda text: text.encode("utf-16"), {"encoding": "utf-16"}),
    "cp1252": ("{}.csv", lambda text: text.encode("cp1252"), {"encoding": "cp1252"}),
}


@pytest.mark.parametrize(("name", "encode", "declared"), PACKINGS.values(), ids=PACKINGS)
def test_packed_and_encoded_files_are_read_together(
    name: str, encode: Callable[[str], bytes], declared: dict[str, Any], tmp_path: Path
) -> None:
    paths = [tmp_path / name.format(number) for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(encode(f"a,b\né{number},“2”\n"))
    source = opened(paths, **declared)
    assert [batch.size for batch in source.batches()] == [3]
    assert [cells["a"] for _, _, cells in rows_of(source)] == ["é0", "é1", "é2"]


def test_what_directories_stand_for_differs_from_file_to_file(tmp_path: Path) -> None:
    for folder in ("dt=1/n=x", "dt=2/n=y", "dt=2/n=__HIVE_DEFAULT_PARTITION__"):
        written(tmp_path / folder, ["a,b\n1,2\n", "a,b\nx\n"])
    source = opened([tmp_path])
    assert [batch.size for batch in source.batches()] == [6]
    found = [(cells.get("a"), cells["dt"], cells.get("n")) for _, _, cells in rows_of(source)]
    assert found == [
        *(("1", "1", "x"), ("x", "1", "x")),
        *(("1", "2", None), ("x", "2", None)),
        *(("1", "2", "y"), ("x", "2", "y")),
    ]


def test_a_fault_of_one_file_among_many_is_told_with_its_name(tmp_path: Path) -> None:
    paths = written(tmp_path, ["a,b\n1,2\n", 'a,b\n1,"2\n', "a,b\n3,4\n"])
    with pytest.raises(SourceError, match=r"1\.csv:2: row 1: the quote that begins"):
        rows_of(opened(paths))
    with pytest.raises(SourceError, match=r"1\.csv: it lacks column 'b'"):
        opened(written(tmp_path, ["a,b\n1,2\n", "a,c\n1,2\n"]))


def test_a_file_of_many_that_changes_is_noticed(tmp_path: Path) -> None:
    paths = written(tmp_path, ["a,b\n1,2\n"] * 3)
    source = opened(paths)
    paths[1].write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(SourceChangedError, match=r"1\.csv"):
        rows_of(source)


WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "csv": lambda frame, path: frame.write_csv(path),
    "csv.gz": lambda frame, path: path.write_bytes(gzip.compress(frame.write_csv().encode())),
    "parquet": lambda frame, path: frame.write_parquet(path),
    "ndjson": lambda frame, path: frame.write_ndjson(path),
    "arrow": lambda frame, path: frame.write_ipc(path),
}


def test_arrow_files_of_words_and_odd_columns_are_what_each_of_them_is(tmp_path: Path) -> None:
    rows = {"at": datetime.date(2026, 1, 2), "tags": ["a", None], "raw": b"\0\xff", "n": 1.5}
    for number in range(6):
        words = pl.Series("word", [f"w{number}", None, "same"], dtype=pl.Categorical())
        frame = pl.DataFrame([words]).with_columns(**{name: pl.lit(rows[name]) for name in rows})
        frame = frame.head(0) if number == 4 else frame
        frame.write_ipc(
            tmp_path / f"{number}.arrow", compression="zstd" if number % 2 else "uncompressed"
        )
    paths = sorted(tmp_path.iterdir())
    alone = [row[2] for path in paths if path.stem != "4" for row in rows_of(opened([path]))]
    together = rows_of(opened(paths))
    assert [row[2] for row in together] == alone
    assert [Path(row[0]).stem for row in together] == [*"000111222333555"]


def test_a_damaged_arrow_file_among_others_is_named(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["1", "2"]})
    for number in range(3):
        frame.write_ipc(tmp_path / f"{number}.arrow", compression="zstd")
    damaged = bytearray((tmp_path / "1.arrow").read_bytes())
    damaged[damaged.index(b"\x28\xb5\x2f\xfd") - 1] ^= 0x7F  # the unpacked size of a buffer
    (tmp_path / "1.arrow").write_bytes(damaged)
    with pytest.raises(SourceError, match=r"1\.arrow"):
        rows_of(opened(sorted(tmp_path.iterdir())))


POLARS = ("PyLazyFrame", "PyDataFrame", "PySeries")


def calls(folder: Path) -> tuple[int, int]:
    """Count the functions that are called to read all files twice, and those of polars' frames."""
    profile = cProfile.Profile()
    with profile:
        source = opened([folder])
        for _ in range(2):
            assert sum(batch.size for batch in source.batches()) == 3 * len(source.files)
    entries = profile.getstats()
    of_frames = [one for one in entries if any(kind in str(one.code) for kind in POLARS)]
    return sum(one.callcount for one in entries), sum(one.callcount for one in of_frames)


@pytest.mark.parametrize("ending", WRITERS)
def test_one_small_file_more_costs_little_and_nothing_of_polars(
    ending: str, tmp_path: Path
) -> None:
    frame = pl.DataFrame({"a": ["1", "x,y", "3"], "b": ["4", "5", "6"]})
    counts: list[tuple[int, int]] = []
    for number, files in enumerate((50, 50, 150)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        for file in range(files):
            WRITERS[ending](frame, folder / f"{file}.{ending}")
        counts.append(calls(folder))
    _, (few, few_of_frames), (many, many_of_frames) = counts
    assert many_of_frames == few_of_frames > 10
    # What a file of columns says of itself is taken apart, column by column.
    assert (many - few) / 100 <= (1_600 if ending in ("parquet", "arrow") else 900)
