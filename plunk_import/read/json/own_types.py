"""The types of a JSON source's columns, as rejects written from it name them on every line.

A few rows of a file may not show what kind of values a column has. Read again, each column is what
it was among all rows.
"""

from collections.abc import Iterator, Mapping

import msgspec
import polars as pl

_WORDS = {"whole": "integer", "number": "number", "truth": "boolean", "any": "mixed"}
_KINDS = {word: kind for kind, word in _WORDS.items()}
_OF_DTYPES: Mapping[pl.DataType, str] = {
    pl.Int64(): "integer",
    pl.Float64(): "number",
    pl.Boolean(): "boolean",
}


def types_of(schema: pl.Schema, json: Mapping[str, str]) -> dict[str, str]:
    """Name the types of the columns that are not text.

    Args:
        schema: The source's columns.
        json: Those of them whose values are kept as JSON, by name.

    """
    words = {
        name: "mixed" if name in json else _OF_DTYPES.get(dtype) for name, dtype in schema.items()
    }
    return {name: word for name, word in words.items() if word}


def kinds_named(lines: bytes, column: str) -> Iterator[tuple[str, str]]:
    """Find the kinds of columns that lines name in one of our columns; others are passed over."""
    record = msgspec.defstruct("Types", [("types", msgspec.Raw, None)], rename={"types": column})
    decode = msgspec.json.Decoder(record).decode
    told = set()
    for line in lines.split(b"\n"):
        try:
            told.add(bytes(getattr(decode(line), "types", None) or b"{}"))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
    for types in sorted(told):
        try:
            named = msgspec.json.decode(types, type=dict[str, str])
        except msgspec.DecodeError:
            continue
        yield from ((name, _KINDS[word]) for name, word in named.items() if word in _KINDS)
