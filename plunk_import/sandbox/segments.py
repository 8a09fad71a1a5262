"""Segments: who belongs to them, and the events that tell of coming and going."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from plunk_import.sandbox.database import Database
from plunk_import.sandbox.project import Filter, Logic, Operator, Segment
from plunk_import.sandbox.rules import JsonValue, dump_json


def slug(name: str) -> str:
    """Write a segment's name as its events have it: `Big spenders!` becomes `big-spenders`."""
    kept = re.sub(r"[^a-z0-9_\s-]", "", name.lower().strip())
    return re.sub(r"-+", "-", re.sub(r"\s+", "-", kept)).strip("-")


class Segments:
    """The segments of a project. Those that track membership know who belongs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, segment: Segment) -> str:
        """Create a segment; contacts that belong to it already entered it before the sandbox was.

        Returns:
            Its id.
        """
        segment_id = self._database.new_id()
        condition = _condition(segment)
        with self._database.transaction():
            self._database.connection.execute(
                "INSERT INTO segments (id, name, condition, tracks_membership) VALUES (?, ?, ?, ?)",
                (segment_id, segment.name, dump_json(condition), segment.tracks_membership),
            )
            for contact in self._database.rows("SELECT * FROM contacts"):
                if self._belongs(contact, condition):
                    self._set_membership(segment_id, contact["id"], belongs=True)
        return segment_id

    def find(self, name: str) -> str | None:
        """Find the id of the segment of this name."""
        found = self._database.rows("SELECT id FROM segments WHERE name = ?", name)
        return found[0]["id"] if found else None

    def refresh(self, contact_id: str) -> list[tuple[str, JsonValue]]:
        """Note where a contact belongs by now, in segments that track it.

        Runs within the caller's transaction. The real server does this in a job of its own, some
        time later.

        Returns:
            The name and the data of each event to record, one for each change.
        """
        if not self._database.row("SELECT EXISTS (SELECT 1 FROM segments)")[0]:
            return []
        tracked = self._database.rows(
            "SELECT s.id, s.name, s.condition, EXISTS (SELECT 1 FROM memberships WHERE"
            " segment_id = s.id AND contact_id = ?) AS belonged"
            " FROM segments AS s WHERE tracks_membership ORDER BY seq",
            contact_id,
        )
        changes: list[tuple[str, JsonValue]] = []
        found = self._database.rows("SELECT * FROM contacts WHERE id = ?", contact_id)
        for segment in tracked:
            belongs = bool(found) and self._belongs(found[0], json.loads(segment["condition"]))
            if belongs is not bool(segment["belonged"]):
                self._set_membership(segment["id"], contact_id, belongs=belongs)
                change = "entry" if belongs else "exit"
                data: JsonValue = {"segmentId": segment["id"], "segmentName": segment["name"]}
                changes.append((f"segment.{slug(segment['name'])}.{change}", data))
        return changes

    def using(self, event: str) -> list[dict[str, Any]]:
        """List `id` and `name` of the segments whose condition names an event."""
        rows = self._database.rows("SELECT id, name, condition FROM segments ORDER BY seq")
        return [
            {"id": row["id"], "name": row["name"]}
            for row in rows
            if f"event.{event}" in _fields(json.loads(row["condition"]))
        ]

    def _set_membership(self, segment_id: str, contact_id: str, *, belongs: bool) -> None:
        self._database.connection.execute(
            "INSERT INTO memberships (segment_id, contact_id) VALUES (?, ?)"
            if belongs
            else "DELETE FROM memberships WHERE segment_id = ? AND contact_id = ?",
            (segment_id, contact_id),
        )

    def _belongs(self, contact: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
        groups = (
            all(self._holds(contact, asked) for asked in group["filters"])
            for group in condition["groups"]
        )
        return all(groups) if condition["logic"] == Logic.AND else any(groups)

    def _holds(self, contact: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
        kind, _, name = asked["field"].partition(".")
        if kind == "event":
            (count,) = self._database.row(
                "SELECT count(*) FROM events WHERE contact_id = ? AND name = ?", contact["id"], name
            )
            return bool(count) is (asked["operator"] == Operator.TRIGGERED)
        value, wanted = _value(contact, kind, name), asked.get("value")
        if kind == "email":  # addresses are compared without regard to capitals
            value, wanted = str(value).lower(), str(wanted).lower()
        return _compare(value, asked["operator"], wanted)


def _condition(segment: Segment) -> dict[str, Any]:
    """Write the filters as Plunk keeps a condition: the filters of a group must all hold."""
    filters = [_described(asked) for asked in segment.filters]
    groups = [filters] if segment.logic is Logic.AND else [[one] for one in filters]
    return {"logic": segment.logic.value, "groups": [{"filters": group} for group in groups]}


def _described(asked: Filter) -> dict[str, Any]:
    described: dict[str, Any] = {"field": asked.field, "operator": asked.operator.value}
    if asked.value is not None:
        described["value"] = asked.value
    return described


def _fields(condition: Mapping[str, Any]) -> set[str]:
    return {asked["field"] for group in condition["groups"] for asked in group["filters"]}


def _value(contact: Mapping[str, Any], kind: str, name: str) -> object:
    if kind == "subscribed":
        return bool(contact["subscribed"])
    if kind == "email":
        return contact["email"]
    data = json.loads(contact["data"]) if contact["data"] else {}
    return data.get(name)


def _compare(value: object, operator: str, wanted: object) -> bool:
    """Whether a filter holds for a value; None stands for a field that the contact lacks."""
    match operator:
        case Operator.EXISTS:
            return value is not None
        case Operator.NOT_EXISTS:
            return value is None
        case Operator.EQUALS:
            return _same(value, wanted)
        case Operator.NOT_EQUALS:
            return not _same(value, wanted)
        case Operator.CONTAINS:
            return isinstance(value, str) and str(wanted) in value
        case Operator.NOT_CONTAINS:
            return not (isinstance(value, str) and str(wanted) in value)
    return _in_order(value, operator, wanted)


def _same(value: object, wanted: object) -> bool:
    # True is 1 to Python, not to the server.
    return isinstance(value, bool) is isinstance(wanted, bool) and value == wanted


def _in_order(value: object, operator: str, wanted: object) -> bool:
    """Compare two numbers or two texts; anything else has no order."""
    if isinstance(value, str) and isinstance(wanted, str):
        return _ordered(operator, (value > wanted) - (value < wanted))
    if _is_number(value) and _is_number(wanted):
        return _ordered(operator, (value > wanted) - (value < wanted))
    return False


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ordered(operator: str, order: int) -> bool:
    return {
        Operator.GREATER_THAN: order > 0,
        Operator.LESS_THAN: order < 0,
        Operator.GREATER_THAN_OR_EQUAL: order >= 0,
        Operator.LESS_THAN_OR_EQUAL: order <= 0,
    }[Operator(operator)]
