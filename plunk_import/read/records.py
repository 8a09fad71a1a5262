"""Text into rows: the records of a byte stream, in batches of whole records.

Clean text is parsed in large blocks by polars. Where a block is not surely clean, smaller and
smaller pieces of it are tried, and what remains is taken record by record, so that a bad record
costs itself and not its neighbours. What comes out does not depend on where blocks happen to end.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Protocol

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import BadRow, FileBatch, bad_frame, numbered
from plunk_import.read.byte_columns import count_byte
from plunk_import.read.content import Readable
from plunk_import.read.lines import LineRun, Lines
from plunk_import.read.marks import TextEnd

_LARGEST_RECORD_BYTES = 64 << 20
_SMALLEST_WINDOW_BYTES = 256 << 10
_NARROWING = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Parsed:
    """Records taken one by one from the start of a window.

    `good` holds the positions (from 0, among `records`) of the rows in `frame`; the `row_number` of
    each of `bad` is such a position too. `consumed` is in bytes; 0: no whole record was in sight.
    """

    frame: pl.DataFrame
    good: list[int]
    bad: list[BadRow]
    records: int
    consumed: int


class BrokenRecordError(Exception):
    """A record that never ends: number `position` from 0, broken at byte `offset` of the window."""

    def __init__(self, position: int, offset: int, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.offset = offset


class RecordFormat(Protocol):
    """How records of one kind of text are found and parsed."""

    @property
    def schema(self) -> pl.Schema:
        """The columns of every frame."""

    def last_end(self, window: bytes) -> int:
        """Find where the last whole record of clean text ends; 0 if none does."""

    def count(self, block: bytes) -> int | None:
        """Count the records of whole records, good or bad; None when that needs parsing."""

    def parse_clean(self, block: bytes) -> pl.DataFrame | None:
        """Parse whole records at once; None when any of them may be bad."""

    def parse_each(self, window: bytes, *, final: bool) -> Parsed:
        """Parse record by record; `final`: the input ends with this window."""

    @property
    def line_end(self) -> bytes:
        """The byte that ends a line."""

    def line_offsets(self, block: bytes, frame: pl.DataFrame | None) -> pl.Series:
        """Find on which line of whole records each of them begins, from 0.

        `frame`: the records, where all of them are good.
        """


class _Buffer:
    """A byte stream with look-ahead."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._data = b""
        self._start = 0
        self._ended = False

    def window(self, size: int) -> tuple[bytes, bool]:
        """Return about `size` bytes that are not consumed yet, and whether the input ends there."""
        missing = size - (len(self._data) - self._start)
        if missing > 0 and not self._ended:
            self._fill(missing)
        # No cut for one byte too many: a slice of everything does not copy.
        end = self._start + size if missing < -1 else len(self._data)
        return self._data[self._start : end], self._ended and end == len(self._data)

    def consume(self, size: int) -> None:
        """Go on behind the next `size` bytes of what was seen."""
        self._start += size

    def _fill(self, missing: int) -> None:
        parts = [self._data[self._start :]]
        self._start = 0
        # One byte more than asked for tells whether the input ends right here.
        wanted = missing + 1
        while wanted > 0 and (part := self._stream.read(wanted)):
            parts.append(part)
            wanted -= len(part)
        self._ended = wanted > 0
        self._data = b"".join(parts)


@dataclasses.dataclass(frozen=True, slots=True)
class _Piece:
    """Records parsed together, how many bytes and lines they took, and where they begin."""

    frame: pl.DataFrame
    bad: list[BadRow]
    records: int
    consumed: int
    line_ends: int
    lines: LineRun


