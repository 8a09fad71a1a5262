import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

import plunk_import
from plunk_import.mapping import SourceOptions, mapping_from
from plunk_import.plan import make_plan
from plunk_import.read import ORDINAL, ROW, open_source
from plunk_import.runtime import SilentProgress
from plunk_import.validate import Job, compile_mapping

ROWS = 600
MAPPING: dict[str, Any] = {
    "version": 1,
    "email": "email",
    "event": {"sql": "'order.' || status"},
    "where": "status <> 'draft'",
    "subscribed": "vip",
    "id": ["order_id"],
    "data": {
        "note": "note",
        "order_id": {"column": "order_id", "persistent": False},
        "price": {"column": "price", "type": "number"},
        "pieces": {"column": "pieces", "type": "integer", "empty": "delete"},
        "vip": {"column": "vip", "type": "boolean"},
        "day": {"column": "day", "type": "date"},
        "at": {"column": "at", "type": "datetime", "timezone": "Europe/Brussels"},
    },
}
NOTES = ("007", 'say "hi"', "a,b;c\td", "two\nlines", "=1+1", "😀 é", " ", None, "true", "1e3")
MAILS = ("ada@x.co", " Zoë@x.co", "Bob@X.CO ", "no address", None, "eve@x.co")
STATES = ("paid", "draft", "sent", "paid")
START = datetime(2024, 3, 30, 22, 15, tzinfo=UTC)

Writer = Callable[[pl.DataFrame, Path], None]


def typed_rows() -> pl.DataFrame:
    """Rows of which some are bad in every kind of file, and none in only some of them."""
    numbers = range(ROWS)
    return pl.DataFrame(
        {
            "email": [MAILS[n % len(MAILS)] for n in numbers],
            "status": [STATES[n % len(STATES)] for n in numbers],
            "note": [NOTES[n % len(NOTES)] for n in numbers],
            "order_id": [f"{n % 580:05}" for n in numbers],
            "price": [None if n % 7 == 0 else n / 8 for n in numbers],
            "pieces": [None if n % 11 == 0 else n * 1_000_003 for n in numbers],
            "vip": [(True, False, None)[n % 3] for n in numbers],
            "day": [date(2024, 2, 20) + timedelta(days=n) for n in numbers],
            # Two of them fall into the hour that Brussels skips in March 2024.
            "at": [(START + timedelta(minutes=31 * n)).replace(tzinfo=None) for n in numbers],
        },
        schema_overrides={"at": pl.Datetime("ms")},
    )


def text_rows() -> pl.DataFrame:
    """The same as text, with cells that are not what they should be."""
    text = typed_rows().cast(pl.String)
    number = pl.int_range(pl.len())
    return text.with_columns(
        pl.when(number % 50 == 3).then(pl.lit("1,5x")).otherwise("price").alias("price"),
        pl.when(number % 60 == 4).then(pl.lit("9" * 16)).otherwise("pieces").alias("pieces"),
        pl.when(number % 70 == 5).then(pl.lit("2024-02-30")).otherwise("day").alias("day"),
        pl.when(number % 80 == 6).then(pl.lit("maybe")).otherwise("vip").alias("vip"),
    )


def write_json(frame: pl.DataFrame, path: Path) -> None:
    frame.write_json(path)


def write_gz(frame: pl.DataFrame, path: Path) -> None:
    path.write_bytes(gzip.compress(frame.write_csv().encode()))


def write_utf16(frame: pl.DataFrame, path: Path) -> None:
    path.write_bytes(frame.write_csv(separator="\t", line_terminator="\r\n").encode("utf-16"))


def write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        dates = (book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),)
        sheet = book.add_worksheet("Rows")
        sheet.write_row(0, 0, frame.columns)
        for row, cells in enumerate(frame.iter_rows(), 1):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell, *(dates if isinstance(cell, date) else ()))


