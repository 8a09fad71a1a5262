"""Parquet files whose footers say what no writer at hand can say.

Source: Thrift's compact protocol; parquet.thrift, `SchemaElement` and `LogicalType`.
"""

from typing import Any

Fields = list[tuple[int, int, Any]]
_STRUCT, _LIST, _BINARY = 12, 9, 8
_SCHEMA, _NAME, _CONVERTED, _LOGICAL = 2, 4, 6, 10


def with_logical_type(content: bytes, column: str, number: int | None) -> bytes:
    """Give a column the logical type of this number; None: a type of no number."""
    length = int.from_bytes(content[-8:-4], "little")
    footer = _Reader(content[-8 - length : -8]).struct()
    logical: Fields = [] if number is None else [(number, _STRUCT, [])]
    for place, (field, kind, value) in enumerate(footer):
        if field == _SCHEMA:
            elements = [_annotated(element, column, logical) for element in value[1]]
            footer[place] = (field, kind, (value[0], elements))
    written = _struct(footer)
    return content[: -8 - length] + written + len(written).to_bytes(4, "little") + b"PAR1"


def _annotated(element: Fields, column: str, logical: Fields) -> Fields:
    if (_NAME, _BINARY, column.encode()) not in element:
        return element
    kept = [field for field in element if field[0] not in (_CONVERTED, _LOGICAL)]
    return [*kept, (_LOGICAL, _STRUCT, logical)]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Fields:
        fields: Fields = []
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 15
            fields.append((number, kind, None if kind in (1, 2) else self._value(kind)))
        return fields

    def _value(self, kind: int) -> Any:  # noqa: ANN401 - what a field holds
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == _BINARY:
            length = self._varint()
            self._at += length
            return self._data[self._at - length : self._at]
        if kind == _STRUCT:
            return self.struct()
        assert kind == _LIST, kind
        head = self._byte()
        size = self._varint() if head >> 4 == 15 else head >> 4
        inner = head & 15
        return inner, [self._byte() if inner in (1, 2) else self._value(inner) for _ in range(size)]

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


def _struct(fields: Fields) -> bytes:
    written, last = b"", 0
    for number, kind, value in fields:
        step = number - last
        written += bytes([step << 4 | kind]) if step < 16 else bytes([kind]) + _varint(number * 2)
        written += b"" if kind in (1, 2) else _value(kind, value)
        last = number
    return written + b"\0"


def _value(kind: int, value: Any) -> bytes:  # noqa: ANN401 - what a field holds
    if kind in (4, 5, 6):
        return _varint(value * 2 if value >= 0 else -value * 2 - 1)
    if kind == _BINARY:
        return _varint(len(value)) + bytes(value)
    if kind == _STRUCT:
        return _struct(value)
    inner, items = value
    head = bytes([len(items) << 4 | inner]) if len(items) < 15 else bytes([0xF0 | inner])
    size = b"" if len(items) < 15 else _varint(len(items))
    return (
        head + size + b"".join(bytes([i]) if inner in (1, 2) else _value(inner, i) for i in items)
    )


def _varint(value: int) -> bytes:
    written = b""
    while value > 127:
        written += bytes([value & 127 | 128])
        value >>= 7
    return written + bytes([value])
