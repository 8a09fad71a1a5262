"""Files that this program wrote, given back to it: rows rejected or in doubt, mended or not."""

import codecs
from typing import TYPE_CHECKING, Any

import msgspec

from plunk_import.read.content import Content
from plunk_import.read.delimited.cells import Dialect, Records
from plunk_import.read.delimited.dialect import DELIMITERS
from plunk_import.read.own_columns import own_columns_of

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

_HEADS_BYTES = (1 << 12, 1 << 16, 1 << 20, 1 << 26)
"""How much of a file is looked at for its first line, one after the other."""


def options_as_written(content: Content, options: "SourceOptions") -> "SourceOptions":
    """Return how a file is to be read.

    A file of ours is recognised by its columns, and read as it was written: what the mapping says
    of the source does not hold for it. Only its delimiter may have changed, as a spreadsheet
    changes it.

    Raises:
        SourceError: The file cannot be read.

    """
    written = _as_written(content)
    if written is None:
        return options
    header = {"header_line": None, "columns": None, "multiline": True}
    return options.model_copy(update={"encoding": "utf-8", **header, **written})


def _as_written(content: Content) -> dict[str, Any] | None:
    for size in _HEADS_BYTES:
        head, is_whole = content.head(size)
        try:
            # The last character may have been cut.
            text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
        except UnicodeDecodeError:
            return None
        top = _Top(text, is_whole=is_whole)
        if not top.is_cut:
            return top.as_written()
    return None


class _Top:
    """The first line of a file, or what of it is in sight: a JSON object, or a header."""

    def __init__(self, text: str, *, is_whole: bool) -> None:
        self._text = text
        self._is_whole = is_whole
        self._is_json = text.lstrip().startswith("{")
        self._headers = {} if self._is_json else {mark: self._header(mark) for mark in DELIMITERS}

    @property
    def is_cut(self) -> bool:
        """Whether more of the file has to be looked at."""
        if self._is_json:
            return not self._is_whole and "\n" not in self._text.lstrip()
        return None in self._headers.values()

    def as_written(self) -> dict[str, Any] | None:
        """Return how it is to be read if it is one of ours."""
        if self._is_json:
            return {"format": "ndjson"} if own_columns_of(self._keys()) else None
        for mark, header in self._headers.items():
            if own_columns_of(header or ()):
                return {"format": "csv", "delimiter": mark, "quote": '"'}
        return None

    def _header(self, mark: str) -> list[str] | None:
        line_end = "\n" if "\n" in self._text else "\r"
        records = Records(Dialect(mark, line_end=line_end))
        text = self._text.encode()
        end = records.end(text, 0, final=self._is_whole)
        if end is None and not self._is_whole:
            return None
        cells = records.cells(records.strip_end(text[:end])) or []
        return [(cell or b"").decode() for cell in cells]

    def _keys(self) -> list[str]:
        line = self._text.lstrip().partition("\n")[0]
        try:
            return list(msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return []