WRITERS: Mapping[str, Writer] = {
    "rows.csv": pl.DataFrame.write_csv,
    "rows.csv.gz": write_gz,
    "rows.txt": write_utf16,
    "rows.parquet": pl.DataFrame.write_parquet,
    "rows.arrow": pl.DataFrame.write_ipc,
    "rows.ndjson": pl.DataFrame.write_ndjson,
    "rows.json": write_json,
    "rows.xlsx": write_xlsx,
}


def answer(folder: Path, name: str, frame: pl.DataFrame) -> tuple[list[str], pl.DataFrame]:
    """Return the bodies and the rejects of the rows, written as a file of that name."""
    WRITERS[name](frame, folder / name)
    encoding = "utf-16" if name == "rows.txt" else "utf-8"
    mapping = {**MAPPING, "marker": None, "source": {"encoding": encoding}}
    report = plunk_import.validate_file(
        folder / name, mapping, directory=folder / "out", show=len(frame)
    )
    rejects = pl.read_csv(folder / "out" / "rejects.csv", infer_schema=False)
    return list(report.first_bodies), rejects.select("_row", "_code", "_field")


@pytest.mark.parametrize("rows", [text_rows, typed_rows])
@pytest.mark.parametrize("name", [name for name in WRITERS if name != "rows.csv"])
def test_the_same_rows_give_the_same_answer_as_csv(
    tmp_path: Path, name: str, rows: Callable[[], pl.DataFrame]
) -> None:
    (tmp_path / "csv").mkdir()
    wanted_bodies, wanted_rejects = answer(tmp_path / "csv", "rows.csv", rows())
    assert 200 < len(wanted_bodies) < ROWS - 200
    assert wanted_rejects.height > 100
    bodies, rejects = answer(tmp_path, name, rows())
    assert bodies == wanted_bodies
    assert rejects.rows() == wanted_rejects.rows()


def test_without_declared_types_a_file_with_types_sends_them_and_csv_sends_text(
    tmp_path: Path,
) -> None:
    frame = pl.DataFrame({"email": ["ada@x.co"], "n": [7], "on": [True], "x": [2.50]})
    data = {name: name for name in ("n", "on", "x")}
    mapping = {"version": 1, "email": "email", "event": {"const": "e"}, "data": data}
    sent = {}
    for name in ("rows.csv", "rows.parquet", "rows.ndjson", "rows.xlsx"):
        WRITERS[name](frame, tmp_path / name)
        report = plunk_import.validate_file(
            tmp_path / name, {**mapping, "marker": None}, directory=tmp_path / f"{name} out", show=1
        )
        sent[name] = json.loads(report.first_bodies[0])["data"]
    assert sent["rows.csv"] == {"n": "7", "on": "true", "x": "2.5"}
    for name in ("rows.parquet", "rows.ndjson", "rows.xlsx"):
        assert sent[name] == {"n": 7, "on": True, "x": 2.5}


def many_rows(folder: Path) -> None:
    """Write 12,060 rows in two files: more than the plan keeps, with bad ones of every kind."""
    rows = text_rows()
    head = (",".join(rows.columns) + "\n").encode()
    bad = b'too,few\na,"b"c,d,e,f,g,h,i,j\n' + b"\xff,b,c,d,e,f,g,h,i\n"
    content = (rows.write_csv(include_header=False).encode() + bad) * 10
    for name in ("1.csv", "2.csv"):
        (folder / name).write_bytes(head + content)


def test_the_size_of_blocks_changes_nothing(tmp_path: Path) -> None:
    many_rows(tmp_path)
    answers = []
    for block_bytes in (20_000, 150_001, 1 << 22):
        loaded = mapping_from(MAPPING)
        source = open_source([tmp_path / "*.csv"], SourceOptions(), block_bytes=block_bytes)
        job = Job(loaded, source, compile_mapping(loaded, source.schema))
        found = make_plan(job, progress=SilentProgress(), show=20)
        batches = list(found.job.batches())
        events = pl.concat([one.events for one in batches])
        rejects = pl.concat([one.rejects for one in batches])
        answers.append((found.plan, events.rows(), rejects.rows()))
    small, middle, large = answers
    assert small == middle == large
    assert small[0].rows == 20 * (ROWS + 3)
    assert {"duplicate_id", "too_few_cells", "stray_quote", "invalid_encoding"} <= set(
        small[0].rejects
    )


