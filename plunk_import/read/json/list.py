"""JSON lists: a file that holds one list, rewritten with one element a line."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.errors import SourceError
from plunk_import.read.content import Content, Readable
from plunk_import.read.json.lines import NdjsonReader
from plunk_import.read.spool import SpoolFile

if TYPE_CHECKING:
    from plunk_import.read.formats import Opening

_LARGEST_ELEMENT = 64 << 20
_READ_BYTES = 1 << 20
_SPACE = re.compile(r"[ \t\r\n]*")


def open_json(opening: "Opening") -> NdjsonReader:
    """Open a file that holds one list of objects, or else one object a line."""
    content = opening.text
    if _is_list(content):
        lines = _write_lines(content, opening.spool)
        content = Content(lines, name=opening.name, encoding="utf-8")
        return NdjsonReader(
            content,
            block_bytes=opening.block_bytes,
            is_rewritten=True,
            survey=opening.survey,
        )
    return NdjsonReader(content, block_bytes=opening.block_bytes, survey=opening.survey)


def _is_list(content: Content) -> bool:
    """Tell whether the first character is that of a list."""
    head, _ = content.head(1 << 12)
    return head.decode("utf-8-sig", "replace").lstrip().startswith("[")


def _write_lines(content: Content, folder: Path) -> Path:
    """Write the elements into a new file in `folder`, and give its path.

    Raises SourceError with line and column where the list is broken.
    """
    with content.open() as stream, SpoolFile(folder) as target:
        for element in _Elements(stream, name=content.name):
            line = element.replace("\n", " ").replace("\r", " ")
            target.write(line.encode("utf-8", "surrogateescape") + b"\n")
    return target.path


class _Elements:
    """The elements of a list, as they are written."""

    def __init__(self, stream: Readable, *, name: str) -> None:
        self._stream = stream
        self._name = name
        # Bytes that are not UTF-8 pass through: they spoil their element only.
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._text = ""
        self._start = 0
        self._ended = False
        self._lines_before = 0

    def __iter__(self) -> Iterator[str]:
        self._expect("[")
        if self._next_character() == "]":
            self._start += 1
        else:
            yield self._element()
            while self._next_character() == ",":
                self._start += 1
                yield self._element()
            self._expect("]")
        if self._next_character():
            raise self._broken("there is more after the end of the list")

    def _element(self) -> str:
        decoder = json.JSONDecoder()
        self._next_character()
        while True:
            try:
                _, end = decoder.raw_decode(self._text, self._start)
            except json.JSONDecodeError as error:
                if self._ended or len(self._text) - self._start > _LARGEST_ELEMENT:
                    self._start = error.pos
                    raise self._broken(error.msg) from None
            except RecursionError:
                raise self._broken("an element is nested too deep to be read") from None
            else:
                # A number that ends with the text may go on.
                if end < len(self._text) or self._ended:
                    element = self._text[self._start : end]
                    self._start = end
                    return element
            self._read_more()

    def _expect(self, mark: str) -> None:
        if self._next_character() != mark:
            raise self._broken(f"{mark!r} is missing here")
        self._start += 1

    def _next_character(self) -> str:
        while True:
            space = _SPACE.match(self._text, self._start)
            self._start = space.end() if space else self._start
            if self._start < len(self._text) or self._ended:
                return self._text[self._start : self._start + 1]
            self._read_more()

    def _read_more(self) -> None:
        # As much again as is waiting, so that a large element is not parsed over and over.
        data = self._stream.read(max(_READ_BYTES, len(self._text) - self._start))
        self._ended = not data
        self._lines_before += self._text.count("\n", 0, self._start)
        self._text = self._text[self._start :] + self._decoder.decode(data, final=not data)
        self._start = 0

    def _broken(self, complaint: str) -> SourceError:
        line = self._lines_before + self._text.count("\n", 0, self._start) + 1
        return SourceError(
            f"{self._name}:{line}: the JSON list is broken: {complaint}. Export the file again."
        )
