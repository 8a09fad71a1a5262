"""What is stored, in the shapes in which Plunk answers."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from plunk_import.sandbox.rules import JsonValue, spread
from plunk_import.sandbox.store import Store

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z?)?")
_STANDARD_FIELDS = {
    "createdAt": "date",
    "email": "string",
    "subscribed": "boolean",
    "updatedAt": "date",
}


def list_contacts(
    store: Store, *, search: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Page through contacts, newest first.

    Args:
        store: Where they are.
        search: Text that the address contains, in whatever capitals; None for all contacts.
        limit: How many contacts a page has.
        cursor: The id of the contact after which the page begins; None for the first page.

    Returns:
        The page; its `total` is counted on the first one only and is 0 on all others.
    """
    wanted = (search or "").lower()
    rows = store.rows(
        "SELECT * FROM contacts WHERE instr(lower(email), ?1) AND (?2 IS NULL OR seq <"
        " (SELECT seq FROM contacts WHERE id = ?2)) ORDER BY seq DESC LIMIT ?3",
        wanted,
        cursor,
        limit + 1,
    )
    has_more = len(rows) > limit
    page: dict[str, Any] = {"data": [_contact(row) for row in rows[:limit]], "total": 0}
    if cursor is None:
        (page["total"],) = store.row(
            "SELECT count(*) FROM contacts WHERE instr(lower(email), ?)", wanted
        )
    page["hasMore"] = has_more
    if has_more:
        page["cursor"] = rows[limit - 1]["id"]
    return page


def _contact(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "email": row["email"],
        "data": _load(row["data"]),
        "subscribed": bool(row["subscribed"]),
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }


def find_contacts(store: Store, emails: Sequence[str]) -> dict[str, list[str]]:
    """Sort addresses into those that are contacts and those that are not."""
    answer: dict[str, list[str]] = {"found": [], "notFound": []}
    for email in emails:
        known = store.find_contact(email.strip().lower())
        answer["found" if known else "notFound"].append(email)
    return answer


def list_fields(store: Store) -> dict[str, Any]:
    """List the fields of contacts, each with the type of its first value and its coverage in %."""
    rows = store.rows("SELECT data FROM contacts ORDER BY seq")
    types: dict[str, str] = {}
    counts: dict[str, int] = {}
    for row in rows:
        for key, value in spread(_load(row["data"])).items():
            types.setdefault(key, infer_type(value))
            counts[key] = counts.get(key, 0) + 1
    fields = [
        {"field": name, "type": type_, "coverage": 100} for name, type_ in _STANDARD_FIELDS.items()
    ]
    fields += [
        # JavaScript rounds halves up, Python to even.
        {
            "field": f"data.{key}",
            "type": type_,
            "coverage": math.floor(100 * counts[key] / len(rows) + 0.5),
        }
        for key, type_ in types.items()
    ]
    fields.sort(key=lambda field: str(field["field"]).casefold())
    return {"fields": fields, "count": len(fields)}


def infer_type(value: object) -> str:
    """Name the type Plunk gives a field whose first value this is: when in doubt, string."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str) and _DATE.fullmatch(value):
        return "date"
    return "string"


def list_contact_events(store: Store, contact_id: str, *, limit: int) -> dict[str, Any]:
    """List a contact's events, newest first, with `data` as it was sent."""
    rows = store.rows(
        "SELECT * FROM events WHERE contact_id = ? ORDER BY seq DESC LIMIT ?", contact_id, limit
    )
    return {
        "events": [
            {
                "id": row["id"],
                "name": row["name"],
                "data": _load(row["data"]),
                "contactId": row["contact_id"],
                "createdAt": row["created_at"],
            }
            for row in rows
        ]
    }


def count_events(store: Store, *, start: str | None, end: str | None) -> list[dict[str, Any]]:
    """Count events by name, most frequent first, between two ISO times, both inclusive."""
    return store.rows(
        "SELECT name, count(*) AS count FROM events"
        " WHERE (?1 IS NULL OR created_at >= ?1) AND (?2 IS NULL OR created_at <= ?2)"
        " GROUP BY name ORDER BY count(*) DESC, name",
        start,
        end,
    )


def list_event_names(store: Store) -> dict[str, list[str]]:
    """List the names of all events, most frequent first."""
    return {"eventNames": [row["name"] for row in count_events(store, start=None, end=None)]}


def describe_event(store: Store, name: str) -> dict[str, Any]:
    """Say where an event is used and how often it happened."""
    workflows, segments = store.workflows.using(name), store.segments.using(name)
    (counted,) = store.rows(
        "SELECT count(*) AS total, count(DISTINCT contact_id) AS contacts FROM events"
        " WHERE name = ?",
        name,
    )
    return {
        "usedInSegments": segments,
        "usedInWorkflows": workflows,
        "totalCount": counted["total"],
        "uniqueContacts": counted["contacts"],
        "canDelete": not workflows and not segments,
    }


def list_workflows(store: Store, *, page: int, page_size: int) -> dict[str, Any]:
    """Page through workflows, newest first; pages count from 1."""
    (counted,) = store.rows("SELECT count(*) AS n FROM workflows")
    rows = store.rows(
        "SELECT * FROM workflows ORDER BY seq DESC LIMIT ? OFFSET ?",
        page_size,
        (page - 1) * page_size,
    )
    return {
        "data": [_workflow(row) for row in rows],
        "total": counted["n"],
        "page": page,
        "pageSize": page_size,
        "totalPages": math.ceil(counted["n"] / page_size),
    }


def describe_workflow(store: Store, workflow_id: str) -> dict[str, Any] | None:
    """Describe a workflow with its steps in order, the trigger first; None when there is none."""
    found = store.rows("SELECT * FROM workflows WHERE id = ?", workflow_id)
    if not found:
        return None
    steps = store.rows(
        "SELECT * FROM workflow_steps WHERE workflow_id = ? ORDER BY seq", workflow_id
    )
    described = [
        {name: row[name] for name in ("id", "type", "name")} | {"config": _load(row["config"])}
        for row in steps
    ]
    return {**_workflow(found[0]), "steps": described}


def _workflow(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "enabled": bool(row["enabled"]),
        "triggerType": "EVENT",
        "triggerConfig": {"eventName": row["event"]},
        "allowReentry": bool(row["allow_reentry"]),
    }


def _load(text: str | None) -> JsonValue:
    value: JsonValue = None if text is None else json.loads(text)
    return value
