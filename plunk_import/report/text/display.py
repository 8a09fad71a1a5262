"""Texts of files and servers, made fit to be printed: nothing hidden, nothing that acts.

A cell may hold what moves a terminal's cursor, turns the direction of writing around, a space that
nobody sees, or letters two columns wide.
"""

import dataclasses
import enum
import json
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel

from plunk_import.runtime import JOINERS, printable, shows

__all__ = ["columns_of", "displayed", "exact", "one_line", "printable"]

T = TypeVar("T")


def displayed(value: T) -> T:
    """Make every text in a report, or in a part of one, printable.

    Args:
        value: A model, a dataclass, a mapping, a sequence, a text or anything without text.

    Returns:
        The same, with other texts.

    """
    made: object = value
    match value:
        case str():
            made = printable(value)
        case None | enum.Enum() | int() | float():
            pass
        case BaseModel():
            others = {}
            for name in type(value).model_fields:
                part = getattr(value, name)
                shown = displayed(part)
                if shown is not part:
                    others[name] = shown
            # To copy a model takes far longer than to find that most have nothing to change.
            made = value.model_copy(update=others) if others else value
        case tuple() | list():
            made = type(value)(displayed(part) for part in value)
        case Mapping():
            made = {displayed(key): displayed(part) for key, part in value.items()}
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            made = dataclasses.replace(
                value, **{name: displayed(getattr(value, name)) for name in names}
            )
    return made  # type: ignore[return-value]  # each case makes what it was given


def exact(name: str) -> str:
    """Show a name as it is; in quotes, as JSON, where that would not show all that is in it."""
    if name == " ".join(name.split()) and all(map(shows, name)):
        return name
    return printable(json.dumps(name, ensure_ascii=False))


def one_line(text: str, columns: int) -> str:
    """Fit a text on one line of so many columns, cut where it is longer."""
    line = printable(" ".join(text.split()))
    if columns_of(line) <= columns:
        return line
    end, taken = 0, 1
    while taken + columns_of(line[end]) <= columns:
        taken += columns_of(line[end])
        end += 1
    return line[:end] + "…"


def columns_of(text: str) -> int:
    """Count the columns that a text takes on a terminal: two for wide letters, none for accents."""
    return sum(map(_columns_of_sign, text))


def _columns_of_sign(sign: str) -> int:
    if sign in JOINERS or unicodedata.category(sign) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
