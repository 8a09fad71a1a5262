"""Complains, in words, of all that is wrong with what an ordeal left behind."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from plunk_import.errors import ExitCode
from plunk_import.sandbox import Store
from plunk_import.storage import RowState
from tests.torture.evidence import (
    FaultRow,
    JournalRow,
    StoredEvent,
    by_row,
    read_events,
    read_faults,
    read_journal,
    read_lines,
    read_report,
)
from tests.torture.ordeal import TIMEOUT_SECONDS, Ordeal

SLACK_SECONDS = 0.5
"""Between a moment as the importer, the server and this test see it."""

Journal: TypeAlias = Mapping[int, JournalRow]

_UNAMBIGUOUS = frozenset({"429"})


@dataclass(frozen=True)
class Audit:
    """Holds what a run says against what the server has."""

    ordeal: Ordeal
    run: Path
    store: Store
    server_kills: Sequence[float]
    excused: set[int]
    """Rows that were seen to have a cause for doubt: in flight at a kill, or at a fault."""
    slow: set[int] = field(default_factory=set)
    """Rows whose reply came too late, though no fault struck: on a busy machine any may."""

    def after_a_kill(self) -> Iterator[str]:
        """Complain about what must hold even when the importer was killed just now."""
        journal = read_journal(self.run)
        yield from self._events_and_rows(by_row(read_events(self.store)), journal)
        yield from self._doubts(journal)
        self.excused.update(_numbers(journal, RowState.CLAIMED))

    def after_a_command(self, exit_code: int) -> Iterator[str]:
        """Complain about what must hold whenever a command ended by itself."""
        journal = read_journal(self.run)
        events = read_events(self.store)
        yield from self._events_and_rows(by_row(events), journal)
        yield from self._files(journal, {event.id: event.row for event in events})
        yield from self._books(journal, read_report(self.run), exit_code)
        yield from self._doubts(journal)
        if claimed := _numbers(journal, RowState.CLAIMED):
            yield f"rows {claimed} are claimed though the command ended"
        yield from self._order(events, journal)

    def at_the_end(self) -> Iterator[str]:
        """Complain about what must hold when nothing is left to do."""
        journal = read_journal(self.run)
        expected = {row.number for row in self.ordeal.rows if row.is_valid}
        ended = {n for n, row in journal.items() if row.state in _ENDS}
        if missing := expected - ended:
            yield f"rows without an end: {sorted(missing)}"
        if self.ordeal.reads_back:
            if doubted := _numbers(journal, RowState.IN_DOUBT):
                yield f"rows still in doubt, though they can be read back: {doubted}"
            stored = Counter(event.row for event in read_events(self.store))
            if stored != Counter(expected):
                yield f"not exactly once: {sorted((stored - Counter(expected)).elements())} more, "
                yield f"and {sorted((Counter(expected) - stored).elements())} fewer"

    def _events_and_rows(
        self, events: Mapping[int, Sequence[StoredEvent]], journal: Journal
    ) -> Iterator[str]:
        for row in self.ordeal.rows:
            times = len(events.get(row.number, ()))
            state = journal[row.number].state if row.number in journal else None
            told = f"row {row.number} ({state.name.lower() if state else 'unknown'})"
            if times > 1:
                yield f"{told} is stored {times} times"
            if times and not row.is_valid:
                yield f"{told} is stored though it is {row.code or 'filtered'}"
            if state is RowState.DELIVERED and times == 0:
                yield f"{told} is not stored"
            if state in _NOT_STORED and times:
                yield f"{told} is stored"
            if state is not None and not row.is_valid:
                yield f"{told} is in the journal though it is {row.code or 'filtered'}"
        if strangers := set(events) - {row.number for row in self.ordeal.rows}:
            yield f"stored rows that nobody sent: {strangers}"

    def _files(self, journal: Journal, row_of: dict[str, int]) -> Iterator[str]:
        results = read_lines(self.run / "results.csv")
        delivered = _numbers(journal, RowState.DELIVERED)
        if [int(line["row"]) for line in results] != delivered:
            yield "results.csv has other rows than were delivered, or in another order"
        for line in results:
            if line["event_id"] and row_of.get(line["event_id"]) != int(line["row"]):
                yield f"results.csv: row {line['row']} has the id of another event"
        rejects = {int(row["_row"]): row["_code"] for row in read_lines(self.run / "rejects.csv")}
        if rejects != {row.number: row.code for row in self.ordeal.rows if row.code}:
            yield f"rejects.csv has {rejects}"
        doubts = [int(line["_row"]) for line in read_lines(self.run / "in_doubt.csv")]
        if doubts != _numbers(journal, RowState.IN_DOUBT):
            yield f"in_doubt.csv has the rows {doubts}"

    def _books(self, journal: Journal, report: dict[str, Any], exit_code: int) -> Iterator[str]:
        rows = self.ordeal.rows
        states = Counter(row.state for row in journal.values())
        expected = {
            "read": len(rows),
            "filtered": sum(row.is_filtered for row in rows),
            "rejected": sum(row.code is not None for row in rows),
            "skipped": states[RowState.SKIPPED],
            "delivered": states[RowState.DELIVERED],
            "in_doubt": states[RowState.IN_DOUBT],
        }
        expected["pending"] = 2 * len(rows) - sum(expected.values())
        books = {name: report["books"][name] for name in expected}
        if books != expected:
            yield f"the books say {books} and should say {expected}"
        if report["exit_code"] != exit_code:
            yield f"exit code {exit_code}, and {report['exit_code']} in the report"
        stale = report["order_may_differ"]
        is_perfect = not (books["rejected"] or books["in_doubt"] or books["pending"] or stale)
        if (exit_code == ExitCode.DELIVERED) != is_perfect:
            yield f"exit code {exit_code} with the books {books} and stale values of {stale}"

    def _doubts(self, journal: Journal) -> Iterator[str]:
        faults = read_faults(self.store)
        for number in _numbers(journal, RowState.IN_DOUBT):
            if number in self.excused or self._has_cause(journal[number], faults):
                self.excused.add(number)
            else:
                yield f"row {number} is in doubt without a cause: {journal[number]}"

    def _has_cause(self, row: JournalRow, faults: Sequence[FaultRow]) -> bool:
        if any(_is_of(fault, row) and fault.kind not in _UNAMBIGUOUS for fault in faults):
            return True
        if row.claimed_at is None:
            return False
        if row.waited_in_vain(TIMEOUT_SECONDS):
            self.slow.add(row.number)
            return True
        first = row.claimed_at - SLACK_SECONDS
        last = (row.sent_at or row.claimed_at) + TIMEOUT_SECONDS + SLACK_SECONDS
        away = [(at, at) for at in self.server_kills]
        away += [(fault.at, fault.at + fault.seconds) for fault in faults if fault.kind == "refuse"]
        return any(first <= end and start <= last for start, end in away)

    def _order(self, events: list[StoredEvent], journal: Journal) -> Iterator[str]:
        rows_of: defaultdict[str, list[int]] = defaultdict(list)
        for event in events:
            rows_of[event.email].append(event.row)
        named = set(read_report(self.run)["order_may_differ"])
        for email, numbers in rows_of.items():
            if numbers != sorted(numbers) and email not in named:
                yield f"{email} has its rows in the order {numbers} and is not named"
        doubted = {
            row.email
            for row in self.ordeal.rows
            if row.number in journal and journal[row.number].state is RowState.IN_DOUBT
        }
        last = {event.email: event for event in events}
        for email, event in last.items():
            if event.contact_value != event.row and email not in doubted:
                yield f"{email} has the value {event.contact_value}, the last was {event.row}"


_ENDS = (RowState.DELIVERED, RowState.REJECTED, RowState.IN_DOUBT, RowState.SKIPPED)
_NOT_STORED = (None, RowState.REJECTED, RowState.PENDING, RowState.SKIPPED)


def _numbers(journal: Journal, state: RowState) -> list[int]:
    return sorted(number for number, row in journal.items() if row.state is state)


def _is_of(fault: FaultRow, row: JournalRow) -> bool:
    return fault.key is not None and _own_key(fault.key) == _own_key(row.key)


def _own_key(key: str) -> str:
    """Return a row's key without the number that it gets once the server has burned it."""
    return re.sub(r"\.\d+$", "", key)
