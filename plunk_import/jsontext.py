"""Cells that hold JSON: takes a text, gives it without its blanks, or the reasons to refuse it."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import polars as pl

from plunk_import.rules import DEEPEST_LEVEL, LARGEST_INTEGER, NUL

CODES = (
    "invalid_json",
    "too_deep",
    "integer_too_large",
    "number_not_finite",
    "nul_character",
    "lone_surrogate",
)
"""Everything that can be wrong with a JSON value."""

_STRING_OR_BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])')
_EXAMINED = pl.Struct({"text": pl.String(), "codes": pl.List(pl.String())})


@dataclass(frozen=True, slots=True)
class Examined:
    """A JSON cell: `text` is None where the value is null or refused; `codes` say why."""

    text: str | None
    codes: tuple[str, ...] = ()


def examine(text: str, *, levels: int = DEEPEST_LEVEL) -> Examined:
    """Examine one JSON text whose value may be nested `levels` deep.

    What is sent is the text as it was written, numbers and escapes included, without blanks.
    """
    if _depth(text) > levels:
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
    codes = faults(value)
    return Examined(None if codes else _STRING_OR_BLANKS.sub(r"\1", text), codes)


def faults(value: object) -> tuple[str, ...]:
    """Name what Plunk would refuse or change in a value that is JSON."""
    found = set(_each_fault(value))
    return tuple(code for code in CODES if code in found)


def examined(cell: pl.Expr, *, levels: int = DEEPEST_LEVEL) -> pl.Expr:
    """Examine a column of JSON texts: a struct of `text` and `codes`."""

    def examine_all(column: pl.Series) -> pl.Series:
        seen = (Examined(None) if text is None else examine(text, levels=levels) for text in column)
        rows = [{"text": one.text, "codes": one.codes} for one in seen]
        return pl.Series(column.name, rows, dtype=_EXAMINED)

    return cell.map_batches(examine_all, return_dtype=_EXAMINED, is_elementwise=True)


def _depth(text: str) -> int:
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


def _each_fault(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _text_faults(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _text_faults(key)
            yield from _each_fault(item)
    elif isinstance(value, list):
        for item in value:
            yield from _each_fault(item)
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
