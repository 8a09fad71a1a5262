"""Arrow IPC streams: messages one after the other, as a program writes them to a pipe.

polars reads a stream as a whole, and takes one that is cut off for the end. So the messages are
told apart here: polars is given a few at a time, and the rows that they promise are counted.

Source: the Arrow columnar format, "IPC Streaming Format".
"""

import io
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl
from polars.io.plugins import register_io_source

from plunk_import.errors import SourceError
from plunk_import.read.arrow_messages import (
    HEAD_BYTES,
    MESSAGE_START,
    RECORDS,
    SCHEMA,
    Message,
    MessageError,
    message_at,
)
from plunk_import.read.columnar import BATCH_ROWS, ColumnarReader
from plunk_import.read.dtypes import accept_odd_types, readable
from plunk_import.read.failures import library_failures
from plunk_import.read.second_reader import opened, stream_batches

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening

_KIND = "Arrow stream"
_END = MESSAGE_START + bytes(4)


def open_arrow_stream(opening: "Opening") -> ColumnarReader:
    """Open an Arrow stream; its rows keep their types.

    Raises:
        SourceError: The stream is damaged, or does not end as a stream does.

    """
    path = opening.unpacked()
    messages = _messages(path, opening.name)
    stream = _Stream(path, messages)
    promised = sum(message.rows for message in messages)

    def by_polars() -> ColumnarReader:
        accept_odd_types()
        with library_failures(opening.name, kind=_KIND):
            schema = stream.frame(()).schema
        scan = register_io_source(lambda *_: stream.frames(), schema=schema)
        return ColumnarReader(scan, name=opening.name, kind=_KIND, promised=promised)

    return opened(by_polars, stream_batches, path, name=opening.name, kind=_KIND, promised=promised)


class _Stream:
    """The tables that the messages of a file make, a few messages at a time."""

    def __init__(self, path: Path, messages: list[Message]) -> None:
        self._path = path
        self._records = [message for message in messages if message.kind == RECORDS]
        self._others = [message for message in messages if message.kind != RECORDS]

    def frames(self) -> Iterator[pl.DataFrame]:
        """Read the rows, in groups of messages of about `BATCH_ROWS` rows."""
        before = itertools.accumulate((message.rows for message in self._records), initial=0)
        placed = zip(before, self._records, strict=False)
        for _, group in itertools.groupby(placed, key=lambda pair: pair[0] // BATCH_ROWS):
            yield self.frame(message for _, message in group)

    def frame(self, records: Iterable[Message]) -> pl.DataFrame:
        """Read some messages of rows: with the schema and the dictionaries they make a stream."""
        chosen = sorted([*self._others, *records], key=lambda message: message.start)
        with self._path.open("rb") as file:
            content = b"".join(_bytes(file, message) for message in chosen)
        rows = pl.read_ipc_stream(io.BytesIO(content + _END))
        return rows.select(readable(rows.schema))


def _bytes(file: IO[bytes], message: Message) -> bytes:
    file.seek(message.start)
    return file.read(message.size)


def _messages(path: Path, name: str) -> list[Message]:
    """Find the messages of a stream, up to the mark of its end."""
    found: list[Message] = []
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        at = 0
        while not _ends_at(file, at, size, name):
            try:
                message = message_at(file, at)
            except MessageError as error:
                raise _broken(name, str(error)) from error
            at = message.start + message.size
            found.append(message)
    if at + len(_END) != size:
        raise _broken(name, f"{size - at - len(_END):,} bytes follow after its end")
    if not found or found[0].kind != SCHEMA:
        raise _broken(name, "it does not begin with its columns")
    return found


def _ends_at(file: IO[bytes], at: int, size: int, name: str) -> bool:
    if at + HEAD_BYTES > size:
        raise _broken(name, "it is cut off")
    file.seek(at)
    return file.read(HEAD_BYTES) == _END


def _broken(name: str, complaint: str) -> SourceError:
    return SourceError(
        f"{name}: this is not a whole {_KIND}: {complaint}. Copy or export it again."
    )
