"""The names of variables, made from the headers of a file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from plunk_import.mapping import DEFAULT_MARKER, RESERVED_NAMES
from plunk_import.propose.shapes import parts_of_name

Names = Literal["keep", "camel", "snake"]
"""How variables are called: as the header has it, like `firstName`, or like `first_name`."""

_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "id": "external_id",
        "email": "other_email",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "subscribed": "opted_in",
        "unsubscribeUrl": "old_unsubscribe_url",
        "subscribeUrl": "old_subscribe_url",
        "manageUrl": "old_manage_url",
        DEFAULT_MARKER: "old_import_ref",
        "__proto__": "proto",
    }
)
_RESERVED = frozenset((*RESERVED_NAMES, DEFAULT_MARKER))


def styled(header: str, names: Names) -> str:
    """Write a header in the style; one without letters or digits stays as it is."""
    parts = parts_of_name(header)
    if names == "keep" or not parts:
        return header.strip()
    if names == "snake":
        return "_".join(parts)
    return parts[0] + "".join(part.capitalize() for part in parts[1:])


class Namer:
    """Hands out each name once; `others` names what takes the place of a reserved name."""

    def __init__(self, names: Names, others: Mapping[str, str] = MappingProxyType({})) -> None:
        self._names = names
        self._others = {**_OTHER_NAMES, **others}
        self._taken: set[str] = set()

    def name(self, header: str) -> tuple[str, str | None]:
        """Choose a name for a column, and say why where it cannot be the header's own."""
        wanted = styled(header, self._names)
        name, reason = wanted, None
        if wanted in _RESERVED:
            other = self._others.get(wanted, f"old_{wanted}")
            name = self._fitting(other)
            reason = f"Plunk keeps the name `{wanted}` for itself, so it goes under another one"
        if name in self._taken:
            name = next(
                f"{name}_{n}" for n in range(2, 100_000) if f"{name}_{n}" not in self._taken
            )
            reason = reason or f"the name `{wanted}` stands for another column already"
        self._taken.add(name)
        return name, reason

    def _fitting(self, other: str) -> str:
        """Write the other name in the style too, unless that is reserved again."""
        fitting = styled(other, self._names)
        return other if fitting in _RESERVED else fitting
