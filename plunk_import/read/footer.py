"""The footer of a Parquet file: how many rows it promises, where, and how its values are stored.

polars does not tell the promise apart from the rows it found, and opens no file that has a column
of a type it lacks. The footer is a struct in Thrift's compact protocol.

Source: parquet.thrift, `FileMetaData`, `SchemaElement` and `RowGroup`; Thrift's compact protocol
specification.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_MAGIC = b"PAR1"
_SCHEMA, _NUM_ROWS, _ROW_GROUPS, _METADATA = 2, 3, 4, 5
_TYPE, _NAME, _CHILDREN, _LOGICAL = 1, 4, 5, 10
_INT96 = 3
_KNOWN = frozenset(range(1, 16)) - {9}
_UNUSED = 15
_LOGICAL_NAMES = {16: "VARIANT", 17: "GEOMETRY", 18: "GEOGRAPHY"}
_BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 3, 7, 8, 9, 10, 11, 12
_TRUTHS = (1, 2)
_INTEGERS = (4, 5, 6)


@dataclasses.dataclass(frozen=True, slots=True)
class Footer:
    """What the footer of a Parquet file says.

    Attributes:
        rows: How many rows the file promises. The file and its row groups each have a number: where
            they differ, the larger one counts.
        groups: How many rows each of its row groups promises, in order.
        int96: Names of the columns of times in 96 bits, as Spark and Impala write them.
        lacking: Columns of types that polars lacks, and what Parquet calls these.
        annotations: Where in the file these types are said, in bytes from its start.
        types: All that it says of its columns and their types, to be compared.

    """

    rows: int
    groups: tuple[int, ...]
    int96: frozenset[str]
    lacking: Mapping[str, str]
    annotations: tuple[int, ...]
    types: object = None

    def write_plain(self, file: IO[bytes]) -> None:
        """Make columns of types that polars lacks in a copy of the file what they are stored as.

        The field of a column that says so gets a number that means nothing to any reader.
        """
        for place in self.annotations:
            file.seek(place)
            head = file.read(1)[0]
            file.seek(place)
            file.write(bytes([head + ((_UNUSED - _LOGICAL) << 4)]))


def read_footer(path: Path) -> Footer | None:
    """Read the footer of a Parquet file; None where it cannot be understood."""
    with path.open("rb") as file:
        return footer_in(file)


def footer_in(file: IO[bytes]) -> Footer | None:
    """Read the footer of an open Parquet file; None where it cannot be understood."""
    found = _footer(file)
    if found is None:
        return None
    start, data = found
    try:
        fields = _Struct(data).fields()
        odd = tuple(_odd_types(tuple(_parts(fields, _SCHEMA))))
    except (IndexError, RecursionError):
        return None
    groups = tuple(map(_rows, _parts(fields, _ROW_GROUPS)))
    return Footer(
        max(_rows(fields), sum(groups)),
        groups,
        frozenset(_int96(fields)),
        {column: name for column, name, _ in odd},
        tuple(start + place for _, _, place in odd),
        (fields.get(_SCHEMA), _arrow_schema(fields)),
    )


def _parts(fields: Mapping[int, object], number: int) -> "Iterator[_Fields]":
    parts = fields.get(number)
    if isinstance(parts, list):
        yield from (part for part in parts if isinstance(part, _Fields))


def _odd_types(elements: "Sequence[_Fields]") -> Iterator[tuple[str, str, int]]:
    """Find types that polars lacks: the column, the type's name, and where it is said."""
    column, left = "", 0
    for element in elements[1:]:
        if not left:
            name = element.get(_NAME)
            column = name.decode("utf-8", "replace") if isinstance(name, bytes) else ""
            left = 1
        children = element.get(_CHILDREN)
        left += (children if isinstance(children, int) else 0) - 1
        logical = element.get(_LOGICAL)
        if not isinstance(logical, _Fields) or not _KNOWN.isdisjoint(logical):
            continue
        for kind in logical or (0,):
            yield column, _LOGICAL_NAMES.get(kind, f"logical type {kind}"), element.places[_LOGICAL]


def _arrow_schema(fields: Mapping[int, object]) -> object:
    """Find the types as Arrow has them, which some writers leave beside Parquet's."""
    pairs = _parts(fields, _METADATA)
    return next((pair.get(2) for pair in pairs if pair.get(1) == b"ARROW:schema"), None)


def _rows(fields: Mapping[int, object]) -> int:
    rows = fields.get(_NUM_ROWS)
    return rows if isinstance(rows, int) else 0


def _int96(fields: Mapping[int, object]) -> Iterator[str]:
    for element in _parts(fields, _SCHEMA):
        name = element.get(_NAME)
        if element.get(_TYPE) == _INT96 and isinstance(name, bytes):
            yield name.decode("utf-8", "replace")


def _footer(file: IO[bytes]) -> tuple[int, bytes] | None:
    """Read the bytes of a footer, and where in the file they begin."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 8))
    tail = file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or length + 8 > size:
        return None
    file.seek(size - 8 - length)
    return size - 8 - length, file.read(length)


class _Fields(dict[int, object]):
    """The fields of a struct by their numbers; `places` are the bytes where each begins."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[int, int] = {}


class _Struct:
    """A struct in Thrift's compact protocol."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def fields(self) -> _Fields:
        """Read the values of a struct by the numbers of their fields."""
        found = _Fields()
        number = 0
        while head := self._byte():
            place = self._at - 1
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            found.places[number] = place
            kind = head & 15
            found[number] = kind == _TRUTHS[0] if kind in _TRUTHS else self._value(kind)
        return found

    def _value(self, kind: int) -> object:
        if kind in _INTEGERS:
            return self._zigzag()
        if kind == _STRUCT:
            return self.fields()
        if kind in (_LIST, _SET):
            return self._list()
        if kind == _MAP:
            self._skip_map()
            return None
        return self._bytes(self._length(kind))

    def _length(self, kind: int) -> int:
        if kind in (_BYTE, *_TRUTHS):
            return 1
        if kind == _DOUBLE:
            return 8
        if kind == _BINARY:
            return self._varint()
        raise IndexError(f"Thrift has no type {kind}")

    def _list(self) -> list[object]:
        head = self._byte()
        size = self._varint() if head >> 4 == 15 else head >> 4
        return [self._value(head & 15) for _ in range(size)]

    def _skip_map(self) -> None:
        size = self._varint()
        kinds = self._byte() if size else 0
        for _ in range(size):
            self._value(kinds >> 4)
            self._value(kinds & 15)

    def _bytes(self, length: int) -> bytes:
        self._at += length
        if self._at > len(self._data):
            raise IndexError("beyond the end of the footer")
        return self._data[self._at - length : self._at]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
