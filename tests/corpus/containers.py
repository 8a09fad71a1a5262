"""Other kinds of files, and packed ones: gives cases of each, whole, odd and damaged."""

import bz2
import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]
from backports import zstd

from tests.corpus.case import HEADER, PEOPLE, SEED, Case, csv, text

CSV = text().encode()
RECORDS = [dict(zip(HEADER, row, strict=True)) for row in PEOPLE]
FRAME = pl.DataFrame(PEOPLE, schema=HEADER, orient="row")
TYPED = FRAME.select(
    "email",
    pl.col("name").cast(pl.Categorical),
    pl.col("amount").cast(pl.Float32, strict=False),
    day=pl.lit(date(2026, 9, 1)),
)
# Long enough, and random enough, to be cut in the middle.
LONG = "email,name,amount\n" + "".join(
    f"p{row}@x.co,{row * SEED % 999_983},{row}\n" for row in range(20_000)
)


def cases() -> dict[str, Case]:
    """Return every case by its name."""
    return packed() | damaged() | columnar() | json_lines() | json_lists() | sheets()


def packed() -> dict[str, Case]:
    """Whole packed files."""
    half = len(CSV) // 2
    members = gzip.compress(CSV[:half]), gzip.compress(CSV[half:])
    frames = zstd.compress(CSV[:half]), zstd.compress(CSV[half:])
    clutter = zip_of({"export/": b"", "export/rows.csv": CSV, "__MACOSX/._rows.csv": b"\0"})
    utf16 = zip_of({"rows.txt": text(delimiter="\t", end="\r\n").encode("utf-16")})
    return {
        "gz": Case({"rows.csv.gz": gzip.compress(CSV)}),
        "zst": Case({"rows.csv.zst": zstd.compress(CSV)}),
        "bz2": Case({"rows.csv.bz2": bz2.compress(CSV)}),
        "zip": Case({"rows.zip": zip_of({"rows.csv": CSV})}),
        "gz under another name": csv(gzip.compress(CSV)),
        "gz of two members": Case({"rows.csv.gz": b"".join(members)}),
        "gz followed by zeros": Case({"rows.csv.gz": gzip.compress(CSV) + bytes(512)}),
        "zst of two frames": Case({"rows.csv.zst": b"".join(frames)}),
        "zip from a Mac": Case({"rows.zip": clutter}),
        "zip of UTF-16": Case({"rows.zip": utf16}, declared={"encoding": "utf-16"}),
        "gz of Parquet": Case({"rows.parquet.gz": gzip.compress(parquet(FRAME))}),
        "zst of NDJSON": Case({"rows.ndjson.zst": zstd.compress(ndjson())}),
        "bz2 of a JSON list": Case({"rows.json.bz2": bz2.compress(json.dumps(RECORDS).encode())}),
        "zip of xlsx": Case({"rows.zip": zip_of({"rows.xlsx": workbook(Rows=PEOPLE)})}),
    }


