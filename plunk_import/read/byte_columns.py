"""The bytes of a block as a column of numbers, to be searched and counted many at a time.

Nothing is copied: the column stands on the block's own memory, which it is handed over by Arrow's C
data interface. Python's own `count` looks at one byte after the other.
"""

import ctypes
import itertools
from typing import Any

import polars as pl

_FEW_BYTES = 64 << 10
"""Up to so many it takes longer to make a column than to count."""


class _Schema(ctypes.Structure):
    """Arrow's `ArrowSchema`."""

    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Array(ctypes.Structure):
    """Arrow's `ArrowArray`."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


_Release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_numbers = itertools.count(1)
_lent: dict[int, tuple[object, ...]] = {}
"""What a column stands on, by the number that its `private_data` is, until it is released."""


def _release_schema(address: int) -> None:
    _Schema.from_address(address).release = None


def _release_array(address: int) -> None:
    array = _Array.from_address(address)
    _lent.pop(array.private_data, None)
    array.release = None


_RELEASES = (_Release(_release_schema), _Release(_release_array))
"""They are called for as long as the program runs, so they must stay."""


class _Lent:
    """A block, as whoever makes columns of Arrow's data takes it."""

    def __init__(self, block: bytes) -> None:
        number = next(_numbers)
        content = ctypes.cast(ctypes.c_char_p(block), ctypes.c_void_p)
        buffers = (ctypes.c_void_p * 2)(None, content)
        _lent[number] = (block, buffers)
        self._schema = _Schema(format=b"C", release=_address(_RELEASES[0]))  # C: of uint8
        self._array = _Array(
            length=len(block),
            n_buffers=2,
            buffers=ctypes.addressof(buffers),
            release=_address(_RELEASES[1]),
            private_data=number,
        )

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Hand the column out, once."""
        del requested_schema
        return _capsule(self._schema, b"arrow_schema"), _capsule(self._array, b"arrow_array")


def _address(function: Any) -> int | None:  # noqa: ANN401 - ctypes has no type for it
    return ctypes.cast(function, ctypes.c_void_p).value


_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


def _capsule(struct: ctypes.Structure, name: bytes) -> object:
    found: object = _new_capsule(ctypes.addressof(struct), name, None)
    return found


def byte_column(block: bytes) -> pl.Series:
    """Return the bytes of a block as a column of UInt8."""
    if not block:
        return pl.Series([], dtype=pl.UInt8)
    lent = _Lent(block)
    return pl.Series(lent)


def count_byte(block: bytes, byte: bytes) -> int:
    """Count how often a byte is in a block."""
    if len(block) <= _FEW_BYTES:
        return block.count(byte)
    return int((byte_column(block) == byte[0]).sum())
