"""The parts of an Excel workbook: its sheets as their author sees them, and how far each reaches.

The library that reads cells tells neither, and takes memory for every place up to the last cell.

Source: ECMA-376, SpreadsheetML: `sheet`, `c`; Open Packaging Conventions: `Relationship`.
"""

import dataclasses
import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path

_RELATION = re.compile(r"\{.*/officeDocument/(2006/)?relationships\}id")
_READ_BYTES = 1 << 20
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([1-9][0-9]{0,6})"[^>]*(?<!/)>')
_ERROR = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3}[1-9][0-9]{0,6})"')
_MOST_ERRORS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, the part that holds its cells, and whether a person sees them."""

    name: str
    part: str
    is_visible: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Extent:
    """How far the cells of a sheet reach.

    Attributes:
        cells: How many cells hold something.
        columns: How many columns there are between the first and the last such cell.
        rows: How many rows.
        last: A cell of the last column, and one of the last row.
        errors: How many cells hold the error of a formula.
        first_errors: Some of them.
        is_whole: Whether the part ends as it should.

    """

    cells: int
    columns: int
    rows: int
    last: tuple[str, str]
    errors: int
    first_errors: tuple[str, ...]
    is_whole: bool


def sheets_of(path: Path) -> tuple[Sheet, ...]:
    """List the sheets of a workbook that have cells, in their order."""
    with zipfile.ZipFile(path) as archive:
        relations = {
            element.get("Id"): element
            for element in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
        }
        found = []
        for element in _elements(archive, "xl/workbook.xml", "sheet"):
            own = next((id_ for name, id_ in element.items() if _RELATION.fullmatch(name)), None)
            relation = relations.get(own)
            if relation is not None and relation.get("Type", "").endswith("/worksheet"):
                part = posixpath.join("/xl", relation.get("Target", "")).lstrip("/")
                is_visible = element.get("state", "visible") == "visible"
                found.append(Sheet(element.get("name", ""), part, is_visible))
    return tuple(found)


def extent_of(path: Path, part: str) -> Extent:
    """Look through the cells of a sheet."""
    survey = _Survey()
    end = b""
    with zipfile.ZipFile(path) as archive, archive.open(part) as file:
        rest = b""
        while block := file.read(_READ_BYTES):
            text = rest + block
            cut = text.rfind(b"<")
            survey.add(text[:cut])
            rest, end = text[cut:], text[-100:]
        survey.add(rest)
    return survey.extent(is_whole=end.rstrip().endswith(b"worksheet>"))


class _Survey:
    """Counts cells, and remembers the outermost."""

    def __init__(self) -> None:
        self._cells = 0
        self._columns: dict[bytes, bytes] = {}
        self._rows = (1 << 20, 0)
        self._last_row = b""
        self._errors = 0
        self._first_errors: list[str] = []

    def add(self, text: bytes) -> None:
        """Add whole tags of the part."""
        places = _CELL.findall(text)
        if places:
            self._cells += len(places)
            self._columns |= dict(places)
            rows = [int(row) for _, row in (places[0], places[-1])]
            if rows[1] > self._rows[1]:
                self._last_row = b"".join(places[-1])
            self._rows = (min(self._rows[0], *rows), max(self._rows[1], *rows))
        errors = _ERROR.findall(text) if b't="e"' in text else ()
        self._errors += len(errors)
        self._first_errors += [place.decode() for place in errors[:_MOST_ERRORS]]

    def extent(self, *, is_whole: bool) -> Extent:
        numbers = {column_number(letters.decode()): letters for letters in self._columns}
        last = numbers[max(numbers)] if numbers else b""
        last_cell = (last + self._columns.get(last, b"")).decode()
        return Extent(
            cells=self._cells,
            columns=max(numbers) - min(numbers) + 1 if numbers else 0,
            rows=self._rows[1] - self._rows[0] + 1 if numbers else 0,
            last=(last_cell, self._last_row.decode()),
            errors=self._errors,
            first_errors=tuple(self._first_errors[:_MOST_ERRORS]),
            is_whole=is_whole,
        )


def column_number(letters: str) -> int:
    """Number a column, from 1: that of `AA` is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def elements(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, ET.Element]]:
    """Parse a part, with `start` and `end` of each element."""
    with archive.open(part) as file:
        # expat bounds what entities may grow to, and no other file is ever fetched.
        yield from ET.iterparse(file, events=("start", "end"))  # noqa: S314


def name_of(element: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> Iterator[ET.Element]:
    for event, element in elements(archive, part):
        if event == "end" and name_of(element) == name:
            yield element
