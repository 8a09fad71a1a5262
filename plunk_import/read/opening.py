"""Opens the files of a source."""

import contextlib
import dataclasses
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.errors import SourceError
from plunk_import.read.alike import LARGEST_BYTES, AlikeFile, Template
from plunk_import.read.batch import Reader
from plunk_import.read.failures import EmptyFileError
from plunk_import.read.formats import Opening, find_header_line, open_alike, open_reader
from plunk_import.read.held import MOST_HELD, HeldFile
from plunk_import.read.identity import FileIdentity
from plunk_import.read.input_file import InputFile, NoRows
from plunk_import.read.json.columns import Survey
from plunk_import.read.places import Place, find_places, first_file
from plunk_import.read.source import BLOCK_BYTES, Source

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

_MOST_TEMPLATES = 8
"""So many of the last ones are tried: more cost more than they save."""


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
        opener = _Opener(options, spool, block_bytes)
        for number, place in enumerate(find_places(paths, spool=spool)):
            held = HeldFile(place.path, name=place.name, is_held=number < MOST_HELD)
            leftovers.callback(held.close)
            identity = FileIdentity(held.path, name=place.name)
            try:
                reader = opener.open(place, held, identity)
            except EmptyFileError as error:
                no_rows = NoRows(error.schema, error.form)
                empty.append((error, InputFile(place, no_rows, identity, held)))
            else:
                files.append(InputFile(place, reader, identity, held))
        if not files:
            files = _empty_files(empty, allowed=allow_empty)
        with contextlib.suppress(OSError):
            spool.rmdir()  # it goes where nothing had to be copied
        source = Source(files, options, block_bytes=block_bytes)
        weakref.finalize(source, leftovers.pop_all().close)
    return source


class _Opener:
    """Opens one file after the other, and has learned from those before."""

    def __init__(self, options: "SourceOptions", spool: Path, block_bytes: int) -> None:
        self._options = options
        self._spool = spool
        self._block_bytes = block_bytes
        self._templates: list[Template] = []
        self._survey = Survey()

    def open(self, place: Place, held: HeldFile, identity: FileIdentity) -> Reader:
        """Open a file as one that is like another, or with care."""
        opened = dataclasses.replace(place, path=held.path)
        opening = Opening(opened, self._options, self._spool, self._block_bytes, self._survey)
        if self._templates and identity.size_bytes <= LARGEST_BYTES:
            alike = open_alike(opening, self._templates)
            if alike is not None:
                return alike
        reader = open_reader(opening)
        if isinstance(reader, AlikeFile):
            self._templates = [reader.template, *self._templates[: _MOST_TEMPLATES - 1]]
        return reader


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
