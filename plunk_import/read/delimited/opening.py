"""Opens a delimited file: finds out its dialect and its columns."""

from typing import TYPE_CHECKING

from plunk_import.read.delimited.alike import DelimitedTemplate
from plunk_import.read.delimited.dialect import read_top
from plunk_import.read.delimited.parser import DelimitedFormat
from plunk_import.read.delimited.reader import DelimitedReader
from plunk_import.read.delimited.whole import WholeTexts
from plunk_import.read.encodings import require_utf8_like

if TYPE_CHECKING:
    from plunk_import.read.batch import Reader
    from plunk_import.read.formats import Opening

_HEAD_BYTES = 1 << 20


def open_csv(opening: "Opening") -> "Reader":
    """Open a file of comma-separated values or their kin.

    Raises:
        SourceError: It is no such file, or has no rows.

    """
    content, options = opening.text, opening.options
    head, is_whole = content.head(_HEAD_BYTES)
    require_utf8_like(head, name=content.name)
    top = read_top(head, options, name=content.name, final=is_whole)
    record_format = DelimitedFormat(
        top.dialect,
        top.header.names,
        encoding=content.encoding or "utf-8",
        multiline=options.multiline,
    )
    reader = DelimitedReader(
        content,
        top.dialect,
        record_format,
        top.data_start,
        top.header.remarks,
        opening.block_bytes,
    )
    if not is_whole:
        return reader
    template = DelimitedTemplate(
        reader,
        head[: top.data_start],
        top.header_start,
        options,
        WholeTexts(top.dialect, len(top.header.names)),
    )
    return template.recognized(content, head) or reader
