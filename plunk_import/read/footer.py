"""The footer of a Parquet file: how many rows it promises, where, and how its values are stored.

polars does not tell the promise apart from the rows it found, and opens no file that has a column
of a type it lacks.

Source: parquet.thrift, `FileMetaData`, `SchemaElement`, `RowGroup` and `ColumnMetaData`.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from plunk_import.read.thrift import Fields, Struct

_MAGIC = b"PAR1"
_SCHEMA, _NUM_ROWS, _ROW_GROUPS, _METADATA = 2, 3, 4, 5
_TYPE, _NAME, _CHILDREN, _LOGICAL = 1, 4, 5, 10
_COLUMNS, _COLUMN_METADATA = 1, 3
_VALUES, _PACKED_BYTES, _DATA_PAGE, _DICTIONARY_PAGE = 5, 7, 9, 11
_INT96 = 3
_KNOWN = frozenset(range(1, 16)) - {9}
_UNUSED = 15
_LOGICAL_NAMES = {16: "VARIANT", 17: "GEOMETRY", 18: "GEOGRAPHY"}


@dataclasses.dataclass(frozen=True, slots=True)
class Chunk:
    """The pages of one column in one row group: where in the file, and of how many values."""

    start: int
    stop: int
    values: int


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
        chunks: Where the values of each column of each row group are.
        types: All that it says of its columns and their types, to be compared.

    """

    rows: int
    groups: tuple[int, ...]
    int96: frozenset[str]
    lacking: Mapping[str, str]
    annotations: tuple[int, ...]
    chunks: tuple[Chunk, ...] = ()
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
        fields = Struct(data).fields()
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
        tuple(filter(None, map(_chunk, _columns(fields)))),
        (fields.get(_SCHEMA), _arrow_schema(fields)),
    )


def _parts(fields: Mapping[int, object], number: int) -> Iterator[Fields]:
    parts = fields.get(number)
    if isinstance(parts, list):
        yield from (part for part in parts if isinstance(part, Fields))


def _columns(fields: Mapping[int, object]) -> Iterator[Fields]:
    for group in _parts(fields, _ROW_GROUPS):
        yield from _parts(group, _COLUMNS)


def _chunk(column: Fields) -> Chunk | None:
    """Read where the pages of a column are; None where that is not said in numbers."""
    found = column.get(_COLUMN_METADATA)
    if not isinstance(found, Fields):
        return None
    values, size, data = (found.get(number) for number in (_VALUES, _PACKED_BYTES, _DATA_PAGE))
    start = found.get(_DICTIONARY_PAGE) or data
    if isinstance(values, int) and isinstance(size, int) and isinstance(start, int):
        return Chunk(start, start + size, values)
    return None


def _odd_types(elements: Sequence[Fields]) -> Iterator[tuple[str, str, int]]:
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
        if not isinstance(logical, Fields) or not _KNOWN.isdisjoint(logical):
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
