"""The footer of a Parquet file: how many rows it promises.

polars does not tell that number apart from the rows it found. The footer is a struct in Thrift's
compact protocol.

Source: parquet.thrift, `FileMetaData` and `RowGroup`; Thrift's compact protocol specification.
"""

from pathlib import Path

_MAGIC = b"PAR1"
_NUM_ROWS, _ROW_GROUPS = 3, 4
_BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 3, 7, 8, 9, 10, 11, 12
_TRUTHS = (1, 2)
_INTEGERS = (4, 5, 6)


def promised_rows(path: Path) -> int | None:
    """Read how many rows the footer promises; None where it cannot be understood.

    The file and its row groups each have a number: where they differ, the larger one counts.
    """
    footer = _footer(path)
    if footer is None:
        return None
    try:
        whole = _Struct(footer).fields()
    except (IndexError, RecursionError):
        return None
    groups = whole.get(_ROW_GROUPS)
    return max(_rows(whole), sum(map(_rows, groups if isinstance(groups, list) else [])))


def _rows(fields: object) -> int:
    rows = fields.get(_NUM_ROWS) if isinstance(fields, dict) else None
    return rows if isinstance(rows, int) else 0


def _footer(path: Path) -> bytes | None:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length + 8 > size:
            return None
        file.seek(size - 8 - length)
        return file.read(length)


class _Struct:
    """A struct in Thrift's compact protocol."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def fields(self) -> dict[int, object]:
        """Read the values of a struct by the numbers of their fields; texts are left out."""
        found: dict[int, object] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._zigzag()
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
        else:
            self._skip(self._length(kind))
        return None

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

    def _skip(self, length: int) -> None:
        self._at += length
        if self._at > len(self._data):
            raise IndexError("beyond the end of the footer")

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