class RecordStream:
    """One pass over the records of a byte stream.

    Blocks are about `block_bytes` of text. The first record begins at byte `start`; where the
    stream begins with it, `lines_before` and `rows_before` count what of the file it lacks. `place`
    gives the file and line of a byte, for errors. `has_ends`: reading can begin at any byte.
    """

    def __init__(
        self,
        stream: Readable,
        record_format: RecordFormat,
        *,
        place: Callable[[int], str],
        block_bytes: int,
        start: int = 0,
        lines_before: int | None = None,
        rows_before: int = 0,
        has_ends: bool = False,
    ) -> None:
        self._has_ends = has_ends
        self._buffer = _Buffer(stream)
        self._row = rows_before
        if lines_before is None:
            top, _ = self._buffer.window(start)
            self._buffer.consume(start)
            lines_before = top[:start].count(record_format.line_end)
        self._line = 1 + lines_before
        self._format = record_format
        self._place = place
        self._offset = start
        self._block_bytes = block_bytes
        self._smallest = min(_SMALLEST_WINDOW_BYTES, block_bytes)

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Yield the rows in order, those of each block together."""
        pieces: list[_Piece] = []
        waiting_bytes = 0
        for piece in self._pieces(after_row):
            pieces.append(piece)
            waiting_bytes += piece.consumed
            if waiting_bytes * 2 >= self._block_bytes:
                yield self._batch(pieces)
                pieces, waiting_bytes = [], 0
        if pieces:
            yield self._batch(pieces)

    def _batch(self, pieces: list[_Piece]) -> FileBatch:
        frames = [piece.frame for piece in pieces]
        frame = frames[0] if len(frames) == 1 else pl.concat(frames)
        bad = bad_frame([row for piece in pieces for row in piece.bad], self._format.schema.names())
        lines = Lines(tuple(piece.lines for piece in pieces))
        end = TextEnd(self._offset, self._line - 1) if self._has_ends else None
        return FileBatch(frame, bad, self._row, lines, end)

    def _pieces(self, after_row: int) -> Iterator[_Piece]:
        size, smallest = self._block_bytes, self._smallest
        while True:
            window, final = self._buffer.window(size)
            if not window:
                return
            piece = self._whole_piece(window, final=final, after_row=after_row)
            if piece is not None:
                size = min(size * 2, self._block_bytes)
            elif size > smallest:
                size = max(size // _NARROWING, smallest)
                continue
            else:
                piece = self._single_records(window, final=final)
            if piece is None:  # not even one record ends within the window
                smallest = size = self._wider(size, window)
                continue
            self._row += piece.records
            self._line += piece.line_ends
            self._buffer.consume(piece.consumed)
            self._offset += piece.consumed
            yield piece
            smallest = self._smallest

    def _wider(self, size: int, window: bytes) -> int:
        if size >= _LARGEST_RECORD_BYTES:
            start = window[:60].decode("utf-8", "backslashreplace")
            raise SourceError(
                f"{self._place(self._offset)}: row {self._row + 1} does not end within "
                f"{_LARGEST_RECORD_BYTES >> 20} MB. It begins with {start!r}: is a quote missing?"
            )
        return size * 2

    def _whole_piece(self, window: bytes, *, final: bool, after_row: int) -> _Piece | None:
        end = len(window) if final else self._format.last_end(window)
        if not end:
            return None
        block = window[:end]
        records = self._format.count(block) if self._row < after_row else None
        if records is not None and self._row + records <= after_row:
            nothing = numbered(self._format.schema.to_frame(), [])
            return self._piece(nothing, [], records, block)
        frame = self._format.parse_clean(block)
        if frame is None:
            return None
        rows = range(self._row + 1, self._row + 1 + frame.height)
        return self._piece(numbered(frame, rows), [], frame.height, block, clean=frame)

    def _single_records(self, window: bytes, *, final: bool) -> _Piece | None:
        try:
            parsed = self._format.parse_each(window, final=final)
        except BrokenRecordError as error:
            place = self._place(self._offset + error.offset)
            row = self._row + 1 + error.position
            raise SourceError(f"{place}: row {row}: {error}.") from None
        if not parsed.consumed:
            return None
        first = self._row + 1
        bad = [dataclasses.replace(row, row_number=first + row.row_number) for row in parsed.bad]
        rows = [first + position for position in parsed.good]
        frame, block = numbered(parsed.frame, rows), window[: parsed.consumed]
        return self._piece(frame, bad, parsed.records, block)

    def _piece(
        self,
        frame: pl.DataFrame,
        bad: list[BadRow],
        records: int,
        block: bytes,
        clean: pl.DataFrame | None = None,
    ) -> _Piece:
        line_ends = count_byte(block, self._format.line_end)
        is_one_each = line_ends + (not block.endswith(self._format.line_end)) == records
        find = self._format.line_offsets
        offsets = None if is_one_each else lambda: find(block, clean)
        lines = LineRun(self._row + 1, records, self._line, offsets)
        return _Piece(frame, bad, records, len(block), line_ends, lines)
