"""Columns of JSON: lines of objects as typed columns and, where needed, as the JSON itself.

A column whose values are all of one simple kind (texts, whole numbers, numbers, truth values) has
that type. Of every other column each value stays exactly as its JSON is written: it goes into the
frame twice, as text to look at and to compute with, and as JSON to send.
"""

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import msgspec
import polars as pl

from plunk_import.plunk import LARGEST_INTEGER
from plunk_import.read.batch import json_name

_TYPES: Mapping[str, Any] = {"text": str, "whole": int, "number": int | float, "truth": bool}
_DTYPES: Mapping[str, pl.DataType] = {
    "text": pl.String(),
    "whole": pl.Int64(),
    "number": pl.Float64(),
    "truth": pl.Boolean(),
    "any": pl.String(),
}
_Decode = Callable[[bytes], list[tuple[Any, ...]]]
_KIND_OF_START = {
    **dict.fromkeys(b"-0123456789", "number"),
    **dict.fromkeys(b"tf", "truth"),
    **dict.fromkeys(b"{[", "any"),
    ord('"'): "text",
    ord("n"): "null",
}
_LONGEST_INTEGER = 18
_LARGEST_INT64 = 2**63 - 1
_LARGEST_FLOAT = 1.7e308
_FRACTION = frozenset(b".eE")
_NEVER = msgspec.UNSET
_NO_FIELD = re.compile(r'["\\\x00-\x1f]')
"""What msgspec does not take in the name of a record's field."""


@dataclasses.dataclass(frozen=True)
class Columns:
    """The columns of a file, in order, each of a kind: text, whole, number, truth or any."""

    kinds: Mapping[str, str]

    @functools.cached_property
    def schema(self) -> pl.Schema:
        """The types of the columns."""
        return pl.Schema({name: _DTYPES[kind] for name, kind in self.kinds.items()})

    @functools.cached_property
    def frame_schema(self) -> pl.Schema:
        """The types of what is parsed: the columns, and the JSON of some."""
        json = dict.fromkeys(self.json.values(), pl.String())
        return pl.Schema({**self.schema, **json})

    def joined(self, kinds: Iterable[tuple[str, str]]) -> Self:
        """Widen columns so that they hold values of these kinds, too."""
        joined = dict(self.kinds)
        for name, kind in kinds:
            if name in joined:
                joined[name] = _joined(kind, joined[name])
        return dataclasses.replace(self, kinds=joined)

    @functools.cached_property
    def decode(self) -> _Decode:
        """Decode lines of objects; keys of no column are passed over."""
        return _decoder(self.kinds, forbid_unknown=False)

    @functools.cached_property
    def json(self) -> Mapping[str, str]:
        """The columns whose values are kept as JSON, and the names under which they are."""
        return {name: json_name(name) for name, kind in self.kinds.items() if kind == "any"}