PART_ROWS = (7, 100, ROWS)
PARTS: Mapping[str, Callable[[], pl.DataFrame]] = {
    "rows.csv": text_rows,
    "rows.csv.gz": text_rows,
    "rows.parquet": typed_rows,
    "rows.ndjson": typed_rows,
}


@pytest.mark.parametrize("block_bytes", [3_000, 1 << 22])
@pytest.mark.parametrize(("name", "rows"), PARTS.items(), ids=PARTS)
def test_the_number_of_files_changes_nothing(
    name: str, rows: Callable[[], pl.DataFrame], block_bytes: int, tmp_path: Path
) -> None:
    answers = []
    for part_rows in PART_ROWS:
        folder = tmp_path / f"{part_rows}"
        folder.mkdir()
        for part in rows().iter_slices(part_rows):
            WRITERS[name](part, folder / f"{len(list(folder.iterdir()))}-{name}")
        answers.append(whole_answer(folder, block_bytes=block_bytes))
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0][1]) > 200
    assert len(answers[0][2]) > 100


def whole_answer(folder: Path, *, block_bytes: int) -> tuple[str, list[Any], list[Any]]:
    """Return the plan, without the places of its examples, the bodies, and the rejects."""
    loaded = mapping_from({**MAPPING, "marker": None})
    source = open_source([folder], SourceOptions(), block_bytes=block_bytes)
    job = Job(loaded, source, compile_mapping(loaded, source.schema, json=source.json))
    found = make_plan(job, progress=SilentProgress(), show=20)
    batches = list(found.job.batches())
    events = pl.concat([one.events.select(ORDINAL, "body") for one in batches])
    rejects = pl.concat([one.rejects.drop(ROW) for one in batches])
    plan = re.sub(r'"(file|row|line)":("[^"]*"|[0-9]+|null),?', "", found.plan.model_dump_json())
    return plan, events.rows(), rejects.rows()


def test_the_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    many_rows(tmp_path)
    pl.concat([text_rows()] * 10).write_parquet(tmp_path / "3.parquet")
    (tmp_path / "m.json").write_text(json.dumps(MAPPING))
    answers = [validated(tmp_path, threads=threads) for threads in (1, 2, 4)]
    assert answers[0] == answers[1] == answers[2]


def validated(folder: Path, *, threads: int) -> tuple[dict[str, Any], bytes]:
    """Validate in a process of its own, as polars counts its threads once."""
    program = [sys.executable, "-c", "from plunk_import.cli import main; main()"]
    done = subprocess.run(
        [*program, "validate", "*.csv", "3.parquet", "-m", "m.json", "-o", f"out {threads}"],
        cwd=folder,
        env={**os.environ, "POLARS_MAX_THREADS": str(threads)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == plunk_import.ExitCode.INCOMPLETE, done.stderr
    out = folder / f"out {threads}"
    return stable(json.loads((out / "report.json").read_text())), (out / "rejects.csv").read_bytes()


def stable(report: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a report what tells when and where it was made."""
    passing = {"started", "finished", "directory", "estimate"}  # which ends at a time of day
    return {name: value for name, value in report.items() if name not in passing}


def test_the_order_of_files_on_disk_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    names = ["b.csv", "a.csv", "10.csv", "9.csv", "B.csv", "é.csv"]
    for folder, order in (("one", names), ("other", names[::-1]), ("third", sorted(names))):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        for name in order:
            part = text_rows().slice(names.index(name) * 50, 50)
            part.write_csv(name)
        report = plunk_import.validate_file("*.csv", MAPPING, directory="out", show=ROWS)
        rejects = Path("out", "rejects.csv").read_bytes()
        answers.append((report.files, report.fingerprint, report.first_bodies, rejects))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == ("9.csv", "10.csv", "B.csv", "a.csv", "b.csv", "é.csv")
