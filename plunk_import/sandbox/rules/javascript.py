"""JSON as a JavaScript server sees it."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum, auto
from typing import TypeAlias, Union

JsonValue: TypeAlias = Union[  # noqa: UP007 - a recursive alias needs names as strings
    bool, int, float, str, list["JsonValue"], dict[str, "JsonValue"], None
]

_EXACT_INTEGERS = 2**53
_DECIMAL_NOTATION = 1e21
"""From here on JavaScript writes numbers with an exponent."""

_TOKEN = re.compile(
    r"[ \t\n\r]*(?:"
    r"(?P<mark>[\[\]{},:])"
    r'|(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>true|false|null))"
)
_WORDS: dict[str, JsonValue] = {"true": True, "false": False, "null": None}
_WHITE_SPACE = " \t\n\r"


def parse_json(text: str) -> JsonValue:
    """Parse as `JSON.parse` does: numbers are doubles, and no depth is too deep.

    The key `__proto__` is left out: the server loses it in copying.

    Raises:
        ValueError: When the text is not JSON.
    """
    try:
        value: JsonValue = json.loads(
            text,
            parse_int=_read_number,
            parse_float=_read_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_build_object,
        )
    except RecursionError:
        return parse_deep_json(text)
    return value


def dump_json(value: JsonValue) -> str:
    """Write JSON as the database keeps it: a number too great for a double is null."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        finite = json.loads(json.dumps(value), parse_constant=lambda _: None)
        return json.dumps(finite, ensure_ascii=False, separators=(",", ":"))


def name_type(value: JsonValue) -> str:
    """Name a value's type as the server's messages do."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"


def spread(value: JsonValue) -> dict[str, JsonValue]:
    """List the own entries of a value: items by position, a string's UTF-16 units, else none."""
    match value:
        case dict():
            return value
        case list():
            return {str(position): item for position, item in enumerate(value)}
        case str():
            units = value.encode("utf-16-le", "surrogatepass")
            pairs = (units[start : start + 2] for start in range(0, len(units), 2))
            return {
                str(position): pair.decode("utf-16-le", "surrogatepass")
                for position, pair in enumerate(pairs)
            }
        case _:
            return {}


def _read_number(text: str) -> int | float:
    """Read a number as a double; one that is whole comes back as int, however it was written."""
    number = float(text)
    if number in (float("inf"), float("-inf")):
        return number
    if not number.is_integer():
        # 16 significant digits of a fraction are kept (recorded: 0.1234567890123456789).
        return float(f"{number:.16g}")
    if abs(number) < _EXACT_INTEGERS:
        return int(number)
    return int(Decimal(repr(number))) if abs(number) < _DECIMAL_NOTATION else number


def _refuse_constant(text: str) -> JsonValue:
    raise ValueError(f"{text} is not JSON")


def _build_object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    return {key: value for key, value in pairs if key != "__proto__"}


def parse_deep_json(text: str) -> JsonValue:
    """Parse like `parse_json` without recursion: slower, for nesting of any depth.

    Raises:
        ValueError: When the text is not JSON.
    """
    builder = _Builder()
    for kind, lexeme in _read_tokens(text):
        builder.feed(kind, lexeme)
    return builder.finish()


def _read_tokens(text: str) -> Iterator[tuple[str, str]]:
    position, end = 0, len(text.rstrip(_WHITE_SPACE))
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise ValueError(f"not JSON at character {position}")
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


class _Next(Enum):
    VALUE = auto()
    ITEM_OR_END = auto()
    KEY = auto()
    KEY_OR_END = auto()
    COLON = auto()
    COMMA_OR_END = auto()


class _Builder:
    """Builds a value token by token; its own stack stands for recursion."""

    def __init__(self) -> None:
        self._document: list[JsonValue] = []
        self._open: list[list[JsonValue] | dict[str, JsonValue]] = [self._document]
        self._keys: list[str] = []
        self._next = _Next.VALUE

    def feed(self, kind: str, lexeme: str) -> None:
        match self._next:
            case _Next.ITEM_OR_END if lexeme == "]":
                self._close()
            case _Next.KEY_OR_END if lexeme == "}":
                self._close()
            case _Next.VALUE | _Next.ITEM_OR_END:
                self._add(kind, lexeme)
            case _Next.KEY | _Next.KEY_OR_END:
                _require(kind == "string")
                self._keys.append(json.loads(lexeme))
                self._next = _Next.COLON
            case _Next.COLON:
                _require(lexeme == ":")
                self._next = _Next.VALUE
            case _Next.COMMA_OR_END:
                self._go_on(lexeme)

    def finish(self) -> JsonValue:
        _require(len(self._open) == 1 and len(self._document) == 1)
        return self._document[0]

    def _add(self, kind: str, lexeme: str) -> None:
        value = _open_or_read(kind, lexeme)
        inside = self._open[-1]
        if isinstance(inside, list):
            inside.append(value)
        elif (key := self._keys.pop()) != "__proto__":
            inside[key] = value
        self._next = _Next.COMMA_OR_END
        if isinstance(value, list | dict):
            self._open.append(value)
            self._next = _Next.ITEM_OR_END if lexeme == "[" else _Next.KEY_OR_END

    def _go_on(self, lexeme: str) -> None:
        inside = self._open[-1]
        _require(inside is not self._document)
        if lexeme == ",":
            self._next = _Next.VALUE if isinstance(inside, list) else _Next.KEY
        else:
            _require(lexeme == ("]" if isinstance(inside, list) else "}"))
            self._close()

    def _close(self) -> None:
        self._open.pop()
        self._next = _Next.COMMA_OR_END


def _open_or_read(kind: str, lexeme: str) -> JsonValue:
    match kind:
        case "string":
            text: str = json.loads(lexeme)
            return text
        case "number":
            return _read_number(lexeme)
        case "word":
            return _WORDS[lexeme]
        case _:
            _require(lexeme in "[{")
            return [] if lexeme == "[" else {}


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("not JSON")
