"""What a live project says about a plan.

Everything is read: nothing is stored, nothing is sent.
"""

import dataclasses
from collections.abc import Iterator

from plunk_import.plan.gates import Consequence, GateQuestion, answered
from plunk_import.plan.model import Check
from plunk_import.plan.plan import Plan
from plunk_import.plan.preflight.audience import check_audience
from plunk_import.plan.preflight.entrants import Entrants, find_entrants
from plunk_import.plan.preflight.names import (
    check_event_names,
    check_field_names,
    check_field_types,
)
from plunk_import.plan.preflight.questions import Bounds, without_secret_key
from plunk_import.plan.preflight.server import OF_SERVER, ServerWord, ask_server
from plunk_import.plan.preflight.workflows import (
    Firing,
    FiringWorkflow,
    FlipWorkflow,
    check_workflows,
    find_triggers,
)
from plunk_import.runtime import in_thread
from plunk_import.send import PlunkClient, Workflow
from plunk_import.validate import Job

__all__ = ["Bounds", "FiringWorkflow", "FlipWorkflow", "Preflight", "ServerWord", "check", "unread"]

_NEED_SECRET_KEY = (
    "workflows",
    "subscriptions",
    "field types",
    "field names",
    "event names",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Preflight:
    """What a live project says about a plan.

    `workflows_that_fire` is None where they could not be read, which is not the same as none.
    """

    checks: tuple[Check, ...]
    server: ServerWord
    workflows_that_fire: Firing | None

    @property
    def gates(self) -> tuple[GateQuestion, ...]:
        """What must be answered with yes before anything is sent, unless it is clear."""
        if self.workflows_that_fire is None:
            reason = next(one.message for one in self.checks if one.name == "workflows")
            return (GateQuestion("workflows", "unread", reason),)
        found = (
            Consequence(f"{one.name} on {one.event}", str(one)) for one in self.workflows_that_fire
        )
        return (answered("workflows", found),)

    @property
    def is_well(self) -> bool:
        """Whether no check found anything wrong."""
        return all(check.state != "wrong" for check in self.checks)


async def check(
    client: PlunkClient,
    job: Job,
    plan: Plan,
    *,
    has_secret_key: bool,
    bounds: Bounds | None = None,
) -> Preflight:
    """Ask a project about a plan; the rows are read once more to count who would be met.

    `job` is the one that the first pass returned. Raises SourceError where the source
    cannot be read again; what the project does not answer is a check, no error.
    """
    server = await ask_server(client, has_secret_key=has_secret_key)
    if not server.is_reachable:
        return Preflight((*server.checks, *_unasked(server)), server, None)
    if not has_secret_key:
        return unread(server)
    bounds = bounds or Bounds()
    triggers = await find_triggers(client)
    entrants = await in_thread(
        find_entrants, job, events=_event_names(triggers), most_contacts=bounds.contacts
    )
    return await _read_project(client, job, plan, _Findings(server, triggers, entrants, bounds))


def _unasked(server: ServerWord) -> Iterator[Check]:
    """Report the checks that were not made because the server takes no events."""
    said = {check.name for check in server.checks}
    for name in (*OF_SERVER, *_NEED_SECRET_KEY):
        if name not in said:
            yield Check(name=name, state="unknown", message="Not checked, because of that.")


def unread(server: ServerWord) -> Preflight:
    """Report what is known of a project without its secret key."""
    return Preflight((*server.checks, *map(without_secret_key, _NEED_SECRET_KEY)), server, None)


@dataclasses.dataclass(frozen=True, slots=True)
class _Findings:
    """What is known before the project's contacts and fields are read."""

    server: ServerWord
    triggers: tuple[Workflow, ...] | Check
    entrants: Entrants
    bounds: Bounds


async def _read_project(client: PlunkClient, job: Job, plan: Plan, known: _Findings) -> Preflight:
    audience = await check_audience(client, job.loaded.mapping, known.entrants, known.bounds)
    workflows, firing = check_workflows(
        known.triggers,
        known.entrants,
        sets_subscribed=job.loaded.mapping.subscribed is not None,
    )
    checks = (
        *known.server.checks,
        workflows,
        audience,
        await check_field_types(client, plan),
        await check_field_names(client, plan),
        await check_event_names(client, plan),
    )
    return Preflight(checks, known.server, firing)


def _event_names(triggers: tuple[Workflow, ...] | Check) -> tuple[str, ...]:
    workflows = () if isinstance(triggers, Check) else triggers
    return tuple({name: None for workflow in workflows if (name := workflow.event_name)})
