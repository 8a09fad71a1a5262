"""Workflows: what triggers them, their steps, the contacts that stand in them, what they fired."""

import json
from collections.abc import Sequence
from typing import Any

from plunk_import.sandbox.database import Database
from plunk_import.sandbox.project import Step, StepType
from plunk_import.sandbox.rules import dump_json

BEFORE_TIME = ""
"""Stands for the event of a run that began before the sandbox did."""


class Workflows:
    """The workflows of a project. Methods that say so run within the caller's transaction.

    A run goes from step to step until it meets one that waits. A `WAIT_FOR_EVENT` ends with its
    event, whether its workflow is still enabled or not; time-outs of waits and delays do not come
    to an end in a sandbox.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._execute = database.connection.execute

    def add(
        self,
        event: str,
        *,
        name: str | None = None,
        enabled: bool = True,
        allow_reentry: bool = False,
        steps: Sequence[Step] = (),
    ) -> str:
        """Create a workflow.

        Args:
            event: The name of the event that triggers it.
            name: What people call it; None for one made of the event.
            enabled: Whether the event triggers it yet.
            allow_reentry: Whether it runs for a contact that it has run for before.
            steps: What it does, in order, after its trigger.

        Returns:
            Its id.
        """
        workflow_id = self._database.new_id()
        trigger = ("TRIGGER", f"Trigger: {event}", {"eventName": event})
        described = [trigger, *((step.type, step.label, dict(step.config)) for step in steps)]
        with self._database.transaction():
            self._execute(
                "INSERT INTO workflows (id, name, event, enabled, allow_reentry)"
                " VALUES (?, ?, ?, ?, ?)",
                (workflow_id, name or f"On {event}", event, enabled, allow_reentry),
            )
            for type_, label, config in described:
                self._execute(
                    "INSERT INTO workflow_steps (id, workflow_id, type, name, config)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (self._database.new_id(), workflow_id, type_, label, dump_json(config)),
                )
        return workflow_id

    def ensure(self, event: str) -> None:
        """See to it that an enabled workflow listens to an event."""
        (known,) = self._database.row(
            "SELECT count(*) FROM workflows WHERE event = ? AND enabled", event
        )
        if not known:
            self.add(event)

    def find(self, name: str) -> str | None:
        """Find the id of the workflow of this name."""
        found = self._database.rows("SELECT id FROM workflows WHERE name = ?", name)
        return found[0]["id"] if found else None

    def place(self, workflow_id: str, contact_id: str) -> None:
        """Let a contact stand in a workflow's first step that waits for an event.

        Nothing happens where the workflow has run for it already.
        """
        if self._database.rows(
            "SELECT 1 FROM workflow_runs WHERE workflow_id = ? AND contact_id = ?",
            workflow_id,
            contact_id,
        ):
            return
        step, config = self._database.row(
            "SELECT seq, config FROM workflow_steps WHERE workflow_id = ? AND type = ?"
            " ORDER BY seq LIMIT 1",
            workflow_id,
            StepType.WAIT_FOR_EVENT,
        )
        with self._database.transaction():
            run = self._begin(workflow_id, contact_id, BEFORE_TIME)
            self._wait(run, contact_id, json.loads(config)["eventName"], step)

    def dispatch(self, event_id: str, contact_id: str, event: str) -> None:
        """Begin the workflows that an event triggers, then go on with the runs that await it.

        Runs within the caller's transaction.
        """
        for workflow_id in self._triggered(contact_id, event):
            self._go_on(self._begin(workflow_id, contact_id, event_id), 0, event_id)
        waiting = self._database.rows(
            "SELECT run, step FROM workflow_waits WHERE contact_id = ? AND event = ? ORDER BY run",
            contact_id,
            event,
        )
        for wait in waiting:
            self._execute("DELETE FROM workflow_waits WHERE run = ?", (wait["run"],))
            self._go_on(wait["run"], wait["step"], event_id)

    def _triggered(self, contact_id: str, event: str) -> list[str]:
        found = self._execute(
            "SELECT id FROM workflows AS w WHERE event = ?2 AND enabled"
            " AND (allow_reentry OR NOT EXISTS (SELECT 1 FROM workflow_runs"
            " WHERE workflow_id = w.id AND contact_id = ?1)) ORDER BY seq",
            (contact_id, event),
        )
        return [workflow_id for (workflow_id,) in found]

    def _begin(self, workflow_id: str, contact_id: str, event_id: str) -> int:
        begun = self._execute(
            "INSERT INTO workflow_runs (workflow_id, contact_id, event_id) VALUES (?, ?, ?)",
            (workflow_id, contact_id, event_id),
        )
        assert begun.lastrowid is not None  # noqa: S101 - an INSERT has one
        return begun.lastrowid

    def _go_on(self, run: int, step: int, event_id: str) -> None:
        """Fire the steps after `step`, up to one that waits."""
        workflow_id, contact_id = self._database.row(
            "SELECT workflow_id, contact_id FROM workflow_runs WHERE seq = ?", run
        )
        ahead = self._database.rows(
            "SELECT * FROM workflow_steps WHERE workflow_id = ? AND seq > ? AND type != 'TRIGGER'"
            " ORDER BY seq",
            workflow_id,
            step,
        )
        for row in ahead:
            if row["type"] == StepType.WAIT_FOR_EVENT:
                self._wait(run, contact_id, json.loads(row["config"])["eventName"], row["seq"])
                return
            self._execute(
                "INSERT INTO fired_steps (run, workflow_id, contact_id, type, name, event_id,"
                " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run, workflow_id, contact_id, row["type"], row["name"], event_id),
                    self._database.clock.iso_now(),
                ),
            )
            if row["type"] in (StepType.DELAY, StepType.EXIT):
                return

    def _wait(self, run: int, contact_id: str, event: str, step: int) -> None:
        self._execute(
            "INSERT INTO workflow_waits (run, contact_id, event, step) VALUES (?, ?, ?, ?)",
            (run, contact_id, event, step),
        )

    def using(self, event: str) -> list[dict[str, Any]]:
        """List `id` and `name` of the workflows that an event triggers or a step waits for.

        Enabled or not; those that it triggers first.
        """
        return self._database.rows(
            "SELECT id, name FROM workflows AS w WHERE event = ?1 OR EXISTS"
            " (SELECT 1 FROM workflow_steps WHERE workflow_id = w.id AND type = 'WAIT_FOR_EVENT'"
            " AND json_extract(config, '$.eventName') = ?1) ORDER BY event != ?1, seq",
            event,
        )
