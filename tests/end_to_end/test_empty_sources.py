"""Sources without rows: refused unless they are allowed, and no matter among others."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]

import plunk_import
from plunk_import import SandboxSettings, SourceError

MAPPING = {"version": 1, "email": "email", "event": "event", "id": ["n"], "data": {"n": "n"}}
COLUMNS = pl.DataFrame(schema={"email": pl.String, "event": pl.String, "n": pl.Int64})


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def workbook(*cells: str) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_row(0, 0, cells)
    return file.getvalue()


EMPTY: dict[str, tuple[str, bytes]] = {
    "a header alone": ("a.csv", b"email,event,n\n"),
    "a header and blank lines": ("a.csv", b"email,event,n\r\n\r\n\r\n"),
    "no byte": ("a.csv", b""),
    "a byte order mark": ("a.csv", b"\xef\xbb\xbf"),
    "packed, no byte": ("a.csv.gz", gzip.compress(b"")),
    "packed, a header": ("a.csv.gz", gzip.compress(b"email,event,n\n")),
    "NDJSON": ("a.ndjson", b"\n"),
    "a JSON list": ("a.json", b"[]"),
    "Parquet": ("a.parquet", written(COLUMNS.write_parquet)),
    "Arrow": ("a.arrow", written(COLUMNS.write_ipc)),
    "a sheet with a header": ("a.xlsx", workbook("email", "event", "n")),
    "a sheet": ("a.xlsx", workbook()),
}
FULL = COLUMNS.vstack(pl.DataFrame([("a@x.co", "e", 1)], schema=COLUMNS.schema, orient="row"))
BESIDE: dict[str, Callable[[Path], object]] = {
    "csv": FULL.write_csv,
    "gz": lambda path: path.write_bytes(gzip.compress(FULL.write_csv().encode())),
    "ndjson": FULL.write_ndjson,
    "json": FULL.write_json,
    "parquet": FULL.write_parquet,
    "arrow": FULL.write_ipc,
    "xlsx": lambda path: path.write_bytes(written(FULL.write_excel)),
}
each_empty = pytest.mark.parametrize(("name", "content"), EMPTY.values(), ids=EMPTY.keys())


@each_empty
def test_a_source_without_rows_is_refused_with_the_way_round(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=r"(rows|empty).*--allow-empty.*allow_empty=True"):
        plunk_import.validate_file(tmp_path / name, MAPPING, directory=tmp_path / "out")


@each_empty
def test_a_source_without_rows_is_validated_where_it_is_allowed(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    report = plunk_import.validate_file(
        tmp_path / name, MAPPING, directory=tmp_path / "out", allow_empty=True
    )
    assert (report.exit_code, report.books.read, report.warnings) == (0, 0, {})
    assert report.verdict == "There is no row in the source."
    assert (tmp_path / "out" / "rejects.csv").read_text().endswith("_message,_stage,_raw,_origin\n")


@each_empty
def test_a_run_without_rows_is_delivered_and_has_its_files(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "out"
    for report in (
        plunk_import.import_file(
            tmp_path / name, MAPPING, directory=out, allow_empty=True, sandbox=SandboxSettings()
        ),
        plunk_import.resume(out),
        plunk_import.status(out),
        plunk_import.status(out, write=True),
    ):
        assert (report.exit_code, report.books.read) == (0, 0)
    assert (out / "results.csv").read_text().startswith("row,email,event,")
    assert (out / "in_doubt.csv").read_text().endswith("_row,_line,_reason,_request_id,_origin\n")
    if report.files[0].endswith((".parquet", ".arrow")):
        assert pl.read_parquet(out / "rejects.parquet").is_empty()


@each_empty
def test_an_empty_file_is_no_matter_among_others(name: str, content: bytes, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / name).write_bytes(content)
    ending = name.rpartition(".")[2]
    BESIDE[ending](parts / name.replace("a.", "b."))
    (parts / "_SUCCESS").touch()
    report = plunk_import.validate_file(parts, MAPPING, directory=tmp_path / "out", show=1)
    assert report.books.read == 1
    assert json.loads(report.first_bodies[0])["email"] == "a@x.co"


def test_an_allowed_file_with_a_header_still_has_to_suit_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mail,event,n\n")
    with pytest.raises(plunk_import.MappingError, match=r'no column "email".*"mail"'):
        plunk_import.validate_file(
            tmp_path / "a.csv", MAPPING, directory=tmp_path / "out", allow_empty=True
        )
