"""What the files of a run hold, as its journal notes it, so that they need not be made anew."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from plunk_import.read import FileStart
from plunk_import.storage.journal_reader import JournalReader

NAME = "files"
"""What the journal calls the note."""


class Stamp(NamedTuple):
    """What tells whether a file is still the one that was written."""

    size: int
    modified_ns: int
    inode: int

    @classmethod
    def of(cls, file: int | Path) -> Self:
        """Look at a file by its descriptor or its path; raises OSError where that fails."""
        found = os.stat(file)  # noqa: PTH116 - of a descriptor, too
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)

    def is_of(self, path: Path) -> bool:
        """Tell whether that is the file at a path, and nobody has written to it since."""
        try:
            return self == Stamp.of(path)
        except OSError:
            return False


class Section(NamedTuple):
    """The rejects of one block of rows.

    Attributes:
        first: The ordinal of the block's first row.
        last: That of its last.
        events: How many of its rows are to be sent.
        ends: Where its lines end in each of the files, as `KeptRows.at` tells it.

    """

    first: int
    last: int
    events: int
    ends: tuple[int, ...]

    @property
    def span(self) -> tuple[int, int]:
        """The ordinals of the first row and the last."""
        return self.first, self.last


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class KeptRejects(_Kept):
    """The rejects as they were written last, in each of their files.

    `heads` are where the lines of the first section begin.
    """

    stamps: tuple[Stamp, ...]
    heads: tuple[int, ...]
    sections: tuple[Section, ...]

    def are_at(self, paths: Sequence[Path]) -> bool:
        """Tell whether they are still there as they were written."""
        stamps = zip(self.stamps, paths, strict=False)
        return len(self.stamps) == len(paths) and all(stamp.is_of(path) for stamp, path in stamps)


class KeptResults(_Kept):
    """The results as they were written last.

    `marks` are places to go on from: an ordinal, and where the lines of the rows from it on begin.
    """

    stamp: Stamp
    marks: tuple[tuple[int, int], ...]


class KeptFiles(_Kept):
    """What the files of a run hold: all that the journal held up to its note `order`."""

    order: int
    starts: tuple[FileStart, ...]
    rejects: KeptRejects
    results: KeptResults | None = None

    @classmethod
    def of(cls, journal: JournalReader) -> Self | None:
        """Read the note of a journal; None where there is none that can be used."""
        try:
            return cls.model_validate(journal.meta().get(NAME))
        except ValidationError:
            return None

    def noted(self) -> Mapping[str, Any]:
        """Return the note for a journal."""
        return {NAME: self.model_dump(mode="json")}
