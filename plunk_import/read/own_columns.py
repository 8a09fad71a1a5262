"""What the columns are called that this program adds to a source's own in its files."""

import dataclasses
import itertools
from collections.abc import Collection, Iterable

PLACE = ("file", "row", "line")
REJECT = ("code", "field", "message", "stage")
DOUBT = ("reason", "request_id")
RAW, TYPES, ORIGIN = "raw", "types", "origin"
_ALL = frozenset((*PLACE, *REJECT, *DOUBT, RAW, TYPES, ORIGIN))
_SIGNS = (frozenset(("row", *REJECT)), frozenset(("row", *DOUBT)))
"""Of these one is whole in every file of ours; the others may be left out."""


@dataclasses.dataclass(frozen=True, slots=True)
class OwnColumns:
    """The names of our columns in one file.

    Attributes:
        prefix: Underscores: one, and more where the source has columns of the same names.

    """

    prefix: str = "_"

    def name(self, column: str) -> str:
        """Name one of our columns, as `row`, in the file."""
        return self.prefix + column

    def among(self, names: Iterable[str]) -> list[str]:
        """Choose our columns from those of the file, in order."""
        return [
            name
            for name in names
            if name.startswith(self.prefix) and name[len(self.prefix) :] in _ALL
        ]


def own_columns_beside(names: Collection[str]) -> OwnColumns:
    """Find names for our columns that none of the source's columns has."""
    return next(own for own in _every() if not own.among(names))


def own_columns_of(names: Collection[str]) -> OwnColumns | None:
    """Recognise a file of ours by its columns; None for every other file."""
    most = max((len(name) - len(name.lstrip("_")) for name in names), default=0)
    for own in itertools.islice(_every(), most):
        found = {name.removeprefix(own.prefix) for name in own.among(names)}
        if any(sign <= found for sign in _SIGNS):
            return own
    return None


def _every() -> Iterable[OwnColumns]:
    return (OwnColumns("_" * length) for length in itertools.count(1))
