"""Rows that a program holds, as a source beside files."""

import datetime
import decimal
import errno
import json
import os
import sqlite3
import stat
import sys
import uuid
import zoneinfo
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import anyio
import polars as pl
import pyarrow as pa
import pytest

import plunk_import
from plunk_import import (
    ExitCode,
    OutputError,
    Report,
    RunDirectoryError,
    RunningLoopError,
    SandboxSettings,
    SendSettings,
    SourceError,
)
from plunk_import.read import Rows

MAPPING: dict[str, object] = {
    "version": 1,
    "email": "email",
    "event": {"const": "order.placed"},
    "id": "order",
    "data": {"order": "order", "total": "total"},
}
WITHOUT_ID = {name: part for name, part in MAPPING.items() if name != "id"}
ROWS: list[dict[str, Any]] = [
    {"email": "ada@example.com", "order": 101, "total": 12.5},
    {"email": "bob@example.com", "order": 102, "total": None},
]
NDJSON = "".join(f"{json.dumps(row)}\n" for row in ROWS)


async def waiting() -> AsyncIterator[dict[str, Any]]:
    for row in ROWS:
        await anyio.lowlevel.checkpoint()
        yield row


def of_a_database() -> Iterator[dict[str, Any]]:
    """Rows that can only be had in the thread that asks for them."""
    connection = sqlite3.connect(":memory:")
    cells = [tuple(row.values()) for row in ROWS]
    connection.execute("CREATE TABLE orders (email, 'order', total)")
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", cells)
    for found in connection.execute("SELECT * FROM orders"):
        yield dict(zip(ROWS[0], found, strict=True))
    connection.close()


SOURCES: dict[str, Callable[[], Any]] = {
    "a polars frame": lambda: pl.DataFrame(ROWS),
    "a lazy frame": lambda: pl.LazyFrame(ROWS),
    "what has Arrow's C stream": lambda: pa.Table.from_pylist(ROWS),
    "a reader of Arrow batches": lambda: pa.Table.from_pylist(ROWS).to_reader(),
    "a list of dicts": lambda: ROWS,
    "a generator of dicts": lambda: (row for row in ROWS),
    "a cursor of its own thread": of_a_database,
    "an async generator": waiting,
}


def sent(
    source: object,
    folder: Path,
    mapping: Mapping[str, object] = MAPPING,
    *,
    name: str = "rows",
    allow_empty: bool = False,
) -> Report:
    return plunk_import.import_file(
        cast("Rows", source),  # a wrong one too
        mapping,
        name=name,
        directory=folder,
        sandbox=SandboxSettings(),
        settings=SendSettings(rate="unlimited"),
        allow_empty=allow_empty,
    )


def keys_of(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "journal.sqlite") as journal:
        found = journal.execute("SELECT key FROM rows ORDER BY ordinal").fetchall()
    journal.close()
    return [key for (key,) in found]


@pytest.fixture
def of_file(tmp_path: Path) -> list[str]:
    """The keys of the same rows in a file."""
    (tmp_path / "orders.ndjson").write_text(NDJSON)
    sent(tmp_path / "orders.ndjson", tmp_path / "file")
    return keys_of(tmp_path / "file")


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_rows_in_memory_are_sent_under_the_keys_of_the_same_rows_in_a_file(
    source: Callable[[], Any], of_file: list[str], tmp_path: Path
) -> None:
    report = sent(source(), tmp_path / "run", name="orders of May")
    assert report.books.delivered == 2
    assert report.files == ("orders of May",)
    assert len(of_file) == 2
    assert keys_of(tmp_path / "run") == of_file


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_rows_in_memory_are_validated_and_no_copy_stays(
    source: Callable[[], Any], tmp_path: Path
) -> None:
    report = plunk_import.validate_file(source(), MAPPING, directory=tmp_path / "run")
    assert report.verdict == "All 2 rows are valid."
    assert not (tmp_path / "run" / "source").exists()


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_async_programs_validate_rows_inside_their_loop(
    source: Callable[[], Any], tmp_path: Path
) -> None:
    async def notebook() -> Report:
        return await plunk_import.avalidate_file(source(), MAPPING, directory=tmp_path / "run")

    assert anyio.run(notebook).books.pending == 2


