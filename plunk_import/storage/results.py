"""The results of a run: one line a delivered row, written from its journal alone."""

import contextlib
import io
import itertools
from bisect import bisect_right
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO

import polars as pl

from plunk_import.read import FileStart
from plunk_import.storage.directory import RunDirectory
from plunk_import.storage.durable import copy_bytes, replacing, writing
from plunk_import.storage.kept_files import KeptResults, Stamp
from plunk_import.storage.line_reader import FIELD_END, LineReader
from plunk_import.storage.spreadsheets import FORMULA_STARTS, defused, file_cell

COLUMNS = ("row", "email", "event", "event_id", "contact_id", "timestamp", "attempts")
_BLOCK_ROWS = 10_000
_FIELD_ENDS = len(COLUMNS) - 1
_TO_BE_QUOTED = f'[,"\\r]|{FIELD_END}{FORMULA_STARTS.removeprefix("^")}'


class ResultsFile:
    """Writes the results of a run, from where they differ from those of before.

    Args:
        journal: Holds the outcomes, flushed.
        starts: The files that the rows are from.
        name_files: Put the name of its file on every line, for a source of several files.

    """

    def __init__(
        self, journal: LineReader, starts: Sequence[FileStart], *, name_files: bool
    ) -> None:
        self._journal = journal
        self._starts = sorted(starts, key=lambda start: start.ordinal)
        self._name_files = name_files

    def write(
        self, place: RunDirectory, before: KeptResults | None, *, changed_from: int | None
    ) -> KeptResults:
        """Bring the file up to what the journal holds, whole or left as it was.

        Args:
            place: Where it stands.
            before: What was written last; it must still be there. None to write all anew.
            changed_from: The first ordinal whose line may differ from before; None: none does.

        Raises OutputError where that fails.

        """
        if before is not None and changed_from is None:
            return before
        marks = [] if before is None or changed_from is None else _still_true(before, changed_from)
        with replacing(place.results) as stream, writing(place.results):
            if marks:
                copy_bytes(place.results, stream, 0, marks[-1][1])
            else:
                head = self._head()
                stream.write(head)
                marks = [(1, len(head))]
            marks = self._go_on(stream, marks)
            stream.flush()
            return KeptResults(stamp=Stamp.of(stream.fileno()), marks=tuple(marks))

    def _go_on(self, stream: IO[bytes], marks: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Write the lines from the last mark on, with a mark for each block."""
        first, at = marks[-1]
        with contextlib.closing(self._texts(first, self._journal.last_ordinal())) as texts:
            for block, text in texts:
                if block != marks[-1][0]:
                    marks.append((block, at))
                at += stream.write(text)
        return marks

    def _texts(self, first: int, last: int) -> Generator[tuple[int, bytes], None, None]:
        """Read lines, each with the first ordinal of its block; several blocks side by side."""
        readers = self._journal.side_by_side()
        waiting: deque[tuple[int, Future[bytes]]] = deque()
        with contextlib.ExitStack() as stack:
            threads = [stack.enter_context(_thread()) for _ in readers]
            turns = itertools.cycle(zip(readers, threads, strict=True))
            parts = zip(self._parts(first, last), turns, strict=False)
            for (block, start, until), (reader, thread) in parts:
                waiting.append((block, thread.submit(self._text, reader, start, until)))
                if len(waiting) > len(readers):
                    yield _taken(waiting)
            while waiting:
                yield _taken(waiting)

    def _text(self, reader: LineReader, start: FileStart, until: tuple[int, int]) -> bytes:
        found = reader.delivered_text(*until, before=start.ordinal - 1)
        text = _plain_text(*found, self._prefix(start))
        return self._careful(reader, start, *until) if text is None else text

    def _parts(self, first: int, last: int) -> Iterator[tuple[int, FileStart, tuple[int, int]]]:
        """Part a range of ordinals by blocks and files."""
        for block in range(first, last + 1, _BLOCK_ROWS):
            for start, until in self._by_file(block, min(block + _BLOCK_ROWS - 1, last)):
                yield block, start, until

    def _careful(self, reader: LineReader, start: FileStart, first: int, last: int) -> bytes:
        """Quote texts that a reader of CSV would take apart, or a spreadsheet would run."""
        lines = reader.delivered_rows(first, last, before=start.ordinal - 1)
        file = [pl.lit(file_cell(start.name).item()).alias("file")] if self._name_files else []
        numbers = {"row", "attempts"}
        cells = (pl.col(name) if name in numbers else defused(name) for name in COLUMNS)
        return as_csv(lines.select(*file, *cells))

    def _by_file(self, first: int, last: int) -> Iterator[tuple[FileStart, tuple[int, int]]]:
        """Part a range of ordinals by the files that the rows are from."""
        at = max(bisect_right([start.ordinal for start in self._starts], first) - 1, 0)
        bounds = [start.ordinal for start in self._starts[at + 1 :]]
        for start, after in itertools.zip_longest(self._starts[at:], bounds):
            begin = max(first, start.ordinal)
            if begin > last:
                return
            yield start, (begin, last if after is None else min(last, after - 1))

    def _prefix(self, start: FileStart) -> bytes:
        if not self._name_files:
            return b""
        return as_csv(file_cell(start.name)).removesuffix(b"\n") + b","

    def _head(self) -> bytes:
        names = (*(["file"] if self._name_files else []), *COLUMNS)
        return ",".join(names).encode() + b"\n"


def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="plunk-import-results")


def _taken(waiting: deque[tuple[int, Future[bytes]]]) -> tuple[int, bytes]:
    block, text = waiting.popleft()
    return block, text.result()


def as_csv(lines: pl.DataFrame) -> bytes:
    """Write lines without a header."""
    text = io.BytesIO()
    lines.write_csv(text, include_header=False)
    return text.getvalue()


def _still_true(before: KeptResults, changed_from: int) -> list[tuple[int, int]]:
    return [mark for mark in before.marks if mark[0] <= changed_from]


def _plain_text(lines: int, text: bytes, prefix: bytes) -> bytes | None:
    """Make lines of CSV of a part; None where something in it has to be quoted."""
    if not lines:
        return b""
    if not _is_plain(lines, text):
        return None
    cells = text.replace(FIELD_END.encode(), b",")
    return prefix + cells.replace(b"\n", b"\n" + prefix) + b"\n"


def _is_plain(lines: int, text: bytes) -> bool:
    """Tell whether a block can stand as it is: nothing to be quoted, and fields kept apart."""
    ends = text.count(FIELD_END.encode())
    if text.count(b"\n") != lines - 1 or ends != lines * _FIELD_ENDS:
        return False
    found = pl.Series([text], dtype=pl.Binary).cast(pl.String).str.contains(_TO_BE_QUOTED)
    return not found.item()
