"""A source: one or more files, read as batches of rows in a fixed order."""

import contextlib
import dataclasses
import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from plunk_import.read.batch import Batch, FileBatch, Form
from plunk_import.read.dividing import count_rows, partitions_of, read_span
from plunk_import.read.groups import files_after, first_ordinals, groups_of, read_together, rows_of
from plunk_import.read.header import require_not_too_many
from plunk_import.read.input_file import InputFile, knows_origins
from plunk_import.read.marks import Mark, Marks
from plunk_import.read.partition import Before, Partition, Span
from plunk_import.read.places import Place
from plunk_import.read.placing import Placing, joined
from plunk_import.read.schema import shared_schema

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

BLOCK_BYTES = 4 << 20
SMALL_BYTES = 256 << 10
"""A source up to this size is not read ahead, and its rows are kept where they are as few."""


class Source:
    """One or more files with the same columns, to be read any number of times.

    `schema` is that of the source's own columns; `form` is how much the files say of their
    types (text has only strings). `json` names columns of which each value is kept exactly as its
    JSON is written, too, and the columns of frames that hold it. `remarks` say, by file, what was
    changed so that every column has a name of its own, `losses` what could not be read. `marks` are
    places at which reading can begin.
    """

    def __init__(
        self, files: Sequence[InputFile], options: "SourceOptions", *, block_bytes: int
    ) -> None:
        self._inputs = tuple(files)
        self._block_bytes = block_bytes
        self._groups = tuple(groups_of(files, most_bytes=block_bytes))
        self.files = tuple(file.name for file in files)
        self.schema = shared_schema([(file.name, file.schema) for file in files])
        self.columns = tuple(self.schema.names())
        require_not_too_many(len(self.columns), place=self.files[0])
        json = {name: raw for file in files for name, raw in file.reader.json.items()}
        self.json: Mapping[str, str] = MappingProxyType(json)
        origins = any(map(knows_origins, files))
        self._placing = Placing(self.schema, self.json, options.null_values, origins)
        self.remarks = tuple((file.name, said) for file in files for said in file.reader.remarks)
        self.losses = tuple((file.name, said) for file in files for said in file.reader.losses)
        self.form = max(file.reader.form for file in files)
        self._numbers = {id(file): number for number, file in enumerate(self._inputs)}
        self.marks = Marks()
        self.kept: Batch | None = None
        """All rows, once a small source was read to its end: it need not be parsed again."""

    @property
    def typed(self) -> bool:
        """Whether types come from the files; text has only strings."""
        return self.form > Form.TEXT

    @property
    def places(self) -> tuple[Place, ...]:
        """The files as they can be opened again, from any working directory."""
        return tuple(
            dataclasses.replace(file.place, path=file.place.path.resolve()) for file in self._inputs
        )

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where the bytes of each file are, absolute: copies of what cannot be read twice."""
        return tuple(place.path for place in self.places)

    @property
    def displaced(self) -> tuple[str, ...]:
        """The files whose paths lead to others now, or to none; they are read on all the same."""
        return tuple(file.name for file in self._inputs if file.held.is_displaced)

    def kept_in(self, folder: Path) -> tuple[Place, ...]:
        """Return the `places` of all files, with copies in `folder` of those that are displaced."""
        return tuple(file.kept_in(folder) for file in self._inputs)

    def batches(self, *, after_ordinal: int = 0) -> Generator[Batch, None, None]:
        """Read anew, in order; batches that end at or before `after_ordinal` are left out.

        Raises SourceError where a file turns out to be unreadable, SourceChangedError where it is
        no longer what it was. Close the iterator to stop early.
        """
        if self.kept is not None:
            return self._again(self.kept, after_ordinal)
        if sum(file.identity.size_bytes for file in self._inputs) <= SMALL_BYTES:
            return self._keeping(self._batches(after_ordinal), is_whole=after_ordinal == 0)
        return _one_ahead(self._batches(after_ordinal))

    def _again(self, kept: Batch, after_ordinal: int) -> Generator[Batch, None, None]:
        self.unchanged()
        if kept.last_ordinal > after_ordinal:
            yield kept
        self.unchanged()

    def _keeping(
        self, batches: Generator[Batch, None, None], *, is_whole: bool
    ) -> Generator[Batch, None, None]:
        first, second = next(batches, None), next(batches, None)
        if first is None:
            return
        is_whole = is_whole and second is None
        if is_whole and first.frame.estimated_size() <= SMALL_BYTES:
            self.kept = first
        yield first
        if second is not None:
            yield second
            yield from batches

    def partitions(self, part_bytes: int) -> Iterator[Partition]:
        """Cut the source into parts of about this size, in order, that can be read apart."""
        return partitions_of(self._inputs, part_bytes)

    def rows_of(self, part: Partition) -> int:
        """Count the rows of a part."""
        return count_rows(self._inputs, part)

    def batches_of(self, part: Partition, before: Before) -> Generator[Batch, None, None]:
        """Read a part of the source as `batches` does; `before` tells what comes before it.

        Raises SourceError as `batches` does, and where the part does not end with a record.
        """
        return _one_ahead(self._batches_of(part, before))

    def _batches_of(self, part: Partition, before: Before) -> Generator[Batch, None, None]:
        files = self._inputs[part.file : part.file + part.files]
        if part.span is None:
            groups = groups_of(files, most_bytes=self._block_bytes)
            each = self._each(tuple(groups), before.files)
            yield from joined(each, most_bytes=self._block_bytes)
            return
        batches = read_span(files[0], part.span, rows_before=before.rows)
        yield from self._placed(batches, files, before.files, before.files)

    def fingerprint(self) -> str:
        """Return the SHA-256, in hex, of the number of files and their contents in order."""
        total = hashlib.sha256(f"{len(self._inputs)}\n".encode())
        for file in self._inputs:
            total.update(file.identity.digest())
        return total.hexdigest()

    def unchanged(self) -> None:
        """Raise SourceChangedError when a file is no longer what it was on opening."""
        _require_unchanged(self._inputs)

    def _batches(self, after_ordinal: int) -> Generator[Batch, None, None]:
        mark = self.marks.last_up_to(after_ordinal)
        if mark is None:
            each = self._each(self._groups, 0, after_ordinal)
        else:
            each = self._from(mark, after_ordinal)
        yield from joined(each, most_bytes=self._block_bytes)

    def _from(self, mark: Mark, after_ordinal: int) -> Iterator[Batch]:
        _require_unchanged(self._inputs[: mark.file + 1])
        file, *others = self._inputs[mark.file :]
        span = Span(mark.offset, file.identity.size_bytes, mark.lines)
        before = mark.ordinal - mark.rows
        after_row = after_ordinal - before
        batches = read_span(file, span, rows_before=mark.rows, after_row=after_row)
        before = yield from self._placed(batches, (file,), before, after_ordinal, rows=mark.rows)
        groups = tuple(groups_of(others, most_bytes=self._block_bytes))
        yield from self._each(groups, before, after_ordinal)

    def _each(
        self, groups: Iterable[tuple[InputFile, ...]], before: int, after_ordinal: int = 0
    ) -> Iterator[Batch]:
        for group in groups:
            _require_unchanged(group)
            files = files_after(group, after_ordinal - before)
            before += rows_of(group[: len(group) - len(files)])
            together = read_together(files)
            if together is not None:
                before = yield from self._placed(together, files, before, after_ordinal)
                continue
            for file in files:
                batches = file.reader.batches(after_row=max(0, after_ordinal - before))
                before = yield from self._placed(batches, (file,), before, after_ordinal)

    def _placed(
        self,
        batches: Iterable[FileBatch],
        files: tuple[InputFile, ...],
        before: int,
        after_ordinal: int,
        *,
        rows: int = 0,
    ) -> Generator[Batch, None, int]:
        """Place the batches of files behind `before` rows; return how many there are then."""
        starts = first_ordinals(files, before=before)
        for batch in batches:
            rows = batch.last_row
            if batch.end is not None:
                mark = Mark(before + rows, self._numbers[id(files[0])], rows, *batch.end)
                self.marks.add([mark])
            if before + rows > after_ordinal and batch.has_rows:
                yield self._placing.placed(batch, files, starts)
        _require_unchanged(files)
        return before + rows


def _require_unchanged(files: Iterable[InputFile]) -> None:
    for file in files:
        file.identity.require_unchanged()


def _one_ahead(batches: Generator[Batch, None, None]) -> Generator[Batch, None, None]:
    """Prepare the next batch in a thread while the current one is worked on."""
    with (
        contextlib.closing(batches),
        ThreadPoolExecutor(1, thread_name_prefix="plunk-import-read") as thread,
    ):
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch
            del batch  # before the next one is waited for
