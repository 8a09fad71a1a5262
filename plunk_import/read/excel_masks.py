"""Whole numbers that a sheet shows with zeros in front: 501 under the format 00000 is 00501.

The number alone is in the cell, and the format in another part of the workbook.

Source: ECMA-376, SpreadsheetML: `numFmt`, `xf`, `c`.
"""

import dataclasses
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from plunk_import.read.workbook import column_number, elements, name_of

_MASK = re.compile(r'(?:0|\\.|"[^"]*"|[-() /])+')
_PART = re.compile(r'0|\\(.)|"([^"]*)"|(.)')
_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
_WHOLE = re.compile(r"-?[0-9]+(?:\.0+)?")


@dataclasses.dataclass(frozen=True, slots=True)
class Mask:
    """A format of digits: its parts from left to right, None for a digit, else what is shown."""

    parts: tuple[str | None, ...]

    def shown(self, number: int) -> str:
        """Write a number as the sheet shows it; the first digit's place takes what is left over."""
        digits = str(abs(number)).zfill(self.parts.count(None))
        shown = []
        for part in reversed(self.parts):
            shown.append(digits[-1] if part is None else part)
            digits = digits[:-1] if part is None else digits
        first = len(self.parts) - self.parts.index(None)
        return "-" * (number < 0) + "".join(reversed([*shown[:first], digits, *shown[first:]]))


def with_masks(
    frame: pl.DataFrame, offsets: pl.Series, masks: Mapping[int, Mapping[int, Mask]]
) -> pl.DataFrame:
    """Turn columns with masked numbers into the text that the sheet shows.

    Args:
        frame: The rows of a sheet, its columns in their order from the first used one.
        offsets: On which rows of the sheet they stand, from 0.
        masks: Masks by column and row, as `masks_of` finds them.

    """
    for position, by_row in masks.items():
        if position >= frame.width or not _may_be_masked(frame.dtypes[position]):
            continue
        cells = frame.to_series(position)
        pairs = zip(cells, (by_row.get(offset) for offset in offsets), strict=True)
        if any(offset in by_row for offset in offsets):
            shown = [_shown(cell, mask) for cell, mask in pairs]
            frame = frame.with_columns(pl.Series(cells.name, shown, dtype=pl.String))
    return frame


def masks_of(path: Path, part: str) -> dict[int, dict[int, Mask]]:
    """Find the masked numbers of a sheet: by column, from the first used one, and row, from 0."""
    with zipfile.ZipFile(path) as archive:
        styles = _masks_by_style(archive)
        if not styles:
            return {}
        places = list(_numbers(archive, part))
    first_column = min((column for column, _, _ in places), default=0)
    found: dict[int, dict[int, Mask]] = {}
    for column, row, style in places:
        if style in styles:
            found.setdefault(column - first_column, {})[row - 1] = styles[style]
    return found


def _may_be_masked(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or isinstance(dtype, pl.String)


def _shown(cell: float | str | None, mask: Mask | None) -> str | None:
    if cell is None:
        return None
    text = str(cell)
    if not _WHOLE.fullmatch(text):
        return text
    whole = int(text.partition(".")[0])
    if mask is not None:
        return mask.shown(whole)
    return text if isinstance(cell, str) else str(whole)


def _masks_by_style(archive: zipfile.ZipFile) -> dict[int, Mask]:
    if "xl/styles.xml" not in archive.namelist():
        return {}
    formats: dict[str, Mask] = {}
    styles: dict[int, Mask] = {}
    is_of_cells = False
    for event, element in elements(archive, "xl/styles.xml"):
        match event, name_of(element):
            case "end", "numFmt" if mask := _mask(element.get("formatCode", "")):
                formats[element.get("numFmtId", "")] = mask
            case _, "cellXfs":
                is_of_cells, position = event == "start", 0
            case "end", "xf" if is_of_cells:
                if mask := formats.get(element.get("numFmtId", "")):
                    styles[position] = mask
                position += 1
    return styles


def _mask(code: str) -> Mask | None:
    code = code.partition(";")[0]
    if not _MASK.fullmatch(code):
        return None
    parts = tuple(
        None if part[0] == "0" else "".join(filter(None, part.groups()))
        for part in _PART.finditer(code)
    )
    return Mask(parts) if parts.count(None) > 1 else None


def _numbers(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int, int]]:
    """Find the cells that hold something: column and row, from 1, and the style of a number."""
    if part not in archive.namelist():
        return
    for event, element in elements(archive, part):
        if event == "end" and name_of(element) == "row":
            element.clear()
        elif event == "end" and name_of(element) == "c" and len(element):
            place = _PLACE.fullmatch(element.get("r", ""))
            if place:
                is_number = element.get("t", "n") == "n"
                style = int(element.get("s", "0")) if is_number else -1
                yield column_number(place[1]), int(place[2]), style
