"""The pages of a Parquet file, as far as telling damage needs to know them.

polars believes what a page says of its size: a wrong one makes it ask for more memory than any
machine has, which ends the process. So the numbers before each page are looked at first.

Source: parquet.thrift, `PageHeader`, `DataPageHeader`, `DictionaryPageHeader`, `DataPageHeaderV2`.
"""

from collections.abc import Iterable
from typing import IO

from plunk_import.read.footer import Chunk
from plunk_import.read.thrift import Fields, Struct

_UNPACKED_BYTES, _PACKED_BYTES = 2, 3
_OF_DATA, _OF_DICTIONARY, _OF_DATA_V2 = 5, 7, 8
_VALUES = 1
_NUMBERS = {_OF_DATA: (_VALUES,), _OF_DICTIONARY: (_VALUES,), _OF_DATA_V2: (_VALUES, 2, 3, 5, 6)}
_MOST_BYTES = (1 << 31) - 1
_HEADER_BYTES = (1 << 8, 1 << 16, 1 << 24)
"""How much is read for the header of a page: statistics of long texts may stand in it."""


def damaged_page(file: IO[bytes], chunks: Iterable[Chunk]) -> int | None:
    """Find the first page that says of itself what cannot be.

    Args:
        file: An open Parquet file.
        chunks: Where its columns are.

    Returns:
        Where in the file it begins; None where there is none.

    """
    for chunk in chunks:
        at = chunk.start
        while 0 <= at < chunk.stop:
            header, size_bytes = _header(file, at)
            if header is None or not _can_be(header, chunk):
                return at
            at += size_bytes + _number(header, _PACKED_BYTES)
    return None


def _header(file: IO[bytes], at: int) -> tuple[Fields | None, int]:
    for most_bytes in _HEADER_BYTES:
        file.seek(at)
        struct = Struct(file.read(most_bytes))
        try:
            return struct.fields(), struct.size_bytes
        except (IndexError, RecursionError):
            continue
    return None, 0


def _can_be(header: Fields, chunk: Chunk) -> bool:
    sizes = (_number(header, _UNPACKED_BYTES), _number(header, _PACKED_BYTES))
    if not all(0 <= size <= _MOST_BYTES for size in sizes):
        return False
    most = (chunk.values, _MOST_BYTES)
    for kind, numbers in _NUMBERS.items():
        page = header.get(kind)
        if isinstance(page, Fields) and not all(
            0 <= _number(page, number) <= most[number != _VALUES or kind == _OF_DICTIONARY]
            for number in numbers
        ):
            return False
    return True


def _number(fields: Fields, number: int) -> int:
    value = fields.get(number, 0)
    return value if isinstance(value, int) else -1