def damaged() -> dict[str, Case]:
    """Packed files that are not whole, or not one."""
    packed_gz = gzip.compress(LONG.encode(), mtime=0)
    flipped = bytearray(packed_gz)
    flipped[-6] ^= 1  # in the checksum
    return {
        "cut gz": Case({"rows.csv.gz": packed_gz[: len(packed_gz) // 2]}),
        "gz with a wrong checksum": Case({"rows.csv.gz": bytes(flipped)}),
        "cut zst": Case({"rows.csv.zst": half_of(zstd.compress(LONG.encode()))}),
        "cut bz2": Case({"rows.csv.bz2": half_of(bz2.compress(LONG.encode()))}),
        "cut zip": Case({"rows.zip": half_of(zip_of({"rows.csv": LONG.encode()}))}),
        "zip of two files": Case({"rows.zip": zip_of({"1.csv": CSV, "2.csv": CSV})}),
        "zip of nothing": Case({"rows.zip": zip_of({})}),
        "zip with a password": Case({"rows.zip": locked(zip_of({"rows.csv": CSV}))}),
        "gz of nothing": Case({"rows.csv.gz": gzip.compress(b"")}),
    }


def columnar() -> dict[str, Case]:
    """Parquet and Arrow IPC."""
    nothing = io.BytesIO()
    FRAME.write_ipc_stream(nothing)
    return {
        "Parquet": Case({"rows.parquet": parquet(FRAME)}),
        "Parquet with types": Case({"rows.parquet": parquet(TYPED)}),
        "Parquet under another name": Case({"rows.dat": parquet(FRAME)}),
        "cut Parquet": Case({"rows.parquet": half_of(parquet(FRAME))}),
        "Parquet without rows": Case({"rows.parquet": parquet(FRAME.clear())}),
        "Parquet lacking a column": Case({"rows.parquet": parquet(FRAME.drop("name"))}),
        "CSV called Parquet": Case({"rows.parquet": CSV}),
        "Arrow": Case({"rows.arrow": arrow(FRAME)}),
        "Arrow, compressed": Case({"rows.feather": arrow(FRAME, compression="zstd")}),
        "cut Arrow": Case({"rows.arrow": half_of(arrow(FRAME))}),
        "Arrow stream": Case({"rows.arrow": nothing.getvalue()}),
    }


def json_lines() -> dict[str, Case]:
    """One JSON object a line."""
    first, second, third = ndjson().splitlines(keepends=True)
    late = [{"email": f"p{n}@x.co", "amount": 1} for n in range(5_000)]
    broken = b'{"email": \n[1]\n"text"\nnull\n'
    surrogate = rb'{"email":"eve@x.co","name":"\ud800","amount":1}' + b"\n"
    return {
        "NDJSON": Case({"rows.ndjson": ndjson()}),
        "NDJSON with BOM and CRLF": Case(
            {"rows.jsonl": b"\xef\xbb\xbf\r\n" + ndjson().replace(b"\n", b"\r\n\r\n")}
        ),
        "NDJSON in UTF-16": Case(
            {"rows.ndjson": ndjson().decode().encode("utf-16")}, declared={"encoding": "utf-16"}
        ),
        "NDJSON with numbers": Case({"rows.ndjson": ndjson(amount=12.5)}),
        "NDJSON lacking keys": Case({"rows.ndjson": b'{"email":"ada@x.co"}\n' + second + third}),
        "NDJSON with bad lines": Case({"rows.ndjson": first + broken + second + third}),
        "NDJSON with half a surrogate": Case({"rows.ndjson": first + surrogate + second}),
        "NDJSON with invalid UTF-8": Case(
            {"rows.ndjson": first + second.decode().encode("latin-1") + third}
        ),
        "NDJSON that changes its mind": Case(
            {
                "rows.ndjson": lines_of(
                    [*late, {"email": "p@x.co", "amount": 2.5, "name": "P"}, {"amount": "x"}]
                )
            }
        ),
        "NDJSON with empty objects": Case(
            {"rows.ndjson": b'{"more":{},"list":[{}],"email":"x"}\n' + second + third}
        ),
        "NDJSON nested too deep": Case(
            {"rows.ndjson": first + b'{"a":' + b"[" * 900 + b"]" * 900 + b"}\n" + second}
        ),
        "NDJSON that is a list": Case({"rows.ndjson": json.dumps(RECORDS).encode()}),
        "NDJSON without objects": Case({"rows.ndjson": b"1\n2\n"}),
        "empty NDJSON": Case({"rows.ndjson": b"\n"}),
    }


def json_lists() -> dict[str, Case]:
    """One JSON list of objects."""
    pretty = json.dumps(RECORDS, indent=2, ensure_ascii=False).encode()
    return {
        "JSON list": Case({"rows.json": json.dumps(RECORDS).encode()}),
        "pretty JSON list": Case({"rows.json": b"\xef\xbb\xbf" + pretty}),
        "JSON list with a number in it": Case(
            {"rows.json": json.dumps([RECORDS[0], 5, *RECORDS[1:]]).encode()}
        ),
        "JSON that is one object a line": Case({"rows.json": ndjson()}),
        "cut JSON list": Case({"rows.json": pretty[:-20]}),
        "JSON list with more behind it": Case({"rows.json": pretty + b"\n[]"}),
        "empty JSON list": Case({"rows.json": b"[]"}),
    }


def sheets() -> dict[str, Case]:
    """Excel workbooks."""
    second = workbook(Notes=[("see", "the", "next")], Rows=PEOPLE)
    titled = workbook(Rows=[("Export",), (), *PEOPLE], header_line=3)
    typed = [
        ("ada@x.co", "Ada", 12.5, datetime.fromisoformat("2026-09-01"), True),
        ("zoe@x.co", "Zoë", 7, None, False),
        ("not an address", "Cy", None, None, None),
    ]
    return {
        "xlsx": Case({"rows.xlsx": workbook(Rows=PEOPLE)}),
        "xlsx with types": Case(
            {"rows.xlsx": workbook(Rows=typed, header=(*HEADER, "day", "member"))}
        ),
        "xlsx called CSV": csv(workbook(Rows=PEOPLE)),
        "sheet by name": Case({"rows.xlsx": second}, declared={"sheet": "Rows"}),
        "sheet that is missing": Case({"rows.xlsx": second}, declared={"sheet": "Row"}),
        "sheet with its header in line 3": Case({"rows.xlsx": titled}, declared={"header_line": 3}),
        "sheet without header": Case(
            {"rows.xlsx": workbook(Rows=PEOPLE, header=())}, declared={"columns": HEADER}
        ),
        "sheet with a header only": Case({"rows.xlsx": workbook(Rows=[])}),
        "empty sheet": Case({"rows.xlsx": workbook(Rows=[], header=())}),
        "cut xlsx": Case({"rows.xlsx": half_of(workbook(Rows=PEOPLE))}),
        "old Excel": Case({"rows.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)}),
    }


def half_of(content: bytes) -> bytes:
    """Cut a file in the middle, as a broken download does."""
    return content[: len(content) // 2]


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """Write an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def locked(archive: bytes) -> bytes:
    """Mark the only member of an archive as encrypted, in both of its headers."""
    marked = bytearray(archive)
    marked[6] |= 1
    marked[archive.index(b"PK\1\2") + 8] |= 1
    return bytes(marked)


def parquet(frame: pl.DataFrame) -> bytes:
    """Write Parquet."""
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


def arrow(frame: pl.DataFrame, compression: Any = "uncompressed") -> bytes:  # noqa: ANN401 - one of polars' words
    """Write Arrow IPC."""
    target = io.BytesIO()
    frame.write_ipc(target, compression=compression)
    return target.getvalue()


def ndjson(amount: object = "12.5") -> bytes:
    """Write the people, one a line; `amount` is the first one's."""
    return lines_of([{**RECORDS[0], "amount": amount}, *RECORDS[1:]])


def lines_of(records: Sequence[Mapping[str, object]]) -> bytes:
    """Write records, one a line."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()


def workbook(
    *, header: Sequence[str] = HEADER, header_line: int = 1, **sheets: Sequence[Sequence[Any]]
) -> bytes:
    """Write sheets; the header stands in its line of each, and in the place of no row."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        lines = list(rows)
        if header:
            lines.insert(header_line - 1, header)
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    book.close()
    return target.getvalue()
