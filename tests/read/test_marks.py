"""Reading from a mark gives what reading from the start gives from there on."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from plunk_import.mapping import SourceOptions
from plunk_import.read import Source, open_source

CSV = "a,b\n" + "".join(f'{n},"x{n}\n{"y" * (n % 7)}"\n{n},plain\n' for n in range(40))
SPOILED = "a,b\n" + "".join(f"{n},{n}\n\n" if n % 5 else f'{n},"a"b\n{n}\n' for n in range(60))
NDJSON = "".join(f'{{"a": {n}, "b": "x"}}\n' if n % 9 else "{broken\n\n" for n in range(60))

TEXTS = [
    pytest.param({"one.csv": CSV.encode()}, id="line breaks within quotes"),
    pytest.param({"one.csv": CSV.replace("\n", "\r\n").encode()}, id="carriage returns"),
    pytest.param({"one.csv": b"\xef\xbb\xbf" + CSV.encode()}, id="a BOM"),
    pytest.param({"one.csv": CSV.rstrip().encode()}, id="no end of the last line"),
    pytest.param({"one.csv": SPOILED.encode()}, id="bad rows and blank lines"),
    pytest.param({"one.ndjson": NDJSON.encode()}, id="NDJSON"),
    pytest.param(
        {"1.csv": CSV.encode(), "2.csv": b"a,b\n", "3.csv": SPOILED.encode(), "4.csv": b"a,b\n7,8"},
        id="several files",
    ),
]


def opened(folder: Path, files: dict[str, bytes], **declared: object) -> Source:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    paths = [folder / name for name in files]
    return open_source(paths, SourceOptions.model_validate(declared), block_bytes=64)


def rows_of(source: Source, after_ordinal: int = 0) -> list[Any]:
    """List the rows behind an ordinal, good and bad, with their places."""
    rows: list[Any] = []
    for batch in source.batches(after_ordinal=after_ordinal):
        for frame in (batch.frame, batch.bad):
            places = (batch.locations.file_of, batch.locations.line_of)
            found = zip(frame.rows(), *(place(frame.to_series(0)) for place in places), strict=True)
            rows += [row for row in found if row[0][0] > after_ordinal]
    return sorted(rows, key=repr)


@pytest.mark.parametrize("files", TEXTS)
def test_reading_from_any_mark_gives_the_rows_behind_it(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    first = opened(tmp_path, files)
    everything = rows_of(first)
    marks = list(first.marks)
    assert len(marks) > 5
    for mark in marks:
        again = opened(tmp_path, files)
        again.marks.add([mark])
        expected = [row for row in everything if row[0][0] > mark.ordinal]
        assert rows_of(again, mark.ordinal) == expected
        assert rows_of(again, mark.ordinal + 1) == [
            row for row in expected if row[0][0] > mark.ordinal + 1
        ]


@pytest.mark.parametrize("files", TEXTS)
def test_marks_that_were_found_from_a_mark_are_those_of_the_whole(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    first, again = (opened(tmp_path / name, files) for name in ("first", "again"))
    rows_of(first)
    middle = list(first.marks)[3]
    again.marks.add([middle])
    rows_of(again, middle.ordinal)
    known = {mark.ordinal: mark for mark in first.marks}
    both = [mark for mark in again.marks if mark.ordinal in known]
    assert len(both) > 4
    assert all(known[mark.ordinal] == mark for mark in both)


def test_what_stands_before_a_mark_is_not_read(tmp_path: Path) -> None:
    files = {"one.csv": CSV.encode()}
    source = opened(tmp_path, files)
    everything = rows_of(source)
    path, mark = tmp_path / "one.csv", list(source.marks)[4]
    before = path.stat()
    with path.open("r+b") as stream:  # in its place, and nobody sees when
        stream.write(b'"' * mark.offset)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert rows_of(source, mark.ordinal) == [row for row in everything if row[0][0] > mark.ordinal]


@pytest.mark.parametrize(
    ("files", "declared"),
    [
        pytest.param({"one.csv.gz": gzip.compress(CSV.encode())}, {}, id="packed"),
        pytest.param({"one.csv": CSV.encode("utf-16")}, {"encoding": "utf-16"}, id="transcoded"),
        pytest.param({"one.json": b'[{"a": 1}, {"a": 2}]'}, {}, id="a copy of ours"),
    ],
)
def test_there_is_no_mark_where_reading_can_only_begin_at_the_start(
    files: dict[str, bytes], declared: dict[str, object], tmp_path: Path
) -> None:
    source = opened(tmp_path, files, **declared)
    assert rows_of(source)
    assert not list(source.marks)
