"""Variables that are JSON, sent as it is written but for its blanks."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.plunk import DEEPEST_LEVEL, DROPPED_KEY, LARGEST_INTEGER
from plunk_import.validate.checks import Quoted, Reading, Slot, check
from plunk_import.validate.rejects import (
    INTEGER_TOO_LARGE,
    INVALID_JSON,
    LONE_SURROGATE,
    NUL_CHARACTER,
    NUMBER_NOT_FINITE,
    RESERVED_KEY,
    TOO_DEEP,
    RejectCode,
)
from plunk_import.validate.types.cells import filled
from plunk_import.validate.types.kind import Family, Kind
from plunk_import.validate.types.nesting import depth_of, levels_of
from plunk_import.validate.types.string import NUL

_CODES = (
    INVALID_JSON,
    TOO_DEEP,
    INTEGER_TOO_LARGE,
    NUMBER_NOT_FINITE,
    NUL_CHARACTER,
    LONE_SURROGATE,
    RESERVED_KEY,
)
"""Everything that can be wrong with a JSON value."""

_STRING_OR_BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')


@dataclass(frozen=True, slots=True)
class Examined:
    """A JSON cell: `text` is None where the value is null or refused; `codes` say why."""

    text: str | None
    codes: tuple[RejectCode, ...] = ()


def read_json(
    slot: Slot,
    variable: Variable,
    *,
    decimal_comma: bool,  # noqa: ARG001 - every kind is read alike
) -> Reading:
    """Read a JSON text; `null` is absent."""
    cell, levels = filled(slot.cell), levels_of(variable)

    def texts(cells: pl.Series) -> pl.Series:
        seen = (None if cell is None else examine(cell, levels=levels).text for cell in cells)
        return pl.Series(cells.name, seen, dtype=pl.String)

    def failing(code: RejectCode) -> pl.Expr:
        def fail(cells: pl.Series) -> pl.Series:
            seen = (bool(cell) and code in examine(cell, levels=levels).codes for cell in cells)
            return pl.Series(cells.name, seen, dtype=pl.Boolean)

        return cell.map_batches(fail, return_dtype=pl.Boolean, is_elementwise=True)

    return Reading(
        (cell.map_batches(texts, return_dtype=pl.String, is_elementwise=True),),
        checks=tuple(check(code, slot.field, failing(code), Quoted(cell)) for code in _CODES),
    )


def examine(text: str, *, levels: int = DEEPEST_LEVEL) -> Examined:
    """Examine one JSON text whose value may be nested `levels` deep.

    What is sent is the text as it was written, numbers and escapes included, without blanks.
    """
    if depth_of(text) > levels:
        return Examined(None, (TOO_DEEP,))
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError:
        return Examined(None, (INVALID_JSON,))
    except ValueError:
        # Python reads no integers of thousands of digits.
        return Examined(None, (INTEGER_TOO_LARGE,))
    if value is None:
        return Examined(None)
    found = set(_faults(value))
    if found:
        return Examined(None, tuple(code for code in _CODES if code in found))
    return Examined(_STRING_OR_BLANKS.sub(r"\1", text))


def _refuse(constant: str) -> NoReturn:
    raise json.JSONDecodeError("not a number of JSON", constant, 0)


def _faults(value: object) -> Iterator[RejectCode]:
    if isinstance(value, str):
        yield from _text_faults(value)
    elif isinstance(value, dict):
        if DROPPED_KEY in value:
            yield RESERVED_KEY
        for key, item in value.items():
            yield from _text_faults(key)
            yield from _faults(item)
    elif isinstance(value, list):
        for item in value:
            yield from _faults(item)
    elif isinstance(value, float):
        if not abs(value) < sys.float_info.max:
            yield NUMBER_NOT_FINITE
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        yield INTEGER_TOO_LARGE


def _text_faults(text: str) -> Iterator[RejectCode]:
    if NUL in text:
        yield NUL_CHARACTER
    try:
        text.encode()
    except UnicodeEncodeError:
        yield LONE_SURROGATE


KIND = Kind(
    "json",
    read_json,
    as_they_are=frozenset(Family) - {Family.TEXT, Family.BINARY, Family.NULL},
)
