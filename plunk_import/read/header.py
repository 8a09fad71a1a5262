"""The names of columns, as a header has them and as they can be told apart."""

import dataclasses
from collections.abc import Sequence

from plunk_import.errors import SourceError


@dataclasses.dataclass(frozen=True, slots=True)
class Header:
    """The names of all columns, each of its own.

    Attributes:
        names: Not empty, none of them twice.
        remarks: What was changed for that, in sentences.

    """

    names: tuple[str, ...]
    remarks: tuple[str, ...] = ()


MOST_COLUMNS = 50_000
"""More than any table that people have: a file with more was mostly read with a wrong delimiter."""


def require_not_too_many(columns: int, *, place: str) -> None:
    """Raise SourceError where there are more than `MOST_COLUMNS`."""
    if columns > MOST_COLUMNS:
        raise SourceError(
            f"{place}: there are {columns:,} columns, and {MOST_COLUMNS:,} are the most that can "
            "be read. Are delimiter and line ends right? Else leave out those that are not mapped."
        )


def header_of(cells: Sequence[str], *, place: str) -> Header:
    """Name every column: the second `name` is `name_2`, the third one without a name `column_3`.

    A name that another column has already is not given: the next number is.

    Args:
        cells: The header's cells, in order.
        place: The file and line, for the error.

    Raises:
        SourceError: No column has a name, or there are too many.

    """
    if not any(cells):
        raise SourceError(
            f"{place}: there is no header on this line. If it stands on another line, declare "
            "`source: {header_line: …}`; if there is none, name the columns: `source: {columns: "
            "[…]}`."
        )
    require_not_too_many(len(cells), place=place)
    naming = _Naming(cells)
    names = tuple(naming.name(position, cell) for position, cell in enumerate(cells, 1))
    remarks = (
        _remark(position, cell, name)
        for position, (cell, name) in enumerate(zip(cells, names, strict=True), 1)
        if cell != name
    )
    return Header(names, tuple(remarks))


class _Naming:
    """Names one column after the other; what the header itself says comes first."""

    def __init__(self, cells: Sequence[str]) -> None:
        self._taken = set(cells)
        self._seen: set[str] = set()
        self._next: dict[str, int] = {}

    def name(self, position: int, cell: str) -> str:
        wanted = cell or f"column_{position}"
        is_free = cell not in self._seen if cell else wanted not in self._taken
        self._seen.add(cell)
        name = wanted if is_free else self._numbered(wanted)
        self._taken.add(name)
        return name

    def _numbered(self, name: str) -> str:
        number = self._next.get(name, 2)
        while f"{name}_{number}" in self._taken:
            number += 1
        self._next[name] = number + 1
        return f"{name}_{number}"


def _remark(position: int, cell: str, name: str) -> str:
    if not cell:
        return f"column {position} has no name: it is read as {name!r}"
    return f"column {position} is called {cell!r} like one before it: it is read as {name!r}"
