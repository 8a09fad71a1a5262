"""Cells that hold JSON: takes a text, gives it without its blanks, or the reasons to refuse it."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import polars as pl

from plunk_import.plunk import DEEPEST_LEVEL, LARGEST_INTEGER
from plunk_import.validate.checks import Reading, Slot, check, quoted
from plunk_import.validate.types.names import NUL
from plunk_import.validate.types.numbers import filled

REASONS = {
    "invalid_json": "{} is not JSON",
    "too_deep": "{} is nested deeper than Plunk can store",
    "integer_too_large": "{} holds a whole number beyond 2^53, which would be rounded",
    "number_not_finite": "{} holds a number that no double can hold",
    "nul_character": "{} holds a NUL character: remove it",
    "lone_surrogate": "{} holds half of a surrogate pair",
}
"""Everything that can be wrong with a JSON value, by code."""

_STRING_OR_BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])')


@dataclass(frozen=True, slots=True)
class Examined:
    """A JSON cell: `text` is None where the value is null or refused; `codes` say why."""

    text: str | None
    codes: tuple[str, ...] = ()


def json_cell(slot: Slot, *, levels: int = DEEPEST_LEVEL) -> Reading:
    """Read a column of JSON texts whose values may be nested `levels` deep; `null` is absent."""
    cell = filled(slot.cell)

    def texts(cells: pl.Series) -> pl.Series:
        seen = (None if cell is None else examine(cell, levels=levels).text for cell in cells)
        return pl.Series(cells.name, seen, dtype=pl.String)

    def failing(code: str) -> pl.Expr:
        def fail(cells: pl.Series) -> pl.Series:
            seen = (bool(cell) and code in examine(cell, levels=levels).codes for cell in cells)
            return pl.Series(cells.name, seen, dtype=pl.Boolean)

        return cell.map_batches(fail, return_dtype=pl.Boolean, is_elementwise=True)

    return Reading(
        (cell.map_batches(texts, return_dtype=pl.String, is_elementwise=True),),
        checks=tuple(
            check(code, slot.field, failing(code), pl.format(reason, quoted(cell)))
            for code, reason in REASONS.items()
        ),
    )


def examine(text: str, *, levels: int = DEEPEST_LEVEL) -> Examined:
    """Examine one JSON text whose value may be nested `levels` deep.

    What is sent is the text as it was written, numbers and escapes included, without blanks.
    """
    if depth_of(text) > levels:
        return Examined(None, ("too_deep",))
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError:
        return Examined(None, ("invalid_json",))
    except ValueError:
        # Python reads no integers of thousands of digits.
        return Examined(None, ("integer_too_large",))
    if value is None:
        return Examined(None)
    found = set(_faults(value))
    if found:
        return Examined(None, tuple(code for code in REASONS if code in found))
    return Examined(_STRING_OR_BLANKS.sub(r"\1", text))


def depth_of(text: str) -> int:
    """Give how deep a JSON text is nested: 0 where it is no object and no list."""
    deepest = depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif match[2]:
            depth -= 1
    return deepest


def _refuse(constant: str) -> NoReturn:
    raise json.JSONDecodeError("not a number of JSON", constant, 0)


def _faults(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _text_faults(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _text_faults(key)
            yield from _faults(item)
    elif isinstance(value, list):
        for item in value:
            yield from _faults(item)
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield "number_not_finite"
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        yield "integer_too_large"


def _text_faults(text: str) -> Iterator[str]:
    if NUL in text:
        yield "nul_character"
    try:
        text.encode()
    except UnicodeEncodeError:
        yield "lone_surrogate"
