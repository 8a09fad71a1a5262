"""Texts that are alike, read as one: their records one after the other."""

import dataclasses
import functools
import io
from collections.abc import Sequence

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.alike import LARGEST_BYTES, AlikeFile
from plunk_import.read.batch import FileBatch
from plunk_import.read.lines import LineRun, Lines
from plunk_import.read.records import RecordFormat, RecordStream


def read_joined(
    files: Sequence[AlikeFile], record_format: RecordFormat, *, top: bytes, block_bytes: int
) -> Sequence[FileBatch] | None:
    """Read the records of all files.

    Args:
        files: Each of them ends with a whole record.
        record_format: That of all.
        top: What stands before the first record of each.
        block_bytes: About how many bytes are parsed at once.

    Returns:
        Their rows, numbered on from file to file; None where they are not what they were.

    """
    bodies = [_body(file, top, record_format.line_end) for file in files]
    stream = io.BytesIO(b"".join(bodies))
    records = RecordStream(stream, record_format, place=_nowhere, block_bytes=block_bytes)
    try:
        batches = list(records.batches(after_row=0))
    except SourceError:  # it is said by the file's own reader, which knows its place
        return None
    if not batches or batches[-1].last_row != sum(file.rows for file in files):
        return None
    lines = _lines(files, bodies, record_format, first_line=1 + top.count(record_format.line_end))
    return [dataclasses.replace(batch, lines=lines) for batch in batches]


def _body(file: AlikeFile, top: bytes, line_end: bytes) -> bytes:
    whole = file.content.whole(LARGEST_BYTES) or b""
    body = whole[len(top) :]
    return body if body.endswith(line_end) else body + line_end


def _nowhere(offset: int) -> str:
    return f"byte {offset}"


def _lines(
    files: Sequence[AlikeFile], bodies: Sequence[bytes], of: RecordFormat, *, first_line: int
) -> Lines:
    runs = []
    first = 1
    for file, body in zip(files, bodies, strict=True):
        offsets = None if file.has_row_a_line else functools.partial(_offsets, of, body)
        runs.append(LineRun(first, file.rows, first_line, offsets))
        first += file.rows
    return Lines(tuple(runs))


def _offsets(record_format: RecordFormat, body: bytes) -> pl.Series:
    return record_format.line_offsets(body, None)
