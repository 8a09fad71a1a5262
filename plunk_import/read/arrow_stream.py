"""Arrow IPC streams: messages one after the other, as a program writes them to a pipe.

polars reads a stream as a whole, and takes one that is cut off for the end. So the messages are
told apart here: polars is given a few at a time, and the rows that they promise are counted.

Source: the Arrow columnar format, "IPC Streaming Format"; Message.fbs; FlatBuffers' binary format.
"""

import dataclasses
import io
import itertools
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars.io.plugins import register_io_source

from plunk_import.errors import SourceError
from plunk_import.read.columnar import BATCH_ROWS, ColumnarReader
from plunk_import.read.failures import library_failures

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening

KIND = "Arrow stream"
STREAM_START = b"\xff\xff\xff\xff"
"""The first bytes of every message, and so of a stream."""

_END = STREAM_START + bytes(4)
_SCHEMA, _DICTIONARY, _RECORDS = 1, 2, 3
_HEADER_TYPE, _HEADER, _BODY_LENGTH = 1, 2, 3
_ROWS = 0
_HEAD_BYTES = 8


@dataclasses.dataclass(frozen=True, slots=True)
class _Message:
    """One message: its bytes in the file, what it holds, and how many rows of the table."""

    start: int
    size: int
    kind: int
    rows: int


def open_arrow_stream(opening: "Opening") -> ColumnarReader:
    """Open an Arrow stream; its rows keep their types.

    Raises:
        SourceError: The stream is damaged, or does not end as a stream does.

    """
    path = opening.unpacked()
    messages = _messages(path, opening.name)
    stream = _Stream(path, messages)
    with library_failures(opening.name, kind=KIND):
        schema = stream.frame(()).schema
    scan = register_io_source(lambda *_: stream.frames(), schema=schema)
    promised = sum(message.rows for message in messages)
    return ColumnarReader(scan, name=opening.name, kind=KIND, promised=promised)


class _Stream:
    """The tables that the messages of a file make, a few messages at a time."""

    def __init__(self, path: Path, messages: list[_Message]) -> None:
        self._path = path
        self._records = [message for message in messages if message.kind == _RECORDS]
        self._others = [message for message in messages if message.kind != _RECORDS]

    def frames(self) -> Iterator[pl.DataFrame]:
        """Read the rows, in groups of messages of about `BATCH_ROWS` rows."""
        total = 0
        ends = []
        for message in self._records:
            ends.append(total // BATCH_ROWS)
            total += message.rows
        groups = itertools.groupby(zip(ends, self._records, strict=True), key=lambda pair: pair[0])
        for _, group in groups:
            yield self.frame(message for _, message in group)

    def frame(self, records: Iterable[_Message]) -> pl.DataFrame:
        """Read some messages of rows: with the schema and the dictionaries they make a stream."""
        chosen = sorted([*self._others, *records], key=lambda message: message.start)
        with self._path.open("rb") as file:
            content = b"".join(_bytes(file, message) for message in chosen)
        return pl.read_ipc_stream(io.BytesIO(content + _END))


def _bytes(file: io.BufferedReader, message: _Message) -> bytes:
    file.seek(message.start)
    return file.read(message.size)


def _messages(path: Path, name: str) -> list[_Message]:
    """Find the messages of a stream, up to the mark of its end."""
    found: list[_Message] = []
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        at = 0
        while (head := _read(file, at, _HEAD_BYTES)) != _END:
            if at + _HEAD_BYTES > size:
                raise _broken(name, "it is cut off")
            try:
                message = _message(file, at, head)
            except (struct.error, IndexError) as error:
                raise _broken(name, f"the message at byte {at:,} is damaged") from error
            at = message.start + message.size
            found.append(message)
    if at + len(_END) != size:
        raise _broken(name, f"{size - at - len(_END):,} bytes follow after its end")
    if not found or found[0].kind != _SCHEMA:
        raise _broken(name, "it does not begin with its columns")
    return found


def _broken(name: str, complaint: str) -> SourceError:
    return SourceError(f"{name}: this is not a whole {KIND}: {complaint}. Copy or export it again.")


def _read(file: io.BufferedReader, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _message(file: io.BufferedReader, at: int, head: bytes) -> _Message:
    mark, length = struct.unpack("<4sI", head)
    if mark != STREAM_START:
        raise IndexError("no message begins here")
    metadata = _Table.root(file.read(length))
    kind = metadata.number(_HEADER_TYPE, "B")
    rows = metadata.table(_HEADER).number(_ROWS, "q") if kind == _RECORDS else 0
    body = metadata.number(_BODY_LENGTH, "q")
    if kind not in (_SCHEMA, _DICTIONARY, _RECORDS) or rows < 0 or body < 0:
        raise IndexError("no such message")
    return _Message(at, _HEAD_BYTES + length + body, kind, rows)


class _Table:
    """A table in FlatBuffers' binary format: its fields by their numbers."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._offsets = at - self._unpack("i", at)

    @classmethod
    def root(cls, data: bytes) -> "_Table":
        """Find the table that stands for the whole buffer."""
        return cls(data, struct.unpack_from("<I", data)[0])

    def number(self, field: int, form: str) -> int:
        """Read a number, 0 where it was left out."""
        offset = self._offset(field)
        return self._unpack(form, self._at + offset) if offset else 0

    def table(self, field: int) -> "_Table":
        """Find the table that a field refers to."""
        at = self._at + self._offset(field)
        return _Table(self._data, at + self._unpack("I", at))

    def _offset(self, field: int) -> int:
        place = 4 + 2 * field
        return self._unpack("H", self._offsets + place) if place < self._size() else 0

    def _size(self) -> int:
        return self._unpack("H", self._offsets)

    def _unpack(self, form: str, at: int) -> int:
        if at < 0:
            raise IndexError("before the begin of the buffer")
        value: int = struct.unpack_from(f"<{form}", self._data, at)[0]
        return value
