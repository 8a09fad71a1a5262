"""Structs in Thrift's compact protocol, as Parquet has them in its footer and before its pages.

Source: Thrift's compact protocol specification.
"""

_BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 3, 7, 8, 9, 10, 11, 12
_TRUTHS = (1, 2)
_INTEGERS = (4, 5, 6)


class Fields(dict[int, object]):
    """The fields of a struct by their numbers; `places` are the bytes where each begins."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[int, int] = {}


class Struct:
    """A struct in Thrift's compact protocol."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def size_bytes(self) -> int:
        """How many bytes were read."""
        return self._at

    def fields(self) -> Fields:
        """Read the values of a struct by the numbers of their fields.

        Raises:
            IndexError: It is not whole, or none at all.

        """
        found = Fields()
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
            value = self._varint()
            return (value >> 1) ^ -(value & 1)
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
            raise IndexError("beyond the end of the data")
        return self._data[self._at - length : self._at]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        byte = self._data[self._at]
        self._at += 1
        if byte < 0x80:  # most are of one byte
            return byte
        value, shift = byte & 0x7F, 7
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
