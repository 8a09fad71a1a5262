"""What Plunk must hold after a run, and how what it does hold differs. Pure."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plunk_import.mapping import RESERVED_NAMES
from plunk_import.report import Difference
from plunk_import.send import Contact, StoredEvent, is_same

_ABSENT = object()
_LONGEST_SHOWN = 120


@dataclasses.dataclass(frozen=True, slots=True)
class DeliveredRow:
    """A row that the journal calls delivered: where it stands, and what was sent for it.

    `event_id` is None where no reply told it; `body` is the parsed body of the request.
    """

    file: str
    row: int
    event_id: str | None
    body: Mapping[str, Any]
    line: int | None = None

    def differs(self, field: str, expected: object, found: object) -> Difference:
        """Describe one difference of this row."""
        return Difference(
            file=self.file,
            row=self.row,
            line=self.line,
            field=field,
            expected=_shown(expected),
            found=_shown(found),
        )


def compare(
    rows: Sequence[DeliveredRow],
    sampled: frozenset[int],
    contact: Contact,
    events: Sequence[StoredEvent],
) -> Iterator[Difference]:
    """Hold the rows of one contact against what was read back.

    Args:
        rows: All delivered rows of the contact, in the order of the file.
        sampled: Which of them, by their position, are compared with their own event.
        contact: The contact as Plunk has it.
        events: All of the contact's events, newest first.

    Returns:
        Every difference; none where all is as it was sent.

    """
    by_id = {event.id: event for event in events}
    for position in sorted(sampled):
        row = rows[position]
        if row.event_id is not None:
            yield from _event_differences(row, by_id.get(row.event_id))
    if not _written_by_others(rows, events):
        yield from _contact_differences(rows, contact)


def _event_differences(row: DeliveredRow, event: StoredEvent | None) -> Iterator[Difference]:
    if event is None:
        yield row.differs("event", f"event {row.event_id}", "not stored")
        return
    if event.name != row.body["event"]:
        yield row.differs("event", row.body["event"], event.name)
    stored = event.data if isinstance(event.data, dict) else {}
    sent = row.body.get("data", {})
    for name in dict.fromkeys((*sent, *stored)):
        expected, found = sent.get(name, _ABSENT), stored.get(name, _ABSENT)
        if not is_same(expected, found):
            yield row.differs(f"data.{name}", expected, found)


def _written_by_others(rows: Sequence[DeliveredRow], events: Sequence[StoredEvent]) -> bool:
    """Whether the contact has an event of somebody else's, newer than our last one."""
    ours = {row.event_id for row in rows}
    newest = next(iter(events), None)
    if newest is None or None in ours:
        return True  # which of the events are ours cannot be told
    return newest.id not in ours and not newest.name.startswith(("contact.", "segment."))


def _contact_differences(rows: Sequence[DeliveredRow], contact: Contact) -> Iterator[Difference]:
    """Hold the last value of each persistent variable against the contact."""
    held = contact.data or {}
    for name, (row, expected) in _last_values(rows).items():
        found = held.get(name, _ABSENT)
        if not is_same(expected, found):
            yield row.differs(f"contact.{name}", expected, found)
    last = next((row for row in reversed(rows) if "subscribed" in row.body), None)
    if last is not None and last.body["subscribed"] is not contact.subscribed:
        yield last.differs("contact.subscribed", last.body["subscribed"], contact.subscribed)


def _last_values(rows: Sequence[DeliveredRow]) -> dict[str, tuple[DeliveredRow, object]]:
    values: dict[str, tuple[DeliveredRow, object]] = {}
    for row in rows:
        for name, value in row.body.get("data", {}).items():
            if name in RESERVED_NAMES or value == "" or _is_one_shot(value):
                continue  # Plunk keeps none of these on the contact
            values[name] = (row, _ABSENT if value is None else value)
    return values


def _is_one_shot(value: object) -> bool:
    return isinstance(value, dict) and value.get("persistent") is False


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
