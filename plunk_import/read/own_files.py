"""Files that this program wrote, given back to it: rows rejected or in doubt, mended or not."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from plunk_import.read.batch import OWN_COLUMNS
from plunk_import.read.delimited.dialect import DELIMITERS

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

_REASONS = frozenset({"_code", "_reason"})


def options_as_written(head: bytes, options: "SourceOptions") -> "SourceOptions":
    """Return how a file is to be read whose first bytes these are.

    A file of ours is recognised by its last columns, and read as it was written: what the mapping
    says of the source does not hold for it. Only its delimiter may have changed, as a spreadsheet
    changes it.
    """
    delimiter = _own_delimiter(head)
    if delimiter is None:
        return options
    written = {"format": "csv", "delimiter": delimiter, "quote": '"', "encoding": "utf-8"}
    return options.model_copy(
        update={**written, "header_line": None, "columns": None, "multiline": True}
    )


def _own_delimiter(head: bytes) -> str | None:
    try:
        # The last character may have been cut.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return None
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    return next((mark for mark in DELIMITERS if _is_own(header, mark)), None)


def _is_own(header: str, delimiter: str) -> bool:
    return are_own(next(csv.reader(io.StringIO(header), delimiter=delimiter), []))


def are_own(names: Sequence[str]) -> bool:
    """Tell by its last columns whether a file is one of ours."""
    own = list(names)
    while own and own[0] not in OWN_COLUMNS:
        own.pop(0)
    return "_row" in own and not _REASONS.isdisjoint(own) and OWN_COLUMNS.issuperset(own)