def test_validating_an_async_iterable_inside_a_loop_names_the_async_form(tmp_path: Path) -> None:
    async def notebook() -> None:
        plunk_import.validate_file(waiting(), MAPPING, directory=tmp_path / "run")

    with pytest.raises(RunningLoopError, match=r"await plunk_import\.avalidate_file\("):
        anyio.run(notebook)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_run_of_rows_goes_on_from_their_copy_with_their_name(
    source: Callable[[], Any], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    plunk_import.import_file(
        source(),
        WITHOUT_ID,
        name="orders of May",
        directory=run,
        sandbox=SandboxSettings(),
        settings=SendSettings(rate="unlimited", limit=1),
    )
    (copy,) = (run / "source").iterdir()
    if sys.platform != "win32":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    report = plunk_import.resume(run)
    assert report.books.delivered == 2
    assert report.files == ("orders of May",)
    assert sent(source(), run, WITHOUT_ID).books.delivered == 2
    assert list((run / "source").iterdir()) == [copy]


def test_other_rows_are_refused_by_a_run_and_leave_no_copy(tmp_path: Path) -> None:
    sent(ROWS, tmp_path / "run")
    before = sorted((tmp_path / "run" / "source").iterdir())
    with pytest.raises(RunDirectoryError, match=r"the source .* is not what it was"):
        sent(ROWS[:1], tmp_path / "run")
    assert sorted((tmp_path / "run" / "source").iterdir()) == before


def test_without_an_id_the_same_rows_have_the_same_keys_however_they_are_cut(
    tmp_path: Path,
) -> None:
    frame = pl.DataFrame(ROWS * 50)
    pieces = pl.concat([frame[:7], frame[7:60], frame[60:]], rechunk=False)
    assert pieces.n_chunks() == 3
    sent(frame, tmp_path / "one", WITHOUT_ID)
    sent(pieces, tmp_path / "other", WITHOUT_ID)
    assert len(keys_of(tmp_path / "one")) == 100
    assert keys_of(tmp_path / "one") == keys_of(tmp_path / "other")


def data_of(body: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(body)["data"]
    del data["import_ref"]
    return data


def bodies(source: Rows | Path, data: object, folder: Path) -> list[dict[str, Any]]:
    mapping = {"version": 1, "email": "email", "event": {"const": "e"}, "data": data}
    report = plunk_import.validate_file(source, mapping, directory=folder, show=10)
    assert report.rejects == {}
    return [data_of(body) for body in report.first_bodies]


BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
VALUES: dict[str, tuple[Any, Any]] = {
    "an integer that no double holds exactly": (2**53 - 1, 2**53 - 1),
    "a decimal": (decimal.Decimal("12.50"), 12.5),
    "a text of digits": ("007", "007"),
    "a truth value": (True, True),
    "a list": ([1, 2], [1, 2]),
    "an object": ({"a": {"b": "é😀"}}, {"a": {"b": "é😀"}}),
    "a datetime with a zone": (
        datetime.datetime(2026, 7, 1, 12, tzinfo=BERLIN),
        "2026-07-01T12:00:00+02:00",
    ),
    "a date": (datetime.date(2026, 7, 1), "2026-07-01"),
    "a UUID": (uuid.UUID(int=1), str(uuid.UUID(int=1))),
}


@pytest.mark.parametrize(("value", "expected"), VALUES.values(), ids=VALUES)
def test_a_value_of_a_dict_is_sent_as_json_has_it(
    value: object, expected: object, tmp_path: Path
) -> None:
    rows = [{"email": "ada@example.com", "v": value}]
    (data,) = bodies(rows, {"v": "v"}, tmp_path / "run")
    assert data == {"v": expected}


def test_none_and_a_missing_key_are_both_nothing(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"email": "a@example.com", "v": None}]
    rows += [{"email": "b@example.com"}, {"email": "c@example.com", "v": 1}]
    found = plunk_import.validate_file(
        rows,
        {"version": 1, "email": "email", "event": {"const": "e"}, "data": {"v": "v"}},
        directory=tmp_path / "run",
        show=3,
    )
    assert [data_of(body) for body in found.first_bodies] == [{}, {}, {"v": 1}]


def test_a_frame_keeps_its_types(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "email": ["ada@example.com"],
            "big": [2**53 - 1],
            "money": [decimal.Decimal("12.50")],
            "when": [datetime.datetime(2026, 7, 1, 12, tzinfo=BERLIN)],
            "nested": [{"a": [1, 2], "b": None}],
            "kind": pl.Series(["x"], dtype=pl.Enum(["x", "y"])),
        }
    )
    names = frame.columns[1:]
    (of_frame,) = bodies(frame, {name: name for name in names}, tmp_path / "frame")
    frame.write_parquet(tmp_path / "rows.parquet")
    (of_file,) = bodies(
        tmp_path / "rows.parquet", {name: name for name in names}, tmp_path / "file"
    )
    assert of_frame == of_file
    assert of_frame["big"] == 2**53 - 1
    assert of_frame["money"] == 12.5


