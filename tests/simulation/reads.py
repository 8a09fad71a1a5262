"""What the simulated server answers to those who read it with the secret key."""

import json
from typing import Any
from urllib.parse import unquote

from tests.simulation.bodies import refusal
from tests.simulation.server import SECRET_KEY, Server
from tests.simulation.store import Build, Contact, Event, Workflow

Answer = tuple[int, Any]
Query = dict[str, str]
_UNKNOWN = (404, refusal(404, "INTERNAL_SERVER_ERROR", "Unknown route"))


def read(  # noqa: C901 - a table of routes
    server: Server, path: str, query: Query, token: str | None, body: bytes
) -> Answer:
    """Answer a request for anything but an event."""
    if path == "/health":
        return 200, {"status": "ok"}
    if token != SECRET_KEY:
        return 401, refusal(401, "INVALID_API_KEY", "Invalid secret API key")
    parts = [unquote(part) for part in path.strip("/").split("/")]
    match parts:
        case ["contacts"]:
            return 200, _contacts(server, query)
        case ["contacts", "fields"]:
            return 200, _fields(server)
        case ["contacts", "lookup"] if server.build is Build.NEWEST:
            return 200, _lookup(server, json.loads(body)["emails"])
        case ["events", "contact", contact_id]:
            return 200, _contact_events(server, contact_id, int(query.get("limit", "50")))
        case ["events", "names"]:
            return 200, {"eventNames": list(server.names)}
        case ["events", "stats"]:
            return 200, _stats(server, query)
        case ["events", *name, "usage"]:
            return 200, _usage(server, "/".join(name))
        case ["workflows"]:
            return 200, _workflows(server)
        case ["workflows", workflow_id]:
            found = [one for one in server.workflows if one.id == workflow_id]
            return (200, _workflow(found[0])) if found else _UNKNOWN
    return _UNKNOWN


def _contacts(server: Server, query: Query) -> dict[str, Any]:
    text = query.get("search", "").lower()
    found = [one for one in reversed(server.contacts.values()) if text in one.email.lower()]
    start, limit = int(query.get("cursor", "0")), min(int(query.get("limit", "20")), 100)
    page: dict[str, Any] = {
        "data": [_contact(one) for one in found[start : start + limit]],
        "hasMore": len(found) > start + limit,
    }
    if server.build is not Build.NEWEST or not start:
        page["total"] = len(found)
    if page["hasMore"]:
        page["cursor"] = str(start + limit)
    return page


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "email": contact.email,
        "data": contact.data,
        "subscribed": contact.subscribed,
        "createdAt": contact.created_at,
        "updatedAt": contact.created_at,
    }


def _fields(server: Server) -> dict[str, Any]:
    fields = [
        {"field": f"data.{name}", "type": kind, "coverage": 100}
        for name, kind in server.fields.items()
    ]
    return {"fields": fields, "count": len(fields)}


def _lookup(server: Server, emails: list[str]) -> dict[str, list[str]]:
    answer: dict[str, list[str]] = {"found": [], "notFound": []}
    for email in emails:
        answer["found" if email.strip().lower() in server.contacts else "notFound"].append(email)
    return answer


def _contact_events(server: Server, contact_id: str, limit: int) -> dict[str, Any]:
    found = [one for one in server.contacts.values() if one.id == contact_id]
    # By the server's own clock, which may have stepped.
    events = sorted(found[0].events if found else [], key=lambda event: event.created_at)
    return {"events": [_event(event) for event in events[-limit:][::-1]]}


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "name": event.name,
        "data": event.data,
        "contactId": event.contact.id,
        "createdAt": event.created_at,
    }


def _stats(server: Server, query: Query) -> list[dict[str, Any]]:
    start, end = query.get("startDate", ""), query.get("endDate", "~")
    counts: dict[str, int] = {}
    for event in server.events:
        if start <= event.created_at <= end:
            counts[event.name] = counts.get(event.name, 0) + 1
    return [{"name": name, "count": count} for name, count in counts.items()]


def _usage(server: Server, name: str) -> dict[str, Any]:
    mine = [event for event in server.events if event.name == name]
    return {
        "usedInSegments": [
            {"id": one.slug, "name": one.slug} for one in server.segments if one.event == name
        ],
        "usedInWorkflows": [
            {"id": one.id, "name": one.id} for one in server.workflows if one.event == name
        ],
        "totalCount": len(mine),
        "uniqueContacts": len({event.contact.id for event in mine}),
        "canDelete": False,
    }


def _workflows(server: Server) -> dict[str, Any]:
    data = [_workflow_line(one) for one in server.workflows]
    return {"data": data, "total": len(data), "page": 1, "pageSize": 100, "totalPages": 1}


def _workflow_line(workflow: Workflow) -> dict[str, Any]:
    trigger = "a.signup.of.long.ago" if workflow.waits else workflow.event
    return {
        "id": workflow.id,
        "name": workflow.id,
        "enabled": workflow.enabled,
        "triggerType": "EVENT",
        "triggerConfig": {"eventName": trigger},
        "allowReentry": workflow.allow_reentry,
    }


def _workflow(workflow: Workflow) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"id": "s1", "type": "TRIGGER", "config": {}}]
    if workflow.waits:
        config = {"eventName": workflow.event, "timeout": 86400}
        steps.append({"id": "s2", "type": "WAIT_FOR_EVENT", "config": config})
    steps.append({"id": "s3", "type": "SEND_EMAIL", "config": {}})
    return {**_workflow_line(workflow), "steps": steps}
