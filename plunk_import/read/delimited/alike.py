"""Delimited files that have the same header, and whatever stands above it."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from plunk_import.errors import SourceError
from plunk_import.read.alike import AlikeFile
from plunk_import.read.batch import FileBatch, Reader
from plunk_import.read.content import Content
from plunk_import.read.delimited.dialect import (
    DELIMITERS,
    find_delimiter,
    line_end_of,
    told_delimiter,
)
from plunk_import.read.delimited.reader import DelimitedReader
from plunk_import.read.delimited.whole import WholeTexts
from plunk_import.read.encodings import BOM, wide_encoding_of
from plunk_import.read.joined_text import read_joined

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class DelimitedTemplate:
    """The `Template` of files that begin like one that was opened with care.

    Attributes:
        reader: Reads that file.
        top: What stands in it before the first row.
        header_start: Where in that the header begins.
        options: How it was declared to be read.
        texts: Looks at what stands behind the top.

    """

    reader: DelimitedReader
    top: bytes
    header_start: int
    options: "SourceOptions"
    texts: WholeTexts

    format_name = "csv"
    is_text = True

    @property
    def first(self) -> Reader:
        """What reads the file that was opened with care."""
        return self.reader

    def recognized(self, content: Content, whole: bytes) -> AlikeFile | None:
        """Open a file that begins with the same bytes, and surely has the same delimiter."""
        body = whole[len(self.top) :]
        if not whole.startswith(self.top) or not self._is_written_alike(whole):
            return None
        is_faultless = self.texts.are_faultless(body)
        rows = self.texts.count(body, is_faultless=is_faultless)
        if not rows or not self._has_the_delimiter(whole, is_faultless=is_faultless):
            return None
        has_row_a_line = self.texts.count_lines(body) == rows
        return AlikeFile(self, content, rows, len(body), has_row_a_line)

    def alone(self, content: Content) -> Reader:
        """Return what reads one of the files on its own."""
        return dataclasses.replace(self.reader, content=content)

    def together(self, files: Sequence[AlikeFile]) -> Sequence[FileBatch] | None:
        """Parse the records of all files as if they stood in one."""
        record_format, block_bytes = self.reader.record_format, self.reader.block_bytes
        return read_joined(files, record_format, top=self.top, block_bytes=block_bytes)

    def _is_written_alike(self, whole: bytes) -> bool:
        """Tell whether the file alone would be taken for text of these marks, too."""
        dialect = self.reader.dialect
        return (
            wide_encoding_of(whole[:4096]) is None
            and line_end_of(whole, dialect.quote) == dialect.line_end
            and (bool(self.top) or not _has_top(whole))
        )

    def _has_the_delimiter(self, whole: bytes, *, is_faultless: bool) -> bool:
        """Tell whether the file alone would be read with this delimiter, too."""
        dialect, options = self.reader.dialect, self.options
        if options.delimiter or told_delimiter(self.top):
            return True
        text = whole[self.header_start :]
        others = [mark.encode() for mark in DELIMITERS if mark != dialect.delimiter]
        # Beside a header of several cells, those of rows do not count.
        is_told_by_header = len(self.reader.schema) > 1 and not options.columns
        unsure = self.top[self.header_start :] if is_told_by_header else text
        if is_faultless and not any(mark in unsure for mark in others):
            return True
        try:
            found = find_delimiter(text, options, dialect.line_end, "", final=True)
        except SourceError:
            return False
        return found == dialect.delimiter


def _has_top(whole: bytes) -> bool:
    """Tell whether something may stand before the first row, or the file be one of ours."""
    first_line = whole.partition(b"\n")[0]
    return whole.startswith(BOM) or bool(told_delimiter(whole)) or b"_row" in first_line
