"""Reads what a run and its server left on the disk as plain values, touching nothing."""

import csv
import json
import math
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from plunk_import.sandbox import Store
from plunk_import.storage import RowState
from tests.torture.live import LIVE_ADDRESS


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row as the journal has it; times in Unix seconds."""

    number: int
    state: RowState
    key: str
    sent_at: float | None
    claimed_at: float | None
    settled_at: float | None
    event_id: str | None
    reason: str | None
    attempts: int

    def waited_in_vain(self, seconds: float) -> bool:
        """Whether its last request was given up after so many seconds, or met an earlier one.

        The earlier one was given up, too, or the server would not have been asked again.
        """
        claimed, sent = self.claimed_at or math.inf, self.sent_at or math.inf
        if (self.reason or "").startswith("an earlier request with this key is still in flight"):
            return sent - claimed >= seconds
        is_late = (self.reason or "").startswith("no reply in time")
        return is_late and (self.settled_at or 0.0) - sent >= seconds


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the server has it."""

    sequence: int
    id: str
    row: int
    email: str
    contact_value: int | None


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault that struck; `stored` is None where the server was killed meanwhile."""

    kind: str
    seconds: float
    key: str | None
    email: str
    at: float
    stored: bool | None


def read_journal(run: Path) -> dict[int, JournalRow]:
    """Read a copy, so that what a killed process left behind is not tidied up by looking."""
    if not (run / "journal.sqlite").exists():
        return {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("journal.sqlite", "journal.sqlite-wal"):
            if (run / name).exists():
                shutil.copy(run / name, scratch)
        with closing(sqlite3.connect(Path(scratch) / "journal.sqlite")) as journal:
            found = journal.execute(
                "SELECT ordinal, state, ifnull(key, ''), sent_at, claimed_at, settled_at,"
                " event_id, reason, ifnull(attempts, 0) FROM rows"
            ).fetchall()
    return {row[0]: JournalRow(row[0], RowState(row[1]), *row[2:]) for row in found}


def read_events(store: Store) -> list[StoredEvent]:
    """Read what the server has recorded, in the order in which it did, without live traffic."""
    found = store.rows(
        "SELECT events.seq, events.id, events.data, contacts.email, contacts.data AS person"
        " FROM events JOIN contacts ON contacts.id = events.contact_id WHERE"
        " contacts.email != ? ORDER BY events.seq",
        LIVE_ADDRESS,
    )
    return [
        StoredEvent(
            row["seq"],
            row["id"],
            json.loads(row["data"])["row"]["value"],
            row["email"],
            json.loads(row["person"] or "{}").get("last_row"),
        )
        for row in found
    ]


def read_faults(store: Store) -> list[FaultRow]:
    """Read which faults struck."""
    return [
        FaultRow(
            row["kind"],
            row["seconds"],
            row["idempotency_key"],
            row["email"],
            datetime.fromisoformat(row["created_at"]).timestamp(),
            None if row["stored"] is None else bool(row["stored"]),
        )
        for row in store.rows("SELECT * FROM faults ORDER BY seq")
    ]


def read_lines(path: Path) -> list[dict[str, str]]:
    """Read one of the run's CSV files."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def read_report(run: Path) -> dict[str, Any]:
    """Read `report.json`."""
    report: dict[str, Any] = json.loads((run / "report.json").read_text(encoding="utf-8"))
    return report


def by_row(events: Sequence[StoredEvent]) -> Mapping[int, list[StoredEvent]]:
    """Put the events of each row together."""
    found: defaultdict[int, list[StoredEvent]] = defaultdict(list)
    for event in events:
        found[event.row].append(event)
    return found
