"""What is known of another product's export.

The headers are those the products write; columns that an export lets people choose are optional
here, and what a file holds beyond the known columns is told by its content alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

AUDIENCE = "audience.imported"
"""The event of an export whose rows are people."""

ONE_EVENT_EACH = "One event for each person; give it a name that no workflow starts from."


@dataclass(frozen=True, slots=True)
class Reading:
    """How a product writes a column: its type and format, why, and the SQL where it needs any."""

    type: str
    remark: str
    format: str | None = None
    sql: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """What is known of one product's export.

    It is recognised by `marks`, columns that all must be there, and one of `any_marks`. Of
    `email`, `event_columns`, `subscribed` and `ids` the first column that the file has counts.
    `event` is an SQL expression or, in `event_name`, one name for all rows. `keeps` names the
    columns that describe the contact, the others being one-shot; None keeps every column on the
    contact. `labels` are digits that count nothing; `left_out` says why a column is of no use, and
    `readings` how the cells of a column are to be read.
    """

    title: str
    marks: tuple[str, ...]
    any_marks: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    event_columns: tuple[str, ...] = ()
    event: str | None = None
    event_name: str | None = None
    event_remark: str = ""
    where: str | None = None
    where_remark: str = ""
    subscribed: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    moment: tuple[str, ...] = ()
    keeps: frozenset[str] | None = None
    labels: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    other_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    readings: Mapping[str, Reading] = field(default_factory=lambda: MappingProxyType({}))
    advice: tuple[str, ...] = ()

    def describes(self, columns: Collection[str]) -> bool:
        """Say whether a file with these columns is such an export."""
        has_any = not self.any_marks or any(mark in columns for mark in self.any_marks)
        return has_any and all(mark in columns for mark in self.marks)
