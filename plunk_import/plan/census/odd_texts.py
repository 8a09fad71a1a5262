"""Texts that a program wrote in place of a value, or that it has spoiled."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from plunk_import.plan.census.shapes import PLUNK_DATE
from plunk_import.plan.warnings import WarningCode

SHORTENED = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+?(?:0?9|[1-9][0-9])")
"""How spreadsheets show a long number: 4.79E+11."""

_PROTECTED = re.compile(r"'[-+=@0-9]")
_NULL_WORDS = frozenset(
    {"null", "(null)", "<null>", "n/a", "#n/a", "#n/d", "none", "nil", "nan", "undefined", "\\n"}
    | {"#null!", "#value!", "#ref!", "#name?", "0000-00-00", "0000-00-00 00:00:00"}
)
_FIRST_MONTH = "1970-01-"
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2200


def is_null_word(text: str) -> bool:
    """Say whether a program wrote this where there was no value."""
    return text.strip().lower() in _NULL_WORDS


def _is_shortened(text: str) -> bool:
    return SHORTENED.fullmatch(text.strip()) is not None


def _is_protected(text: str) -> bool:
    return _PROTECTED.match(text) is not None


def _is_of_1970(text: str) -> bool:
    """Whether it is a moment that seconds give when they are read as milliseconds."""
    return text.startswith(_FIRST_MONTH) and PLUNK_DATE.fullmatch(text) is not None


def _is_out_of_range(text: str) -> bool:
    if PLUNK_DATE.fullmatch(text) is None:
        return False
    return not _EARLIEST_YEAR <= int(text[:4]) <= _LATEST_YEAR


ODD_TEXTS: Mapping[WarningCode, Callable[[str], bool]] = MappingProxyType(
    {
        WarningCode.SHORTENED_NUMBER: _is_shortened,
        WarningCode.LEADING_APOSTROPHE: _is_protected,
        WarningCode.NULL_AS_TEXT: is_null_word,
        WarningCode.DATE_NEAR_EPOCH: _is_of_1970,
        WarningCode.YEAR_OUT_OF_RANGE: _is_out_of_range,
    }
)
"""What to look for in every text that would be sent."""


def oddities_of(text: str) -> tuple[WarningCode, ...]:
    """Tell which of `ODD_TEXTS` a text is."""
    return tuple([code for code, is_odd in ODD_TEXTS.items() if is_odd(text)])
