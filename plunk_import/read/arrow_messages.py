"""The messages of Arrow's IPC format, as far as telling damage needs to know them.

polars believes what a message says of its sizes: a wrong one makes it ask for more memory than any
machine has, which ends the process. So the sizes are looked at first.

Source: the Arrow columnar format, "Serialization and Interprocess Communication"; Message.fbs and
File.fbs; FlatBuffers' binary format.
"""

import dataclasses
import struct
from collections.abc import Iterator
from typing import IO

MESSAGE_START = b"\xff\xff\xff\xff"
HEAD_BYTES = 8
SCHEMA, DICTIONARY, RECORDS = 1, 2, 3

_HEADER_TYPE, _HEADER, _BODY_LENGTH = 1, 2, 3
_ROWS, _BUFFERS, _COMPRESSION = 0, 2, 3
_DICTIONARY_DATA = 1
_FOOTER_DICTIONARIES, _FOOTER_RECORDS = 2, 3
_BLOCK, _BUFFER = struct.Struct("<qi4xq"), struct.Struct("<qq")
_TAIL = struct.Struct("<i6s")
_NOT_PACKED = -1
_MOST_UNPACKED = 1 << 16
"""Bytes that one packed byte may stand for: zstd packs 128 kB of one letter in four."""


class MessageError(Exception):
    """A message is damaged."""


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """One message: its bytes in the file, what it holds, and how many rows of the table."""

    start: int
    size: int
    kind: int
    rows: int


def message_at(file: IO[bytes], at: int) -> Message:
    """Read what a message says of itself.

    Raises:
        MessageError: It is damaged, or sizes in it cannot be.

    """
    try:
        return _message(file, at)
    except (struct.error, OSError, OverflowError) as error:
        raise MessageError(f"the message at byte {at:,} is damaged") from error


def blocks_of(file: IO[bytes]) -> Iterator[int]:
    """Find where the messages of an Arrow file begin, by its footer.

    Raises:
        MessageError: The footer is damaged.

    """
    size = file.seek(0, 2)
    try:
        length, _ = _TAIL.unpack(_bytes_at(file, size - _TAIL.size, _TAIL.size))
        footer = Table.root(_bytes_at(file, size - _TAIL.size - length, length))
        for field in (_FOOTER_DICTIONARIES, _FOOTER_RECORDS):
            for start, _, _ in footer.structs(field, _BLOCK):
                yield start
    except (struct.error, OSError, OverflowError) as error:
        raise MessageError("the footer is damaged") from error


def _message(file: IO[bytes], at: int) -> Message:
    mark, length = struct.unpack("<4sI", _bytes_at(file, at, HEAD_BYTES))
    if mark != MESSAGE_START:
        raise struct.error("no message begins here")
    metadata = Table.root(file.read(length))
    kind = metadata.number(_HEADER_TYPE, "B")
    body = metadata.number(_BODY_LENGTH, "q")
    header = metadata.table(_HEADER)
    if kind not in (SCHEMA, DICTIONARY, RECORDS) or body < 0:
        raise struct.error("no such message")
    records = header.table(_DICTIONARY_DATA) if kind == DICTIONARY else header
    if kind != SCHEMA:
        _require_sizes(file, records, at + HEAD_BYTES + length)
    rows = header.number(_ROWS, "q") if kind == RECORDS else 0
    if rows < 0:
        raise struct.error("fewer rows than none")
    return Message(at, HEAD_BYTES + length + body, kind, rows)


def _require_sizes(file: IO[bytes], records: "Table", body: int) -> None:
    """Hold what packed buffers say of their size against what they can be unpacked to."""
    if not records.has(_COMPRESSION):
        return
    for start, size in records.structs(_BUFFERS, _BUFFER):
        if size < HEAD_BYTES:
            continue
        (unpacked,) = struct.unpack("<q", _bytes_at(file, body + start, HEAD_BYTES))
        if unpacked != _NOT_PACKED and not 0 <= unpacked <= size * _MOST_UNPACKED:
            raise struct.error("a buffer cannot be that large")


def _bytes_at(file: IO[bytes], at: int, size: int) -> bytes:
    if at < 0 or size < 0:
        raise struct.error("before the begin of the file")
    file.seek(at)
    return file.read(size)


class Table:
    """A table in FlatBuffers' binary format: its fields by their numbers.

    Every method raises `struct.error` where the bytes are no such table.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._offsets = at - self._unpack("i", at)

    @classmethod
    def root(cls, data: bytes) -> "Table":
        """Find the table that stands for the whole buffer."""
        return cls(data, struct.unpack_from("<I", data)[0])

    def has(self, field: int) -> bool:
        """Say whether a field is there."""
        return self._offset(field) != 0

    def number(self, field: int, form: str) -> int:
        """Read a number, 0 where it was left out."""
        return self._unpack(form, self._at + self._offset(field)) if self.has(field) else 0

    def table(self, field: int) -> "Table":
        """Find the table that a field refers to."""
        return Table(self._data, self._target(field))

    def structs(self, field: int, form: struct.Struct) -> Iterator[tuple[int, ...]]:
        """Read a list of structs, an empty one where it was left out."""
        if not self.has(field):
            return
        start = self._target(field)
        for number in range(self._unpack("I", start)):
            yield form.unpack_from(self._data, start + 4 + number * form.size)

    def _target(self, field: int) -> int:
        at = self._at + self._offset(field)
        return at + self._unpack("I", at)

    def _offset(self, field: int) -> int:
        place = 4 + 2 * field
        size = self._unpack("H", self._offsets)
        return self._unpack("H", self._offsets + place) if place < size else 0

    def _unpack(self, form: str, at: int) -> int:
        if at < 0:
            raise struct.error("before the begin of the buffer")
        value: int = struct.unpack_from(f"<{form}", self._data, at)[0]
        return value
