"""Whole files of every format, codec and encoding that can tell when a byte of it is wrong."""

import bz2
import datetime
import functools
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

import polars as pl
from backports import zstd

ROWS = 300
TABLE = pl.DataFrame(
    {
        "email": [f"user{row}@example.com" for row in range(ROWS)],
        "plan": ["free", "pro", None] * (ROWS // 3),
        "orders": range(ROWS),
        "paid": [row / 7 for row in range(ROWS)],
        "vip": [row % 5 == 0 for row in range(ROWS)],
        "day": [datetime.date(2026, 1, 1) + datetime.timedelta(row) for row in range(ROWS)],
        "tags": [["a"] * (row % 4) for row in range(ROWS)],
    }
)
_ARROW_CODECS: tuple[Literal["uncompressed", "lz4", "zstd"], ...] = ("uncompressed", "lz4", "zstd")
FLAT = TABLE.drop("tags")


def _parquet(**options: Any) -> bytes:  # noqa: ANN401  those of polars
    file = io.BytesIO()
    TABLE.write_parquet(file, **options)
    return file.getvalue()


def _arrow(compression: Literal["uncompressed", "lz4", "zstd"]) -> bytes:
    file = io.BytesIO()
    TABLE.write_ipc(file, compression=compression, record_batch_size=100)
    return file.getvalue()


def _csv() -> bytes:
    return FLAT.write_csv().encode()


def _ndjson() -> bytes:
    return TABLE.write_ndjson().encode()


def _json_list() -> bytes:
    return json.dumps([json.loads(line) for line in _ndjson().splitlines()]).encode()


def _xlsx() -> bytes:
    file = io.BytesIO()
    FLAT.write_excel(file)
    return file.getvalue()


def _zipped(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def _zst(content: bytes) -> bytes:
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


def _twice(pack: Callable[[bytes], bytes], content: bytes) -> bytes:
    half = len(content) // 2
    return pack(content[:half]) + pack(content[half:])


FILES: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        **{
            f"{codec}.parquet": functools.partial(_parquet, compression=codec)
            for codec in ("uncompressed", "snappy", "gzip", "lz4", "zstd", "brotli")
        },
        "groups.parquet": lambda: _parquet(row_group_size=50, data_page_size=200),
        "plain.parquet": lambda: _parquet(compression="uncompressed", statistics=False),
        **{f"{codec}.arrow": functools.partial(_arrow, codec) for codec in _ARROW_CODECS},
        "sheet.xlsx": _xlsx,
        "rows.csv.gz": lambda: gzip.compress(_csv()),
        "frames.csv.gz": lambda: _twice(gzip.compress, _csv()),
        "rows.csv.bz2": lambda: bz2.compress(_csv()),
        "frames.csv.bz2": lambda: _twice(bz2.compress, _csv()),
        "rows.csv.zst": lambda: _zst(_csv()),
        "frames.csv.zst": lambda: _twice(_zst, _csv()),
        "deflated.csv.zip": lambda: _zipped("rows.csv", _csv()),
        "stored.csv.zip": lambda: _zipped("rows.csv", _csv(), zipfile.ZIP_STORED),
        "rows.ndjson.gz": lambda: gzip.compress(_ndjson()),
        "rows.json.gz": lambda: gzip.compress(_json_list()),
    }
)
"""Builders of the files, each of `ROWS` rows, by the name to write them under.

Plain text is not among them: a changed byte of it may well be another row, and right.
"""
