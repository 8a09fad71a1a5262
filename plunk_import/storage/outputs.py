"""The files of a run that people mend: rejects, and rows in doubt."""

import contextlib
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from plunk_import.read import FileStart, Form
from plunk_import.storage.csv_rows import CsvRows
from plunk_import.storage.directory import DRAFT_ROWS, RunDirectory
from plunk_import.storage.durable import replacing
from plunk_import.storage.kept_files import KeptFiles, KeptRejects, Section, Stamp
from plunk_import.storage.kept_rows import (
    ENDINGS,
    JsonRows,
    KeptRows,
    ParquetRows,
    WrittenSource,
    file_to_mend,
)
from plunk_import.storage.source_lines import BatchOutcome, SourceLines

REJECT_COLUMNS = ("_code", "_field", "_message", "_stage", "_raw")
DOUBT_COLUMNS = ("_reason", "_request_id")


class SectionsDifferError(Exception):
    """The source is read in other blocks than when its rejects were written."""


class RowsFile:
    """Writes rows of one kind in all forms that they are kept in, a batch at a time, in order.

    With what was written `before`, the sections of batches that are not written again are taken
    over as they are.
    """

    def __init__(
        self,
        beside: SourceLines,
        columns: tuple[str, ...],
        forms: Sequence[KeptRows],
        before: KeptRejects | None = None,
    ) -> None:
        self._beside = beside
        self._columns = columns
        self._forms = forms
        self._heads = before.heads if before else None
        self._sections: list[Section] = []
        self._before = deque(before.sections if before else ())
        # The last of them that was taken over or left out.
        self._passed = Section(0, 0, 0, self._heads or (0,) * len(forms))
        if before is not None:
            self._take_over((0,) * len(forms), before.heads)

    def write(self, batch: BatchOutcome, notes: pl.DataFrame) -> None:
        """Append the rows of one batch that are noted.

        Raises SectionsDifferError where it holds only a part of what was one before.
        """
        first, last = batch.span
        self._keep_until(first)
        self._begin()
        if not notes.is_empty():
            rows = self._beside.beside(batch, notes, self._columns)
            for form in self._forms:
                form.add(rows)
        self._sections.append(Section(first, last, batch.events, self._ends))
        while self._before and self._before[0].first <= last:
            if self._before[0].last > last:
                raise SectionsDifferError
            self._passed = self._before.popleft()

    def complete(self) -> KeptRejects:
        """Take over what is left of before, and tell what the files hold; nothing may follow."""
        self._keep_until(None)
        heads = self._begin()
        for form in self._forms:
            form.finish()
            form.stream.flush()
        stamps = tuple(Stamp.of(form.stream.fileno()) for form in self._forms)
        return KeptRejects(stamps=stamps, heads=heads, sections=tuple(self._sections))

    @property
    def _ends(self) -> tuple[int, ...]:
        return tuple(form.at for form in self._forms)

    def _begin(self) -> tuple[int, ...]:
        """Write the headers, unless that is done."""
        if self._heads is None:
            nothing = self._beside.nothing(self._columns)
            for form in self._forms:
                form.add(nothing)
            self._heads = self._ends
        return self._heads

    def _keep_until(self, first: int | None) -> None:
        """Take over all sections of rows before this one."""
        while self._before and (first is None or self._before[0].first < first):
            section = self._before.popleft()
            if first is not None and section.last >= first:
                raise SectionsDifferError
            self._take_over(self._passed.ends, section.ends)
            self._passed = section
            self._sections.append(section._replace(ends=self._ends))

    def _take_over(self, starts: Sequence[int], stops: Sequence[int]) -> None:
        for form, start, stop in zip(self._forms, starts, stops, strict=True):
            form.take_over(start, stop)


class RunFiles:
    """Writes rejects, rows in doubt, or both, a batch at a time, in the order of the source.

    Nothing is held but the batch at hand.
    """

    def __init__(self, rejects: RowsFile | None, doubts: RowsFile | None) -> None:
        self._rejects = rejects
        self._doubts = doubts
        self._starts: dict[FileStart, None] = {}
        self._kept: KeptRejects | None = None

    @property
    def starts(self) -> tuple[FileStart, ...]:
        """The files that the rows of the batches are from."""
        return tuple(self._starts)

    def write(self, batch: BatchOutcome) -> None:
        """Append one batch to every file."""
        self._starts.update(dict.fromkeys(batch.locations.files))
        if self._rejects is not None:
            self._rejects.write(batch, batch.rejects)
        if self._doubts is not None and batch.doubts is not None:
            self._doubts.write(batch, batch.doubts)

    def complete(self) -> KeptRejects | None:
        """Write what is left to write, and tell of the rejects, if they are written."""
        if self._rejects is not None and self._kept is None:
            self._kept = self._rejects.complete()
        return self._kept

    def noted(self) -> Mapping[str, Any]:
        """Return the journal's note of the rejects of a run that has sent nothing yet."""
        rejects = self.complete()
        if rejects is None:
            return {}
        return KeptFiles(order=0, starts=self.starts, rejects=rejects).noted()


@contextlib.contextmanager
def run_files(
    directory: RunDirectory,
    source: WrittenSource,
    *,
    rejects: bool = True,
    before: KeptRejects | None = None,
    doubts: bool = False,
) -> Iterator[RunFiles]:
    """Open files of a run to be written, all whole or left as they were.

    Args:
        directory: Where they stand.
        source: Where the rows are from.
        rejects: Write the rejects.
        before: What the rejects are now, to take over what is not written again.
        doubts: Write the rows in doubt.

    """
    beside = SourceLines(source)
    for left in directory.path.glob(f"{DRAFT_ROWS}*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    with contextlib.ExitStack() as stack:

        def opened(path: Path, columns: tuple[str, ...]) -> Sequence[KeptRows]:
            csv = CsvRows(stack.enter_context(replacing(path)), path, beside, columns)
            kept = [stack.enter_context(_keeping(path, source))] if source.form in ENDINGS else []
            return [csv, *kept]

        refused = in_doubt = None
        if rejects:
            forms = opened(directory.rejects, REJECT_COLUMNS)
            refused = RowsFile(beside, REJECT_COLUMNS, forms, before)
        if doubts:
            forms = opened(directory.in_doubt, DOUBT_COLUMNS)
            in_doubt = RowsFile(beside, DOUBT_COLUMNS, forms)
        files = RunFiles(refused, in_doubt)
        yield files
        files.complete()
        if in_doubt is not None:
            in_doubt.complete()


def paths_of_rejects(directory: RunDirectory, source: WrittenSource) -> Sequence[Path]:
    """List the files that hold the rejects of a source, in the order in which they are kept."""
    csv = directory.rejects
    kept = [file_to_mend(csv, source.form)] if source.form in ENDINGS else []
    return [csv, *kept]


@contextlib.contextmanager
def _keeping(path: Path, source: WrittenSource) -> Iterator[KeptRows]:
    """Open the file beside one of CSV that keeps the types of its rows."""
    path = file_to_mend(path, source.form)
    with replacing(path) as stream:
        if source.form is Form.JSON:
            yield JsonRows(stream, path, source)
            return
        with tempfile.TemporaryDirectory(prefix=DRAFT_ROWS, dir=path.parent) as folder:
            yield ParquetRows(stream, path, Path(folder))
