"""The files of a run that people mend: rejects, and rows in doubt."""

import contextlib
import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import polars as pl

from plunk_import.read import FileStart, as_cells
from plunk_import.storage.directory import RunDirectory
from plunk_import.storage.durable import copy_bytes, replacing, writing
from plunk_import.storage.kept_files import KeptRejects, Section, Stamp
from plunk_import.storage.source_lines import BatchOutcome, SourceLines
from plunk_import.storage.typed_rejects import TypedRejects, typed_rejects_of

REJECT_COLUMNS = ("_code", "_field", "_message", "_stage")
DOUBT_COLUMNS = ("_reason", "_request_id")


class SectionsDifferError(Exception):
    """The source is read in other blocks than when its rejects were written."""


class Lines:
    """A file of lines that is being written; `head` is how long its header is, in bytes."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.stream = stream
        self.end = self.head = 0
        self._path = path

    def append(self, lines: pl.DataFrame) -> None:
        """Write lines, behind their header if there is none yet."""
        if not self.head:
            self.head = self._write(lines.clear(), include_header=True)
        if len(lines):
            self._write(lines, include_header=False)

    def copy_head(self, head: int) -> None:
        """Take the header over from the file that is to be replaced."""
        self.copy(0, head)
        self.head = head

    def copy(self, start: int, stop: int) -> None:
        """Take these bytes over from the file that is to be replaced."""
        with writing(self._path):
            copy_bytes(self._path, self.stream, start, stop)
        self.end += stop - start

    def _write(self, lines: pl.DataFrame, *, include_header: bool) -> int:
        text = io.BytesIO()
        with writing(self._path):
            lines.write_csv(text, include_header=include_header)
            self.stream.write(text.getbuffer())
        self.end += text.tell()
        return self.end


class RejectsFile:
    """Writes the rejects, a batch at a time, in the order of the source.

    With those that were written `before`, the sections of batches that are not written again are
    taken over as they are.
    """

    def __init__(
        self,
        lines: Lines,
        beside: SourceLines,
        *,
        typed: TypedRejects | None,
        before: KeptRejects | None,
    ) -> None:
        self._lines = lines
        self._beside = beside
        self._typed = typed
        self._sections: list[Section] = []
        self._before = deque(before.sections if before else ())
        # The last of them that was taken over or left out, and how many lines there were up to it.
        self._passed = Section(0, 0, 0, before.head if before else 0, 0)
        self._lines_passed = 0
        if before is not None:
            lines.copy_head(before.head)

    def write(self, batch: BatchOutcome) -> None:
        """Append the rejects of one batch.

        Raises SectionsDifferError where it holds only a part of what was one before.
        """
        first, last = batch.span
        self._keep_until(first)
        rejects = self._beside.beside(batch, batch.rejects, (*REJECT_COLUMNS, "_raw"))
        self._lines.append(as_cells(rejects))
        if self._typed is not None:
            self._typed.add(rejects)
        self._sections.append(Section(first, last, batch.events, self._lines.end, rejects.height))
        while self._before and self._before[0].first <= last:
            if self._before[0].last > last:
                raise SectionsDifferError
            self._pass()

    def complete(self, schema: pl.Schema) -> KeptRejects:
        """Take over what is left of before, and tell what the file holds; nothing may follow."""
        self._keep_until(None)
        if not self._lines.head:
            nothing = self._beside.nothing(schema, (*REJECT_COLUMNS, "_raw"))
            self._lines.append(nothing)
            if self._typed is not None:
                self._typed.add(nothing)
        self._lines.stream.flush()
        if self._typed is not None:
            self._typed.write()
            self._typed.stream.flush()
        return KeptRejects(
            stamp=Stamp.of(self._lines.stream.fileno()),
            head=self._lines.head,
            sections=tuple(self._sections),
            typed=None if self._typed is None else Stamp.of(self._typed.stream.fileno()),
        )

    def _keep_until(self, first: int | None) -> None:
        """Take over all sections of rows before this one."""
        while self._before and (first is None or self._before[0].first < first):
            if first is not None and self._before[0].last >= first:
                raise SectionsDifferError
            start, lines = self._passed.end, self._lines_passed
            section = self._pass()
            self._lines.copy(start, section.end)
            if self._typed is not None:
                self._typed.keep(lines, section.lines)
            self._sections.append(section._replace(end=self._lines.end))

    def _pass(self) -> Section:
        self._passed = self._before.popleft()
        self._lines_passed += self._passed.lines
        return self._passed


class RunFiles:
    """Writes rejects, rows in doubt, or both, a batch at a time, in the order of the source.

    Nothing is held but the batch at hand.
    """

    def __init__(
        self,
        schema: pl.Schema,
        beside: SourceLines,
        rejects: RejectsFile | None,
        doubts: Lines | None,
    ) -> None:
        self._schema = schema
        self._beside = beside
        self._rejects = rejects
        self._doubts = doubts
        self._starts: dict[FileStart, None] = {}
        self._kept: KeptRejects | None = None

    @property
    def starts(self) -> tuple[FileStart, ...]:
        """The files that the rows written are from."""
        return tuple(self._starts)

    def write(self, batch: BatchOutcome) -> None:
        """Append one batch to every file."""
        self._starts.update(dict.fromkeys(batch.locations.files))
        if self._rejects is not None:
            self._rejects.write(batch)
        if self._doubts is not None and batch.doubts is not None:
            doubts = self._beside.beside(batch, batch.doubts, DOUBT_COLUMNS)
            self._doubts.append(as_cells(doubts))

    def complete(self) -> KeptRejects | None:
        """Write the headers of files without lines; tell what the rejects are, if written.

        Nothing may follow.
        """
        if self._doubts is not None and not self._doubts.head:
            self._doubts.append(self._beside.nothing(self._schema, DOUBT_COLUMNS))
        if self._rejects is not None and self._kept is None:
            self._kept = self._rejects.complete(self._schema)
        return self._kept


@contextlib.contextmanager
def run_files(
    directory: RunDirectory,
    schema: pl.Schema,
    beside: SourceLines,
    *,
    typed: bool,
    rejects: bool = True,
    before: KeptRejects | None = None,
    doubts: bool = False,
) -> Iterator[RunFiles]:
    """Open files of a run to be written, all whole or left as they were.

    Args:
        directory: Where they stand.
        schema: The source's own columns.
        beside: Writes the lines.
        typed: The source's columns have types: write the rejects as Parquet too.
        rejects: Write the rejects.
        before: What the rejects are now, to take over what is not written again.
        doubts: Write the rows in doubt.

    """
    with contextlib.ExitStack() as stack:

        def opened(path: Path) -> Lines:
            return Lines(path, stack.enter_context(replacing(path)))

        file = None
        if rejects:
            gathered = stack.enter_context(typed_rejects_of(directory)) if typed else None
            file = RejectsFile(opened(directory.rejects), beside, typed=gathered, before=before)
        files = RunFiles(schema, beside, file, opened(directory.in_doubt) if doubts else None)
        yield files
        files.complete()
