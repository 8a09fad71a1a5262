"""Small files that are alike: the first of them tells how to read the others, and all together.

What they give is what each of them would give on its own. Where that is not sure, a file is opened
with care, or those of a group are read one by one.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import polars as pl

from plunk_import.read.batch import FileBatch, Form, Reader, bad_frame, numbered
from plunk_import.read.content import Content

LARGEST_BYTES = 1 << 20
"""The largest file that is read together with others, unpacked."""
_CELL_BYTES = 8


class Template(Protocol):
    """What one file tells of those that are like it."""

    @property
    def format_name(self) -> str:
        """The format's name in `FILE_FORMATS`."""

    @property
    def first(self) -> Reader:
        """What reads the file that was opened with care: its columns are those of all."""

    @property
    def is_text(self) -> bool:
        """Whether their content is text, of the encoding that was declared."""

    def recognized(self, content: Content, whole: bytes) -> "AlikeFile | None":
        """Open a file whose content is `whole`; None where it is not surely alike, or empty."""

    def alone(self, content: Content) -> Reader:
        """Return what reads one of the files on its own."""

    def together(self, files: "Sequence[AlikeFile]") -> Sequence[FileBatch] | None:
        """Read them all as if they were one; None where each has to be read on its own."""


@dataclasses.dataclass(frozen=True, slots=True)
class AlikeFile:
    """A `Reader` of one small file, which its template can read together with its neighbours.

    Attributes:
        template: How it is read.
        content: Where it is.
        rows: How many rows it has, good and bad.
        size_bytes: How large what is read of it is.
        has_row_a_line: Whether each of its lines is a row, from the first one on.

    """

    template: Template
    content: Content
    rows: int
    size_bytes: int
    has_row_a_line: bool = True

    @property
    def schema(self) -> pl.Schema:
        """The file's columns."""
        return self.template.first.schema

    @property
    def form(self) -> Form:
        """How much the file says of the types of its cells."""
        return self.template.first.form

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was changed so that every column has a name of its own, in sentences."""
        return self.template.first.remarks

    @property
    def losses(self) -> tuple[str, ...]:
        """No format of such files has any."""
        return ()

    @property
    def json(self) -> Mapping[str, str]:
        """Columns whose values are kept as JSON, too, and the columns of frames that hold it."""
        return self.template.first.json

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Read it on its own."""
        return self.template.alone(self.content).batches(after_row=after_row)


def room_for_cells(whole: bytes, rows: int, schema: pl.Schema) -> int:
    """Estimate the bytes that a columnar file takes once it is read, never less than it has."""
    return max(len(whole), rows * len(schema) * _CELL_BYTES)


def taken_together(frame: pl.DataFrame, files: Sequence[AlikeFile]) -> Sequence[FileBatch] | None:
    """Make one batch of what columnar files gave together.

    None where that is not as many rows as all of them promise, in the columns of the first: no
    file gives more rows than it promises, so that each of them gave all if all together do.
    """
    if frame.height != sum(file.rows for file in files):
        return None
    if frame.schema != files[0].template.first.schema:
        return None
    return [FileBatch(numbered(frame, range(1, frame.height + 1)), bad_frame([]), frame.height)]
