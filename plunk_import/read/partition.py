"""Parts of a source that can be read apart, on several machines, and give the rows of the whole.

Text is cut where a line ends that no quote holds open, by one scan that counts quotes. Where quotes
do not have their place, such a cut may lie within a cell: then the part before it does not end, and
is refused (`SourceError`). Whoever reads a file in parts reads it as a whole then.
"""

import dataclasses
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from plunk_import.read.batch import FileBatch
from plunk_import.read.content import Readable

_SCAN_BYTES = 4 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A part of one file: bytes of text, or rows of a file of columns, counted from 0.

    `lines_before` are those of the file, where it is text.
    """

    start: int
    stop: int
    lines_before: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Partition:
    """A part of a source: of its file number `file`, from 0, the span.

    Without a span it is all of that file, and of those behind it, `files` together.
    """

    file: int
    span: Span | None = None
    files: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Before:
    """What comes before a partition.

    Attributes:
        files: The rows of the files before its first.
        rows: The rows of its own file before it.

    """

    files: int = 0
    rows: int = 0


@runtime_checkable
class Divisible(Protocol):
    """A reader that reads parts of its file."""

    def spans(self, part_bytes: int) -> Iterator[Span]:
        """Cut the file into parts of about this size, in order; one where it cannot be cut."""

    def part(self, span: Span, *, rows_before: int, after_row: int) -> Iterator[FileBatch]:
        """Read one of them; batches that end at or before `after_row` come without their rows."""


def spans_of_text(
    stream: Readable, *, start: int, part_bytes: int, line_end: bytes, quote: bytes
) -> Iterator[Span]:
    """Cut text behind ends of lines that have an even number of quotes before them.

    Args:
        stream: The text, from its first byte on.
        start: Where its first record begins.
        part_bytes: About how long a part is.
        line_end: The byte that ends a line.
        quote: The byte that opens and closes cells; empty where none does.

    """
    cutter = _Cutter(part_bytes, line_end, quote, start)
    offset = 0
    while block := stream.read(_SCAN_BYTES):
        skipped = min(max(0, start - offset), len(block))
        if skipped:
            cutter.skip(block[:skipped])
        yield from cutter.take(block[skipped:], offset + skipped)
        offset += len(block)
    yield from cutter.rest(max(offset, start))


class _Cutter:
    def __init__(self, part_bytes: int, line_end: bytes, quote: bytes, start: int) -> None:
        self._part_bytes = part_bytes
        self._line_end = line_end
        self._quote = quote
        self._begun = start
        self._lines_before = 0
        self._lines = 0
        self._is_open = False

    def skip(self, top: bytes) -> None:
        """Count the lines of what stands before the first record."""
        self._lines += top.count(self._line_end)
        self._lines_before = self._lines

    def take(self, block: bytes, offset: int) -> Iterator[Span]:
        """Take the next bytes, which begin at `offset`, and give the parts that end in them."""
        at = 0
        while at < len(block):
            wanted = max(at, self._begun + self._part_bytes - offset)
            cut = self._cut(block, at, min(wanted, len(block)))
            if cut is None:
                return
            yield Span(self._begun, offset + cut, self._lines_before)
            self._begun, self._lines_before = offset + cut, self._lines
            at = cut

    def _cut(self, block: bytes, at: int, wanted: int) -> int | None:
        """Count up to the first line that ends behind `wanted`, outside quotes."""
        self._count(block, at, wanted)
        at = wanted
        while (end := block.find(self._line_end, at)) >= 0:
            self._count(block, at, end + 1)
            at = end + 1
            if not self._is_open:
                return at
        self._count(block, at, len(block))
        return None

    def _count(self, block: bytes, start: int, stop: int) -> None:
        self._lines += block.count(self._line_end, start, stop)
        if self._quote:
            self._is_open ^= block.count(self._quote, start, stop) % 2 == 1

    def rest(self, end: int) -> Iterator[Span]:
        """Give the last part, if there is any."""
        if end > self._begun:
            yield Span(self._begun, end, self._lines_before)
