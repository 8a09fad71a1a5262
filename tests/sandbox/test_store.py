import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from plunk_import.sandbox import AlreadyThere, Counts, ServerClock, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    clock = ServerClock(wall=lambda: 1_700_000_000.125)
    with Store(tmp_path / "sandbox.sqlite", clock) as store:
        yield store


def test_contact_is_found_as_it_was_written(store: Store) -> None:
    contact_id = store.create_contact("a@x.co", {"n": 1}, subscribed=False)
    contact = store.find_contact("a@x.co")
    assert contact is not None
    assert (contact.id, contact.data, contact.subscribed) == (contact_id, {"n": 1}, False)


def test_update_replaces_data_and_may_leave_the_subscription(store: Store) -> None:
    contact_id = store.create_contact("a@x.co", {"n": 1}, subscribed=False)
    store.update_contact(contact_id, None, subscribed=None)
    contact = store.find_contact("a@x.co")
    assert contact is not None
    assert (contact.data, contact.subscribed) == (None, False)


def test_second_contact_of_an_address_is_refused(store: Store) -> None:
    store.create_contact("a@x.co", None, subscribed=True)
    with pytest.raises(AlreadyThere):
        store.create_contact("a@x.co", None, subscribed=True)


def test_event_keeps_its_key_and_the_time_it_arrived(store: Store) -> None:
    event = store.add_event("c", "paid", {"n": 1.5}, request=7, idempotency_key="k")
    (row,) = store.rows("SELECT * FROM events")
    assert event.created_at == row["created_at"] == "2023-11-14T22:13:20.125Z"
    assert (row["idempotency_key"], row["request"], row["data"]) == ("k", 7, '{"n":1.5}')
    assert store.last_request() == 7


def test_workflow_runs_once_for_a_contact_unless_it_allows_reentry(store: Store) -> None:
    once = store.add_workflow("paid")
    always = store.add_workflow("paid", allow_reentry=True)
    store.add_workflow("paid", enabled=False)
    store.add_workflow("other")
    for contact in ("ada", "ada", "bob"):
        store.add_event(contact, "paid", request=1)
    runs = store.rows("SELECT workflow_id, count(*) AS n FROM workflow_runs GROUP BY 1")
    assert {run["workflow_id"]: run["n"] for run in runs} == {once: 2, always: 3}


def test_fault_is_noted_before_what_it_stored_is_known(store: Store) -> None:
    fault_id = store.add_fault("drop", seconds=0, request=3, idempotency_key="k", email="a@x.co")
    assert store.rows("SELECT stored FROM faults") == [{"stored": None}]
    store.settle_fault(fault_id, stored=True)
    assert store.rows("SELECT stored FROM faults") == [{"stored": 1}]
    assert store.counts() == Counts(contacts=0, events=0, workflow_runs=0, faults=1)


def test_event_and_its_workflow_runs_are_stored_together_or_not_at_all(store: Store) -> None:
    store.connection.execute("DROP TABLE workflow_runs")
    with pytest.raises(sqlite3.OperationalError):
        store.add_event("ada", "paid", request=1)
    assert store.rows("SELECT * FROM events") == []


def test_two_connections_see_one_another(store: Store, tmp_path: Path) -> None:
    store.create_contact("a@x.co", None, subscribed=True)
    with Store(tmp_path / "sandbox.sqlite") as other:
        assert other.find_contact("a@x.co") is not None
        other.create_contact("b@x.co", None, subscribed=True)
    assert store.counts().contacts == 2
