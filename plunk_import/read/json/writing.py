"""Rows that a program holds as dicts, written as NDJSON."""

import datetime
import decimal
import math
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from plunk_import.errors import SourceError

_AS_THEY_ARE = frozenset(
    {str, int, bool, type(None), datetime.datetime, datetime.date, datetime.time, uuid.UUID}
)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Writable(Protocol):
    """Where lines go."""

    def write(self, data: bytes, /) -> int:
        """Write all of it."""


class RecordWriter:
    """Writes dicts, one a line; `name` is what messages call the rows."""

    def __init__(self, target: Writable, *, name: str) -> None:
        self._target = target
        self._name = name
        self.rows = 0

    def add(self, record: object) -> None:
        """Write the next row.

        Raises:
            SourceError: It is no dict, or holds what JSON does not; the row and the key are named.

        """
        row = f"{self._name}: row {self.rows + 1}"
        if not isinstance(record, Mapping):
            raise SourceError(
                f"{row} is of type {_kind(record)}, not a dict. Give each row as a dict, or files "
                "as a list of paths."
            )
        try:
            for where, complaint in _complaints(record, ""):
                raise SourceError(f"{row}, {where}: {complaint}")
            line = _ENCODER.encode(dict(record))
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise SourceError(f"{row} cannot be written as JSON: {error}.") from error
        self._target.write(line + b"\n")
        self.rows += 1


def _complaints(value: Any, where: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - anything
    """Find what JSON cannot hold as it is, each with the keys that lead to it."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if type(key) is not str:
                yield where or "its keys", f"the key {key!r} is of type {_kind(key)}, not a str."
            yield from _complaints(inner, f"{where}.{key}" if where else f'key "{key}"')
    elif kind in (list, tuple):
        for position, inner in enumerate(value):
            yield from _complaints(inner, f"{where}[{position}]")
    elif (complaint := _number_complaint(value)) is not None:
        yield where, complaint


def _number_complaint(value: object) -> str | None:
    if type(value) is float:
        return None if math.isfinite(value) else f"JSON has no {value}. Use None for nothing."
    if type(value) is not decimal.Decimal:
        return f"JSON has no {_kind(value)}. Convert it first, or leave it out."
    if value.is_finite() and decimal.Decimal(repr(float(value))) == value:
        return None
    return f"no JSON number holds {value} exactly. Give it as text."


def _kind(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
