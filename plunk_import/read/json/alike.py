"""Files of one JSON object a line: those of one source have one set of columns."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from plunk_import.read.alike import AlikeFile
from plunk_import.read.batch import FileBatch, Reader
from plunk_import.read.content import Content
from plunk_import.read.encodings import BOM, wide_encoding_of
from plunk_import.read.joined_text import read_joined
from plunk_import.read.json.columns import Survey
from plunk_import.read.json.lines import NdjsonReader, readable_lines

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening


def open_ndjson(opening: "Opening") -> Reader:
    """Open a file of one JSON object a line.

    Raises:
        SourceError: It is no such file, or has no rows.

    """
    content, survey = opening.text, opening.survey
    reader = NdjsonReader(content, block_bytes=opening.block_bytes, survey=survey)
    whole = opening.whole_text
    if whole is None or reader.is_ours:
        return reader
    template = NdjsonTemplate(reader, survey, opening.block_bytes)
    return template.recognized(content, whole) or reader


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class NdjsonTemplate:
    """The `Template` of files of one object a line, whatever their keys.

    Attributes:
        first: Reads the file that was opened with care.
        survey: What was found in all of them.
        block_bytes: About how many bytes are parsed at once.

    """

    first: NdjsonReader
    survey: Survey
    block_bytes: int

    format_name = "ndjson"
    is_text = True

    def recognized(self, content: Content, whole: bytes) -> AlikeFile | None:
        """Look at the keys and values of a file that is none of ours."""
        first_line = whole.partition(b"\n")[0]
        is_odd = whole.startswith(BOM) or whole.lstrip().startswith(b"[")
        if is_odd or wide_encoding_of(whole[:4096]) or b'"_' in first_line:
            return None
        if not self.survey.add(readable_lines(whole)):
            return None
        lines = whole.removesuffix(b"\n").split(b"\n")
        rows = sum(1 for line in lines if line.strip())
        return AlikeFile(self, content, rows, len(whole), has_row_a_line=rows == len(lines))

    def alone(self, content: Content) -> Reader:
        """Return what reads one of the files on its own, by the columns of all."""
        return NdjsonReader(content, block_bytes=self.block_bytes, survey=self.survey)

    def together(self, files: Sequence[AlikeFile]) -> Sequence[FileBatch] | None:
        """Parse the lines of all files as if they stood in one."""
        record_format = self.first.record_format
        return read_joined(files, record_format, top=b"", block_bytes=self.block_bytes)
