"""Which of the project's workflows the import would start or resume, and for whom."""

import dataclasses
from typing import TypeAlias

from plunk_import.plan.model import Check
from plunk_import.plan.preflight.entrants import Entrants
from plunk_import.plan.preflight.questions import counted, listed, unanswered
from plunk_import.send import PlunkClient, ReadFailedError, Workflow

_OF_STATES = ("contact.subscribed", "contact.unsubscribed")


@dataclasses.dataclass(frozen=True, slots=True)
class FiringWorkflow:
    """An enabled workflow that events of the file start.

    At most `contacts` enter: those who ran through it before do not, unless `allows_reentry`; then
    it runs for each of the `rows`.
    """

    name: str
    event: str
    contacts: int
    rows: int
    is_exact: bool
    allows_reentry: bool

    def __str__(self) -> str:
        about = "" if self.is_exact else "about "
        often = (
            f"again for every event: {counted(self.rows, 'time')}"
            if self.allows_reentry
            else "once each, unless they ran through it before"
        )
        return (
            f"{self.name!r} on {self.event!r}: {about}{counted(self.contacts, 'contact')}, {often}"
        )


async def find_triggers(client: PlunkClient) -> tuple[Workflow, ...] | Check:
    """Read the enabled workflows that events trigger, or report why they are unread."""
    try:
        workflows = await client.workflows()
    except ReadFailedError as error:
        return unanswered("workflows", error)
    return tuple(workflow for workflow in workflows if workflow.enabled and workflow.event_name)


@dataclasses.dataclass(frozen=True, slots=True)
class FlipWorkflow:
    """An enabled workflow on a change of subscription, which the file's `subscribed` may cause."""

    name: str
    event: str

    def __str__(self) -> str:
        return f"{self.name!r} on {self.event!r}: for each contact whose subscription changes"


Firing: TypeAlias = tuple[FiringWorkflow | FlipWorkflow, ...]


def check_workflows(
    triggers: tuple[Workflow, ...] | Check, entrants: Entrants, *, sets_subscribed: bool
) -> tuple[Check, Firing | None]:
    """Say which would fire, those that most contacts enter first; None where it is unknown.

    `sets_subscribed`: the mapping sends `subscribed`, so that states may flip; a flip records
    `contact.subscribed` or `contact.unsubscribed`.
    """
    if isinstance(triggers, Check):
        return triggers, None
    found = [_firing(workflow, entrants) for workflow in triggers]
    firing = tuple(sorted((one for one in found if one), key=lambda one: -one.contacts))
    flips = tuple(
        FlipWorkflow(workflow.name, workflow.event_name or "")
        for workflow in triggers
        if sets_subscribed and workflow.event_name in _OF_STATES
    )
    unforeseen = [workflow for workflow in triggers if _is_unforeseen(workflow)]
    return _line((*firing, *flips), unforeseen), (*firing, *flips)


def _line(firing: Firing, unforeseen: list[Workflow]) -> Check:
    maybe = [
        f"{workflow.name!r} on {workflow.event_name!r}: may fire as contacts change; not counted"
        for workflow in unforeseen
    ]
    details = listed([*map(str, firing), *maybe])
    if firing:
        return Check(
            name="workflows",
            state="wrong",
            message=f"{counted(len(firing), 'workflow')} would fire.",
            remedy="Disable them in Plunk while you import, map the rows to another event name, "
            "or go on with --allow-workflows.",
            details=details,
        )
    if maybe:
        said = "No workflow listens to the file's events, but some to what Plunk makes of them."
        return Check(name="workflows", state="unknown", message=said, details=details)
    said = "No enabled workflow listens to an event of this file."
    return Check(name="workflows", state="ok", message=said)


def _firing(workflow: Workflow, entrants: Entrants) -> FiringWorkflow | None:
    event = workflow.event_name or ""
    met = entrants.of_events.get(event)
    if met is None or not met.rows:
        return None
    return FiringWorkflow(
        workflow.name, event, met.contacts, met.rows, met.is_exact, workflow.allow_reentry
    )


def _is_unforeseen(workflow: Workflow) -> bool:
    """Whether a contact that joins or leaves a segment starts it: nothing here can tell."""
    return (workflow.event_name or "").startswith("segment.")