class Survey:
    """Finds the columns of a file, or of several, block by block.

    Lines that are not JSON do not count.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._large: set[str] = set()
        self._decoder = _decoder({}, forbid_unknown=True)
        self._columns: Columns | None = None

    @property
    def columns(self) -> Columns:
        """What was found up to here; a column without any value is text."""
        if self._columns is None:
            self._columns = self._found()
        return self._columns

    def _found(self) -> Columns:
        kinds = {name: kind if kind != "null" else "text" for name, kind in self._kinds.items()}
        # A whole number that no double holds must not be rounded with the fractions beside it.
        rounded = {name for name in self._large if kinds[name] == "number"}
        return Columns({name: "any" if name in rounded else kind for name, kind in kinds.items()})

    def add(self, block: bytes) -> bool:
        """Add one block of whole lines; tell whether any of them holds a value."""
        try:
            records = self._decoder(block)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return self._add_each(block)
        self._note_large(records)
        return any(value is not _NEVER for record in records for value in record)

    def merge(self, other: "Survey") -> None:
        """Add what was found in other files."""
        for name, kind, is_large in other.notes():
            self._kinds[name] = _joined(self._kinds.get(name, "null"), kind)
            self._large |= {name} if is_large else set()
        self._changed()

    def notes(self) -> Iterator[tuple[str, str, bool]]:
        """Iterate over the keys, the kind of their values, and whether a whole number is large."""
        return ((name, kind, name in self._large) for name, kind in self._kinds.items())

    def _changed(self) -> None:
        self._decoder = _decoder(self._kinds, forbid_unknown=True)
        self._columns = None

    def _note_large(self, records: Sequence[Any]) -> None:
        for position, (name, kind) in enumerate(tuple(self._kinds.items())):
            if kind in ("whole", "number"):
                self._note_large_of(name, (record[position] for record in records))

    def _note_large_of(self, name: str, values: Iterable[object]) -> None:
        largest = max((abs(value) for value in values if type(value) is int), default=0)
        if largest > LARGEST_INTEGER:
            self._large.add(name)
            self._columns = None
        if largest > _LARGEST_INT64:
            self._kinds[name] = "any"
            self._changed()

    def _add_each(self, block: bytes) -> bool:
        has_value = False
        decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        for line in block.split(b"\n"):
            try:
                record = decode(line)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                continue
            if any(not _is_encodable(name) for name in record):
                continue
            for name, raw in record.items():
                self._note(name, bytes(raw))
                has_value = True
        self._changed()
        return has_value

    def _note(self, name: str, raw: bytes) -> None:
        kind = _kind_of(raw)
        if kind == "whole" and abs(int(raw)) > LARGEST_INTEGER:
            self._large.add(name)
        self._kinds[name] = _joined(self._kinds.get(name, "null"), kind)


def parse(lines: bytes, columns: Columns) -> pl.DataFrame:
    """Parse lines of JSON objects.

    Raises:
        msgspec.DecodeError: A line is not a JSON object, or has a value of another kind.

    """
    records = columns.decode(lines)
    series, json = [], []
    for position, (name, kind) in enumerate(columns.kinds.items()):
        values = [record[position] for record in records]
        if kind == "any":
            text, raw = _as_they_are(name, values)
            series.append(text)
            json.append(raw)
        else:
            series.append(_typed(name, kind, values))
    # Named twice, because polars would rename a series that is called "".
    names = (*columns.kinds, *columns.json.values())
    named = dict(zip(names, (*series, *json), strict=True))
    return pl.DataFrame(named, height=len(records))


def _typed(name: str, kind: str, values: list[Any]) -> pl.Series:
    if kind == "number":
        values = [float(value) if type(value) is int else value for value in values]
    values = [None if value is _NEVER else value for value in values]
    return pl.Series(name, values, dtype=_DTYPES[kind])


def _as_they_are(name: str, values: list[Any]) -> tuple[pl.Series, pl.Series]:
    raw = pl.Series(
        json_name(name),
        [None if value is _NEVER else bytes(value) for value in values],
        dtype=pl.Binary,
    ).cast(pl.String)
    raw = raw.set(raw == "null", None)
    texts = [
        msgspec.json.decode(value) if value and value.startswith('"') else value for value in raw
    ]
    # An empty text says nothing, in a column of texts as well as here.
    return pl.Series(name, texts, dtype=pl.String), raw.set(raw == '""', None)


def _kind_of(raw: bytes) -> str:
    kind = _KIND_OF_START[raw[0]]
    if kind != "number":
        return kind
    if not _FRACTION.isdisjoint(raw):
        # What no double holds is kept, so that it is refused and not rounded away.
        return "number" if abs(float(raw)) <= _LARGEST_FLOAT else "any"
    return "whole" if len(raw) <= _LONGEST_INTEGER else "any"


def _joined(one: str, other: str) -> str:
    if one == other or other == "null":
        return one
    if one == "null":
        return other
    return "number" if {one, other} == {"whole", "number"} else "any"


def _decoder(kinds: Mapping[str, str], *, forbid_unknown: bool) -> _Decode:
    make = _member_decoder if any(map(_NO_FIELD.search, kinds)) else _record_decoder
    decode = make(kinds, forbid_unknown=forbid_unknown)
    # Each line on its own: all at once, two objects on one line would count as two.
    return lambda lines: [decode(line) for line in lines.split(b"\n") if line.strip()]


def _record_decoder(
    kinds: Mapping[str, str], *, forbid_unknown: bool
) -> Callable[[bytes], tuple[Any, ...]]:
    fields = [
        (f"f{position}", _field_type(kind), _NEVER) for position, kind in enumerate(kinds.values())
    ]
    record = msgspec.defstruct(
        "Record",
        fields,
        rename={f"f{position}": name for position, name in enumerate(kinds)},
        forbid_unknown_fields=forbid_unknown,
        gc=False,
    )
    decode = msgspec.json.Decoder(record).decode
    return lambda line: msgspec.structs.astuple(decode(line))


def _member_decoder(
    kinds: Mapping[str, str], *, forbid_unknown: bool
) -> Callable[[bytes], tuple[Any, ...]]:
    """Decode member by member, for keys that no record of msgspec can have."""
    decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    members = {name: msgspec.json.Decoder(_field_type(kind)) for name, kind in kinds.items()}

    def decoded(line: bytes) -> tuple[Any, ...]:
        record = decode(line)
        if forbid_unknown and not kinds.keys() >= record.keys():
            raise msgspec.ValidationError("a key that was not there before")
        return tuple(
            member.decode(record[name]) if name in record else _NEVER
            for name, member in members.items()
        )

    return decoded


def _field_type(kind: str) -> Any:  # noqa: ANN401 - a type as annotations have it
    if kind == "any":
        return msgspec.Raw
    return None | msgspec.UnsetType if kind == "null" else _TYPES[kind] | None | msgspec.UnsetType


def _is_encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
