"""Holds what `verify` says of a run against what the server has: differences that there are not."""

from collections.abc import Iterator

from plunk_import import Report
from tests.simulation.ledger import Ledger, Run, read_lines
from tests.simulation.store import Contact, Event


class Verified:
    """What reading a run back found, and whether it is so."""

    def __init__(self, ledger: Ledger, run: Run, report: Report) -> None:
        self._run = run
        self._report = report
        self._events = {event.id: event for event in ledger.server.events}
        lines = read_lines(run.directory / "results.csv")
        self._results = {int(line["row"]): line for line in lines}

    def complaints(self) -> Iterator[str]:
        """Complain about differences that are none, and about totals that are not short."""
        found = self._report.verification
        if found is None:
            yield f"{self._run.name}: verify says nothing"
            return
        if found.rows != len(self._results):
            yield f"{self._run.name}: verify read {found.rows} of {len(self._results)} rows"
        for one in found.differences:
            if not self._is_so(one.row, one.field, one.expected):
                yield f"{self._run.name}: verify sees a difference that is none: {one}"
        for total in found.totals:
            if total.stored < total.delivered:
                yield f"{self._run.name}: verify misses events that are stored: {total}"

    def _is_so(self, row: int, field: str, expected: str) -> bool:
        event = self._events.get(self._results[row]["event_id"])
        if event is None:
            return True
        if field == "contact.subscribed":
            return expected != str(event.contact.subscribed).lower()
        if field.startswith("contact."):
            return expected != str(_value(event.contact, field)).lower()
        return not self._is_as_sent(event, row)

    def _is_as_sent(self, event: Event, number: int) -> bool:
        row = self._run.export.rows[number - 1]
        uid = event.data.get("uid", {}).get("value")
        return (event.name, uid, event.data.get("last")) == (
            *self._run.identity(row),
            row.value,
        )


def _value(contact: Contact, field: str) -> object:
    return contact.data.get(field.removeprefix("contact."))
