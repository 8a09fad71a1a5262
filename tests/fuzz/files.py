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
import pyarrow as pa
import pyarrow.parquet as pq
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


def _encoded(encodings: Mapping[str, str], **options: Any) -> bytes:  # noqa: ANN401  those of pyarrow
    """Write Parquet in encodings that polars does not write, by the names of columns."""
    file = io.BytesIO()
    whole = {"column_encoding": dict(encodings)} if encodings else {}
    table = FLAT.with_columns(pl.lit("x").alias("note")).to_arrow()
    pq.write_table(table, file, use_dictionary=not encodings, **whole, **options)
    return file.getvalue()


def _arrow_stream(compression: str | None) -> bytes:
    sink, table = pa.BufferOutputStream(), TABLE.to_arrow()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=100)
    return bytes(sink.getvalue().to_pybytes())


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
        "dictionary.parquet": lambda: _encoded({}, data_page_version="2.0"),
        "delta.parquet": lambda: _encoded(
            {
                "email": "DELTA_BYTE_ARRAY",
                "plan": "DELTA_LENGTH_BYTE_ARRAY",
                "orders": "DELTA_BINARY_PACKED",
                "paid": "BYTE_STREAM_SPLIT",
                "vip": "RLE",
                "day": "DELTA_BINARY_PACKED",
            },
            data_page_version="2.0",
            data_page_size=500,
        ),
        "plain.2.parquet": lambda: _encoded(
            {"email": "PLAIN", "paid": "PLAIN"}, compression="zstd"
        ),
        **{f"{codec}.arrow": functools.partial(_arrow, codec) for codec in _ARROW_CODECS},
        **{f"{codec}.arrows": functools.partial(_arrow_stream, codec) for codec in ("lz4", "zstd")},
        "plain.arrows": lambda: _arrow_stream(None),
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
"""

TEXTS: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "rows.csv": _csv,
        "quoted.csv": lambda: FLAT.write_csv(quote_style="always", line_terminator="\r\n").encode(),
        "semicolons.csv": lambda: FLAT.write_csv(separator=";").encode("cp1252"),
        "utf16.txt": lambda: FLAT.write_csv(separator="\t").encode("utf-16"),
        "rows.ndjson": _ndjson,
        "rows.json": _json_list,
    }
)
"""Builders of plain text, of which a changed byte may well make another row."""
