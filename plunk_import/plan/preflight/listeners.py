"""Which workflows of the project listen to which events, as its API tells it."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence

from plunk_import.plan.preflight.questions import ask
from plunk_import.runtime import Clock
from plunk_import.send import EventUsage, PlunkClient, ReadFailedError, Workflow, WorkflowStep

_NAMES_ASKED = 100
_WAITS = "WAIT_FOR_EVENT"


@dataclasses.dataclass(frozen=True, slots=True)
class Listener:
    """An event that an enabled workflow listens to.

    `waits`: a step in its midst waits for the event, so that contacts who stand there go on; else
    the event starts it.
    """

    workflow: Workflow
    event: str
    waits: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Listening:
    """All enabled workflows, and the events that they listen to."""

    enabled: tuple[Workflow, ...]
    listeners: tuple[Listener, ...]

    @property
    def events(self) -> tuple[str, ...]:
        """The names of the events, each once."""
        return tuple(dict.fromkeys(listener.event for listener in self.listeners))


async def find_listeners(client: PlunkClient, clock: Clock) -> Listening:
    """Read the project's enabled workflows and their steps.

    Raises:
        ReadFailedError: They cannot be read, or not all that they listen to.

    """
    workflows = await ask(client.workflows, clock)
    enabled = tuple(workflow for workflow in workflows if workflow.enabled)
    listeners: list[Listener] = []
    for workflow in enabled:
        listeners += _started_by(workflow)
        steps = await ask(functools.partial(client.workflow_steps, workflow.id), clock)
        listeners += _awaited_in(workflow, steps)
    return Listening(enabled, tuple(listeners))


async def find_usage(
    client: PlunkClient, clock: Clock, events: Iterable[str]
) -> Mapping[str, EventUsage]:
    """Ask where the most frequent events of a file are used.

    The steps of the workflows tell what they listen to; this is the server's own word on it, and
    the only one on the conditions of segments.

    Raises:
        ReadFailedError: The project does not answer.

    """
    usage = {}
    for name in list(events)[:_NAMES_ASKED]:
        usage[name] = await ask(functools.partial(client.event_usage, name), clock)
    return usage


def _started_by(workflow: Workflow) -> list[Listener]:
    if workflow.event_name is not None:
        return [Listener(workflow, workflow.event_name)]
    if workflow.trigger_type == "EVENT":
        raise ReadFailedError(f"Plunk does not tell which event starts {workflow.name!r}.")
    return []


def _awaited_in(workflow: Workflow, steps: Sequence[WorkflowStep]) -> list[Listener]:
    awaited = dict.fromkeys(step.awaited_event for step in steps if step.type == _WAITS)
    if None in awaited:
        raise ReadFailedError(f"Plunk does not tell which event {workflow.name!r} waits for.")
    return [Listener(workflow, event, waits=True) for event in awaited if event is not None]
