"""What a JSON value is to Plunk, and what a text looks like to a person."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

JsonType = Literal["string", "date", "number", "boolean", "object", "array", "null"]
Shape = Literal["date", "odd date", "number", "boolean", "text"]

_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"

PLUNK_DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z)?"
)
"""What Plunk takes for a date: YYYY-MM-DD, or full ISO 8601 with `Z` (the contract's own words)."""

_ODD_DATE = re.compile(
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}"
    r"|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})"
    rf"|{_MONTH} [0-9]{{1,2}},? [0-9]{{4}}"
    rf"|[0-9]{{1,2}}[ -]{_MONTH}[ -,]{{1,2}}[0-9]{{4}})"
    rf"(?:[T ,]{{1,2}}{_CLOCK}(?: ?[ap]\.?m\.?)?(?: ?(?:Z|UTC|GMT|[+-][0-9]{{2}}:?[0-9]{{2}}))?)?",
    re.IGNORECASE,
)
_JSON_TYPES: Mapping[type, JsonType] = MappingProxyType(
    {
        type(None): "null",
        bool: "boolean",
        int: "number",
        float: "number",
        list: "array",
        dict: "object",
    }
)
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14}|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_BOOLEAN = frozenset({"true", "false", "yes", "no"})
_CODE_NAMES = (
    "id ids no nr num number code zip zipcode postal postcode phone tel telephone mobile fax sku "
    "ean upc gtin isbn vat iban year ref reference order invoice serial token key uuid hash"
)
_CODE_WORDS = frozenset(_CODE_NAMES.split())
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_CODE_DIGITS = 5
_LONGEST_PLAIN = 13


def json_type(value: Any) -> JsonType:  # noqa: ANN401 - any value of JSON
    """Name the type that Plunk would see, with its dates told from other strings."""
    if type(value) is str:
        return "date" if PLUNK_DATE.fullmatch(value) else "string"
    return _JSON_TYPES[type(value)]


def shape_of(text: str) -> Shape:
    """Say what a text looks like; an `odd date` is one that Plunk would not take for a date."""
    stripped = text.strip()
    if PLUNK_DATE.fullmatch(text):
        return "date"
    if _NUMBER.fullmatch(stripped):
        return "number"
    if _ODD_DATE.fullmatch(stripped):
        return "odd date"
    return "boolean" if stripped.lower() in _BOOLEAN else "text"


def names_a_code(name: str) -> bool:
    """Say whether a variable's name is that of an id, a phone number, a postcode or the like."""
    return not _CODE_WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))


def are_codes(numbers: Sequence[str]) -> bool:
    """Say whether texts of digits are rather codes: long, whole, and all of one length."""
    lengths = {len(number) for number in numbers}
    return len(lengths) == 1 and lengths.pop() >= _CODE_DIGITS and all(map(str.isdigit, numbers))


def loses_digits(number: float) -> bool:
    """Say whether Plunk, which keeps 16 significant digits of a fraction, would change a number.

    A short number with the noise of binary arithmetic at its end (0.30000000000000004) loses only
    the noise.
    """
    if number.is_integer() or float(f"{number:.16g}") == number:
        return False
    digits = f"{number:.15e}".partition("e")[0].replace(".", "")[:15].strip("-0")
    return len(digits) > _LONGEST_PLAIN
