"""A source: one or more files, read as batches of rows in a fixed order."""

import contextlib
import dataclasses
import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import BAD_SCHEMA, ORDINAL, ORIGIN, ROW, Batch, FileBatch, Form
from plunk_import.read.columns import column
from plunk_import.read.failures import EmptyFileError
from plunk_import.read.formats import Opening, find_header_line, open_reader
from plunk_import.read.header import require_not_too_many
from plunk_import.read.held import MOST_HELD, HeldFile
from plunk_import.read.identity import FileIdentity
from plunk_import.read.input_file import InputFile, NoRows, knows_origins
from plunk_import.read.locations import FileStart, Locations
from plunk_import.read.places import Place, find_places, first_file
from plunk_import.read.schema import shared_schema, widened
from plunk_import.read.value_texts import as_json

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
    changed so that every column has a name of its own.
    """

    def __init__(self, files: Sequence[InputFile], options: "SourceOptions") -> None:
        self._inputs = tuple(files)
        self._null_values = options.null_values
        self.files = tuple(file.name for file in files)
        self.schema = shared_schema([(file.name, file.schema) for file in files])
        self.columns = tuple(self.schema.names())
        require_not_too_many(len(self.columns), place=self.files[0])
        json = {name: raw for file in files for name, raw in file.reader.json.items()}
        self.json: Mapping[str, str] = MappingProxyType(json)
        self._origins = any(map(knows_origins, files))
        self.remarks = tuple((file.name, said) for file in files for said in file.reader.remarks)
        self.form = max(file.reader.form for file in files)
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

    def fingerprint(self) -> str:
        """Return the SHA-256, in hex, of the number of files and their contents in order."""
        total = hashlib.sha256(f"{len(self._inputs)}\n".encode())
        for file in self._inputs:
            total.update(file.identity.digest())
        return total.hexdigest()

    def unchanged(self) -> None:
        """Raise SourceChangedError when a file is no longer what it was on opening."""
        for file in self._inputs:
            file.identity.require_unchanged()

    def _batches(self, after_ordinal: int) -> Generator[Batch, None, None]:
        before = 0
        for file in self._inputs:
            file.identity.require_unchanged()
            rows = 0
            for batch in file.reader.batches(after_row=max(0, after_ordinal - before)):
                rows = batch.last_row
                if before + rows > after_ordinal and batch.has_rows:
                    yield self._placed(batch, file, before)
            file.identity.require_unchanged()
            before += rows

    def _placed(self, batch: FileBatch, file: InputFile, before: int) -> Batch:
        """Add the ordinals to a file's batch, and the columns of the whole source."""
        read = file.with_partitions(batch.frame)
        found = read.schema  # a frame builds it anew whenever it is asked for
        columns = (
            widened(read, own, dtype, file=file.name) if found[own] != dtype else column(own)
            for own, dtype in self.schema.items()
        )
        ordinal = (pl.col(ROW) + before).alias(ORDINAL)
        frame = read.select(ordinal, ROW, *self._origin(file), *columns)
        if self._null_values:
            absent = pl.col(pl.String).is_in(self._null_values)
            frame = frame.with_columns(pl.when(~absent).then(pl.col(pl.String)))
        frame = frame.with_columns(
            pl.when(column(name).is_not_null())
            .then(read[raw] if raw in found else as_json(column(name)))
            .alias(raw)
            for name, raw in self.json.items()
        )
        unread = file.with_partitions(batch.bad)
        known = (*self.schema, *((ORIGIN,) if self._origins else ()))
        known_cells = unread.schema
        cells = (column(name) for name in known if name in known_cells)
        bad = unread.select(ordinal, *BAD_SCHEMA, *cells)
        start = FileStart(file.name, before + 1)
        return Batch(frame, bad, Locations((start,), batch.lines.after(before)))

    def _origin(self, file: InputFile) -> Iterator[pl.Expr]:
        """Select what rows that come back were known by; null in files that are read first."""
        if self._origins:
            known = pl.col(ORIGIN).cast(pl.String) if knows_origins(file) else pl.lit(None)
            yield known.cast(pl.String).alias(ORIGIN)


def open_source(
    paths: Sequence[str | Path | Place],
    options: "SourceOptions",
    *,
    spool: Path | None = None,
    block_bytes: int = BLOCK_BYTES,
    allow_empty: bool = False,
) -> Source:
    """Open files, globs, or standard input ("-"), and find out their columns.

    What cannot be read in place is copied into `spool` (default: a directory that goes with the
    source). Text is taken in blocks of about `block_bytes`. Files without rows are left out where
    others have some; where none has, `allow_empty` lets the source have none. Raises SourceError
    with the file, the place and the remedy.
    """
    with contextlib.ExitStack() as leftovers:
        if spool is None:
            spool = Path(tempfile.mkdtemp(prefix="plunk-import-"))
            leftovers.callback(shutil.rmtree, spool, ignore_errors=True)
        spool.mkdir(parents=True, exist_ok=True)
        files = []
        empty: list[tuple[EmptyFileError, InputFile]] = []
        for number, place in enumerate(find_places(paths, spool=spool)):
            held = HeldFile(place.path, name=place.name, is_held=number < MOST_HELD)
            leftovers.callback(held.close)
            identity = FileIdentity(held.path, name=place.name)
            opened = dataclasses.replace(place, path=held.path)
            try:
                reader = open_reader(Opening(opened, options, spool, block_bytes))
            except EmptyFileError as error:
                no_rows = NoRows(error.schema, error.form)
                empty.append((error, InputFile(place, no_rows, identity, held)))
            else:
                files.append(InputFile(place, reader, identity, held))
        if not files:
            files = _empty_files(empty, allowed=allow_empty)
        with contextlib.suppress(OSError):
            spool.rmdir()  # it goes where nothing had to be copied
        source = Source(files, options)
        weakref.finalize(source, leftovers.pop_all().close)
    return source


def _empty_files(
    empty: Sequence[tuple[EmptyFileError, InputFile]], *, allowed: bool
) -> list[InputFile]:
    """Return the files without rows that have the columns of all; no other has more of them."""
    if not allowed:
        raise empty[0][0]
    known = [file for error, file in empty if error.schema]
    return known or [file for _, file in empty]


def header_line_of(paths: Sequence[str | Path], options: "SourceOptions") -> int | None:
    """Find the line of the first file on which the header stands, where that is not the first.

    None where it is, where no line looks like a header, and where the file cannot be looked at:
    `open_source` says why.
    """
    path = first_file(paths)
    if path is None:
        return None
    with tempfile.TemporaryDirectory(prefix="plunk-import-") as spool:
        opening = Opening(Place(path.name, path), options, Path(spool), BLOCK_BYTES)
        try:
            line = find_header_line(opening)
        except SourceError:
            return None
    return line if line and line > 1 else None


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
