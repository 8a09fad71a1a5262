"""Places in a source at which reading can begin, so that what stands before is passed over."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class TextEnd(NamedTuple):
    """Where a batch of a text file ends: the bytes and the lines of the file up to there."""

    offset: int
    lines: int


class Mark(NamedTuple):
    """A place between two rows of a text file.

    Attributes:
        ordinal: How many rows of the source stand before it.
        file: The number of its file in the source, from 0.
        rows: How many rows of that file stand before it.
        offset: How many bytes.
        lines: How many lines.

    """

    ordinal: int
    file: int
    rows: int
    offset: int
    lines: int


class Marks:
    """The marks of a source: those that reading has come by, and those that it came by before."""

    def __init__(self) -> None:
        self._by_ordinal: dict[int, Mark] = {}

    def __iter__(self) -> Iterator[Mark]:
        return iter(sorted(self._by_ordinal.values()))

    def add(self, marks: Iterable[Mark]) -> None:
        """Keep marks of a source that has the same content."""
        self._by_ordinal.update((mark.ordinal, mark) for mark in marks)

    def last_up_to(self, ordinal: int) -> Mark | None:
        """Find the last mark that has no row behind this one before it."""
        known = (at for at in self._by_ordinal if at <= ordinal)
        last = max(known, default=None)
        return None if last is None else self._by_ordinal[last]
