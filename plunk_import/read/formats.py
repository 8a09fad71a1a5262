"""Which reader a file needs: by what is declared, else its first bytes, else its name."""

import dataclasses
import functools
import pkgutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.errors import SourceError
from plunk_import.mapping import FILE_FORMATS, FileFormat
from plunk_import.read.alike import LARGEST_BYTES, AlikeFile, Template
from plunk_import.read.batch import MARK, Reader
from plunk_import.read.content import Content, inner_name
from plunk_import.read.encodings import is_wide, require_declared
from plunk_import.read.failures import EmptyFileError
from plunk_import.read.foreign import HEAD_BYTES, require_table
from plunk_import.read.json.columns import Survey
from plunk_import.read.own_files import options_as_written
from plunk_import.read.own_rows import own_rows, without_own
from plunk_import.read.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from plunk_import.mapping import SourceOptions

_HEAD_BYTES = 4096


@dataclasses.dataclass(frozen=True)
class Opening:
    """A local file to be opened, and all that a format needs for it.

    Attributes:
        place: The file, and what the user called it.
        options: How it is to be read.
        spool: A directory for copies of what cannot be read in place.
        block_bytes: About how many bytes of text are parsed at once.
        survey: What was found in the source's files of JSON.

    """

    place: Place
    options: "SourceOptions"
    spool: Path
    block_bytes: int
    survey: Survey = dataclasses.field(default_factory=Survey)

    @property
    def name(self) -> str:
        """The file as the user named it, for messages."""
        return self.place.name

    @functools.cached_property
    def content(self) -> Content:
        """The unpacked bytes."""
        return Content(self.place.path, name=self.name)

    @functools.cached_property
    def text(self) -> Content:
        """The unpacked text, as UTF-8.

        Raises:
            SourceError: The declared encoding is unknown, or surely not that of the file.

        """
        text = self.content.encoded(self.options.encoding)
        if is_wide(text.encoding or ""):
            require_declared(self.content.head(_HEAD_BYTES)[0], text.encoding or "", name=self.name)
        return text

    @functools.cached_property
    def whole(self) -> bytes | None:
        """The unpacked bytes of a small file; None of a larger one."""
        return self.content.whole(LARGEST_BYTES)

    @property
    def whole_text(self) -> bytes | None:
        """The text of a small file, as UTF-8; None of a larger one."""
        is_as_it_stands = self.text.encoding in (None, "utf-8")
        return self.whole if is_as_it_stands else self.text.whole(LARGEST_BYTES)

    def unpacked(self) -> Path:
        """Return the file itself, or an unpacked copy of it."""
        return self.content.unpacked_to(self.spool)


def open_reader(opening: Opening) -> Reader:
    """Open a file in its format.

    Raises:
        SourceError: The file cannot be read in that format.

    """
    if opening.place.format is not None:
        opening = dataclasses.replace(opening, options=_of_our_own(opening))
    declared_options = opening.options
    options = options_as_written(opening.content, declared_options)
    opening = dataclasses.replace(opening, options=options)
    declared = options.format
    found = (
        _named(declared) if declared else _recognized(opening.content, opening.content.head(8)[0])
    )
    if not found.magic:
        require_table(opening.content.head(HEAD_BYTES)[0], name=opening.name)
    opener: Callable[[Opening], Reader] = pkgutil.resolve_name(found.opener)
    try:
        reader = opener(opening)
    except EmptyFileError as error:
        error.schema = without_own(error.schema)
        raise
    _require_names(reader.schema.names(), opening.name)
    return own_rows(reader, declared_options)


def open_alike(opening: Opening, templates: Sequence[Template]) -> AlikeFile | None:
    """Open a small file as one that is like another; None where it is like none of them.

    Raises:
        SourceError: The file cannot be read.

    """
    if opening.place.format is not None or opening.whole is None:
        return None
    declared = opening.options.format
    name = declared or _recognized(opening.content, opening.whole).name
    for template in templates:
        if template.format_name != name:
            continue
        content = opening.text if template.is_text else opening.content
        whole = opening.whole_text if template.is_text else opening.whole
        found = None if whole is None else template.recognized(content, whole)
        if found is not None:
            return found
    return None


def _require_names(names: Iterable[str], file: str) -> None:
    for name in names:
        if name.startswith(MARK):
            raise SourceError(
                f"{file}: the name of a column begins with {MARK!r}, as this program's own do. "
                "Rename it."
            )


def find_header_line(opening: Opening) -> int | None:
    """Find the line on which the header stands, from 1; None where no line looks like one.

    Raises:
        SourceError: The file cannot be read.

    """
    declared = opening.options.format
    found = (
        _named(declared) if declared else _recognized(opening.content, opening.content.head(8)[0])
    )
    if found.header_finder is None:
        return None
    finder: Callable[[Opening], int | None] = pkgutil.resolve_name(found.header_finder)
    return finder(opening)


def _of_our_own(opening: Opening) -> "SourceOptions":
    """Leave out what the mapping says of files: nobody but this program wrote this one."""
    no_options = type(opening.options)()
    return no_options.model_copy(update={"format": opening.place.format})


def _named(name: str) -> FileFormat:
    return next(entry for entry in FILE_FORMATS if entry.name == name)


def _recognized(content: Content, head: bytes) -> FileFormat:
    ending = inner_name(content.path, content.packing, content.name).rpartition(".")[2].lower()
    by_magic = (entry for entry in FILE_FORMATS if head.startswith(entry.magic))
    by_ending = (entry for entry in FILE_FORMATS if ending in entry.endings)
    return next(by_magic, None) or next(by_ending, FILE_FORMATS[0])
