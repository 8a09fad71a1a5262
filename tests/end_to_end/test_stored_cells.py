"""What Plunk has stored in the end is what another reader finds in the file, cell by cell."""

import csv
import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from plunk_import import SandboxSettings, SendSettings, import_file
from tests.wild_rows.columns import arrow_tables, parquet_tables
from tests.wild_rows.reading import Absent, Json, Unstorable, is_same, stored_cell
from tests.wild_rows.tables import Table, csv_tables, json_tables

TABLES = {
    "CSV": csv_tables(),
    "JSON": json_tables(),
    "Parquet": parquet_tables(),
    "Arrow": arrow_tables(),
}
ONE_SHOT = "v1"
"""The variable that is not kept on the contact."""
DELETED = "v2"
"""The variable whose empty cells delete what the contact has."""


def mapping_of(table: Table) -> dict[str, Any]:
    data: dict[str, dict[str, Any]] = {
        f"v{n}": {"column": name} for n, name in enumerate(table.names)
    }
    data[ONE_SHOT]["persistent"] = False
    data[DELETED]["empty"] = "delete"
    given = {"version": 1, "email": "email", "event": "event", "marker": None}
    return {**given, "data": data, "source": dict(table.source)}


def wanted_of(table: Table, row: Mapping[str, Any]) -> dict[str, Json]:
    """Return the data that Plunk should store for a row."""
    data = {f"v{n}": stored_cell(row.get(name)) for n, name in enumerate(table.names)}
    if data[ONE_SHOT] is not Absent.ABSENT:
        data[ONE_SHOT] = {"value": data[ONE_SHOT], "persistent": False}
    if data[DELETED] is Absent.ABSENT:
        data[DELETED] = None
    return {name: value for name, value in data.items() if value is not Absent.ABSENT}


def all_wanted(table: Table) -> Iterator[tuple[int, tuple[str, str, Json]]]:
    """Find the rows that Plunk can store, by number: address, event name and data."""
    for number, row in enumerate(table.rows, 1):
        try:
            yield number, (row["email"].strip().lower(), row["event"], wanted_of(table, row))
        except Unstorable:
            continue


def column_of_ours(name: str, header: Sequence[str], table: Table) -> str:
    """Find our column: it has one more `_` than any column of the file that is called like ours."""
    return next(own for own in (name, f"_{name}") if own in header and own not in table.names)


def sent(table: Table, folder: Path) -> tuple[list[int], sqlite3.Connection]:
    """Import a table into a sandbox; return the rows that were rejected, and what it stored."""
    report = import_file(
        table.write(folder),
        mapping_of(table),
        directory=folder / "run",
        settings=SendSettings(rate="unlimited"),
        sandbox=SandboxSettings(race_seconds=0),
    )
    assert report.books.read == len(table.rows)
    with (folder / "run" / "rejects.csv").open(newline="", encoding="utf-8") as file:
        rejects = csv.DictReader(file)
        number = column_of_ours("_row", rejects.fieldnames or (), table)
        rejected = [int(reject[number]) for reject in rejects]
    return rejected, sqlite3.connect(folder / "run" / "sandbox.sqlite")


def events_by_row(folder: Path, stored: sqlite3.Connection) -> dict[int, tuple[str, str, Json]]:
    """Read what is stored of each row, by the event that the results name for it."""
    query = (
        "SELECT events.id, email, name, events.data FROM events"
        " JOIN contacts ON contacts.id = contact_id"
    )
    events = {
        event: (email, name, json.loads(data or "{}"))
        for event, email, name, data in stored.execute(query)
    }
    with (folder / "run" / "results.csv").open(newline="", encoding="utf-8") as file:
        return {int(result["row"]): events[result["event_id"]] for result in csv.DictReader(file)}


def kept_on_contacts(wanted: Mapping[int, tuple[str, str, Json]]) -> dict[str, Json]:
    """Put the persistent values of each contact's rows together, as Plunk does."""
    contacts: dict[str, Json] = {}
    for email, _, data in wanted.values():
        kept = contacts.setdefault(email, {})
        for name, value in data.items():
            if name != ONE_SHOT:
                kept[name] = value
    return {
        email: {name: value for name, value in kept.items() if value is not None}
        for email, kept in contacts.items()
    }


def check(table: Table, folder: Path) -> None:
    """Import the table and compare every cell."""
    wanted = dict(all_wanted(table))
    rejected, stored = sent(table, folder)
    try:
        assert rejected == [n for n in range(1, len(table.rows) + 1) if n not in wanted]
        kept = events_by_row(folder, stored)
        assert kept.keys() == wanted.keys()
        wrong = {n: (kept[n], wanted[n]) for n in wanted if not is_same([*kept[n]], [*wanted[n]])}
        assert wrong == {}
        contacts = {
            email: json.loads(data or "{}")
            for email, data in stored.execute("SELECT email, data FROM contacts")
        }
        assert is_same(contacts, kept_on_contacts(wanted))
    finally:
        stored.close()


def tried(tables: st.SearchStrategy[Table], examples: int) -> None:
    @settings(
        max_examples=examples,
        derandomize=examples < 100,
        suppress_health_check=list(HealthCheck),
    )
    @given(tables)
    def each(table: Table) -> None:
        with tempfile.TemporaryDirectory() as folder:
            check(table, Path(folder))

    each()


@pytest.mark.parametrize("tables", TABLES.values(), ids=TABLES.keys())
def test_what_is_stored_is_what_the_file_holds(tables: st.SearchStrategy[Table]) -> None:
    tried(tables, 10)


@pytest.mark.ordeal
@pytest.mark.parametrize("tables", TABLES.values(), ids=TABLES.keys())
def test_what_is_stored_is_what_any_file_holds(tables: st.SearchStrategy[Table]) -> None:
    tried(tables, 30)
