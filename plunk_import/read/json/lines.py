"""NDJSON: one JSON object a line, as rows in types that fit the whole file.

The types are found in a pass of their own over the whole file, so that no value is cut to fit what
came before it.
"""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import BadRow, Batch
from plunk_import.read.content import Content, Readable
from plunk_import.read.delimited.dialect import check_names
from plunk_import.read.encodings import BOM, encoding_message, require_utf8_like
from plunk_import.read.json.types import DEEPEST_LEVEL, deep_records, infer_schema, is_too_deep
from plunk_import.read.records import Parsed, RecordStream

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening

_HIGH_SURROGATE = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW_SURROGATE = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(
    rb"\\\\|(?P<pair>%b%b)|(?P<lone>%b|%b)"
    % (_HIGH_SURROGATE, _LOW_SURROGATE, _HIGH_SURROGATE, _LOW_SURROGATE)
)


def open_ndjson(opening: "Opening") -> "NdjsonReader":
    """Open a file of one JSON object a line."""
    return NdjsonReader(opening.text, block_bytes=opening.block_bytes)


class NdjsonReader:
    """A file of one JSON object a line."""

    typed = True

    def __init__(self, content: Content, *, block_bytes: int) -> None:
        head, final = content.head(1 << 16)
        require_utf8_like(head, name=content.name)
        text = head.removeprefix(BOM)
        if final and not text.strip():
            raise SourceError(f"{content.name}: the file is empty. Export it again.")
        if text.lstrip().startswith(b"["):
            raise SourceError(
                f"{content.name}: this is a JSON list, not one object a line. Declare "
                "`source: {format: json}`."
            )
        self._content = content
        self._block_bytes = block_bytes
        self._start = len(head) - len(text)
        self._format = NdjsonFormat(self._infer(), encoding=content.encoding or "utf-8")

    @property
    def schema(self) -> pl.Schema:
        """The keys of all objects, in the order of their first appearance."""
        return self._format.schema

    def batches(self, *, after_row: int) -> Iterator[Batch]:
        """Read anew."""
        with self._content.open() as stream:
            records = RecordStream(
                stream,
                self._format,
                name=self._content.name,
                place=self._content.place,
                block_bytes=self._block_bytes,
                start=self._start,
            )
            yield from records.batches(after_row=after_row)

    def _infer(self) -> pl.Schema:
        with self._content.open() as stream:
            schema = infer_schema(_line_blocks(stream, self._block_bytes, self._start))
        if not schema:
            raise SourceError(
                f"{self._content.name}: no line holds a JSON object with a value. Write one "
                "object on each line, or one list of objects, or declare `source: {format: …}`."
            )
        check_names(tuple(schema), place=self._content.name)
        return schema


class NdjsonFormat:
    """The `RecordFormat` of JSON objects, one a line."""

    def __init__(self, schema: pl.Schema, *, encoding: str = "utf-8") -> None:
        self.schema = schema
        self._encoding = encoding

    def last_end(self, window: bytes) -> int:
        """Find where the last whole line ends: JSON has no line break within a string."""
        return window.rfind(b"\n") + 1

    def count(self, block: bytes) -> int | None:  # noqa: ARG002 - the protocol's parameter
        """Count nothing: blank lines make it no cheaper than parsing."""
        return None

    def parse_clean(self, block: bytes) -> pl.DataFrame | None:
        """Let polars parse in the fixed types: it refuses whatever does not fit them."""
        if not block.strip():
            return self.schema.to_frame()
        if _has_lone_surrogate(block) or deep_records(block):
            return None
        try:
            frame = pl.read_ndjson(block, schema=self.schema)
        except pl.exceptions.PolarsError:
            return None
        return frame if frame.height in _line_counts(block) else None

    def parse_each(self, window: bytes, *, final: bool) -> Parsed:
        """Parse ever smaller groups of lines, until the bad ones are alone."""
        end = len(window) if final else self.last_end(window)
        lines = [line for line in window[:end].split(b"\n") if line.strip()]
        frames = [self.schema.to_frame()]
        bad: list[BadRow] = []
        groups = [range(len(lines))]
        while groups:
            group = groups.pop()
            frame = self.parse_clean(b"\n".join(lines[group.start : group.stop]))
            if frame is not None:
                frames.append(frame)
            elif len(group) > 1:
                half = len(group) // 2
                groups += [group[half:], group[:half]]
            else:
                line = lines[group.start].removesuffix(b"\r")
                bad.append(_bad_row(group.start, line, self._encoding))
        faulty = {row.row_number for row in bad}
        good = [position for position in range(len(lines)) if position not in faulty]
        return Parsed(pl.concat(frames), good, bad, records=len(lines), consumed=end)


def _line_blocks(stream: Readable, block_bytes: int, start: int) -> Iterator[bytes]:
    rest = b""
    while part := stream.read(block_bytes):
        block = rest + part
        end = block.rfind(b"\n") + 1
        rest = block[end:]
        if end > start:
            yield block[start:end]
            start = 0
    yield rest[start:]


def _line_counts(block: bytes) -> Iterator[int]:
    """Count the lines: quickly with blank ones, and then, should it be asked for, without them."""
    yield block.count(b"\n") + (not block.endswith(b"\n"))
    yield sum(1 for line in block.split(b"\n") if line and not line.isspace())


def _has_lone_surrogate(text: bytes) -> bool:
    """Polars would turn it into NUL."""
    if b"\\" not in text or (b"\\ud" not in text and b"\\uD" not in text):
        return False
    return any(found.lastgroup == "lone" for found in _ESCAPE.finditer(text))


def _bad_row(position: int, line: bytes, encoding: str) -> BadRow:
    raw = line.decode("utf-8", "backslashreplace")
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return BadRow(position, "invalid_encoding", encoding_message(error, encoding), raw)
    if _has_lone_surrogate(line):
        message = "the record holds half of a surrogate pair"
        return BadRow(position, "lone_surrogate", message, raw)
    if is_too_deep(line):
        message = f"the record is nested deeper than {DEEPEST_LEVEL} levels"
        return BadRow(position, "too_deep", message, raw)
    return BadRow(position, "invalid_record", _complaint(line), raw)


def _complaint(line: bytes) -> str:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return f"this is not JSON: {error.msg} at character {error.pos + 1}"
    if not isinstance(record, dict):
        return "this is JSON, but not an object"
    return "a number or word in it is not JSON, or too large"