NOT_JSON: dict[str, tuple[Any, str]] = {
    "no dict": ("ada", r"orders: row 2 is of type str, not a dict"),
    "a set": ({"tags": {1}}, r'orders: row 2, key "tags": JSON has no set'),
    "bytes, deep down": ({"a": {"b": [b"x"]}}, r'row 2, key "a".b\[0\]: JSON has no bytes'),
    "a number that is none": ({"n": float("nan")}, r'row 2, key "n": JSON has no nan'),
    "more digits than a number has": (
        {"n": decimal.Decimal("12345678901234567.89")},
        r'row 2, key "n": no JSON number holds 12345678901234567\.89 exactly',
    ),
    "a key that is no text": ({1: "x"}, r"row 2, its keys: the key 1 is of type int"),
    "half a character": ({"t": "\ud83d"}, r"row 2 cannot be written as JSON: .*surrogates"),
}


@pytest.mark.parametrize(("row", "message"), NOT_JSON.values(), ids=NOT_JSON)
def test_a_row_that_is_not_like_json_is_an_error_that_names_row_and_key(
    row: object, message: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=message):
        sent([ROWS[0], row], tmp_path / "run", name="orders")
    assert not (tmp_path / "run").exists()


def failing() -> Iterator[dict[str, Any]]:
    yield ROWS[0]
    raise ConnectionError("the database is gone")


async def failing_later() -> AsyncIterator[dict[str, Any]]:
    for row in failing():
        yield row


@pytest.mark.parametrize("source", [failing, failing_later])
@pytest.mark.parametrize("was_there", [False, True], ids=["a new directory", "an empty one"])
def test_rows_that_fail_midway_send_nothing_and_leave_nothing(
    source: Callable[[], Any], was_there: bool, tmp_path: Path
) -> None:
    if was_there:
        (tmp_path / "run").mkdir()
    message = "orders: the rows cannot be had after row 1: ConnectionError: the database is gone"
    with pytest.raises(SourceError, match=message) as caught:
        sent(source(), tmp_path / "run", name="orders")
    assert isinstance(caught.value.__cause__, ConnectionError)
    left = [path for path in tmp_path.rglob("*") if path.name != ".lock"]
    assert left == ([tmp_path / "run"] if was_there else [])


def test_a_lazy_frame_that_fails_is_an_error_of_ours(tmp_path: Path) -> None:
    frame = pl.LazyFrame({"email": ["x"]}).with_columns(order=pl.col("email").cast(pl.Int64))
    with pytest.raises(SourceError, match="rows: the rows cannot be had: InvalidOperationError"):
        sent(frame, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


class NeedsALibrary:
    """A frame as pandas has it where pyarrow is missing."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise ImportError("`Import pyarrow` failed. Use pip or conda to install it.")


def test_a_frame_whose_library_lacks_pyarrow_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"install `plunk-import\[pyarrow\]`, or pass"):
        sent(NeedsALibrary(), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_lazy_frame_is_written_as_it_comes(tmp_path: Path) -> None:
    seen: list[int] = []

    def noted(part: pl.DataFrame) -> pl.DataFrame:
        seen.append(part.height)
        return part

    frame = pl.LazyFrame({"order": pl.int_range(500_000, eager=True)}).with_columns(
        email=pl.lit("ada@example.com"), total=pl.lit(1.5)
    )
    streamed = frame.map_batches(noted, streamable=True)
    report = plunk_import.validate_file(streamed, MAPPING, directory=tmp_path / "run", limit=10)
    assert report.books.read == 10
    assert max(seen) < 500_000


@pytest.mark.parametrize("source", [[], pl.DataFrame(schema={"email": pl.String}), iter(())])
def test_no_rows_are_refused_unless_they_are_allowed(source: object, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"rows: .*allow_empty=True"):
        sent(source, tmp_path / "run", {**WITHOUT_ID, "data": {}})
    report = sent(source, tmp_path / "run", {**WITHOUT_ID, "data": {}}, allow_empty=True)
    assert (report.books.read, report.exit_code) == (0, ExitCode.DELIVERED)


WRONG: dict[str, Any] = {"nothing": None, "a number": 7, "one dict": ROWS[0], "bytes": b"a.csv"}


@pytest.mark.parametrize("source", WRONG.values(), ids=WRONG)
def test_a_source_of_another_type_is_refused(source: object, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"A source of type .* cannot be read. Give the path"):
        sent(source, tmp_path / "run")


def test_what_the_mapping_says_of_files_does_not_concern_rows(tmp_path: Path) -> None:
    reading = {"format": "csv", "delimiter": ";", "encoding": "latin-1", "null_values": ["NULL"]}
    rows = [{"email": "ada@example.com", "v": "é"}, {"email": "bob@example.com", "v": "NULL"}]
    mapping = {
        "version": 1,
        "source": reading,
        "email": "email",
        "event": {"const": "e"},
        "data": {"v": "v"},
    }
    report = plunk_import.validate_file(rows, mapping, directory=tmp_path / "run", show=2)
    assert [data_of(body) for body in report.first_bodies] == [{"v": "é"}, {}]


def test_a_copy_that_cannot_be_written_is_an_output_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(descriptor))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"the input cannot be copied here: .*No space left"):
        sent(ROWS, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
