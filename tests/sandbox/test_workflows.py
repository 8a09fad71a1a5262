"""What events set going: workflows, their steps, and the contacts that stand in them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from plunk_import.sandbox import (
    Counts,
    Project,
    SandboxSettings,
    SeededContact,
    Step,
    StepType,
    Workflow,
)
from tests.sandbox.conftest import Client, OpenClient, OpenStore, StartSandbox

WAIT = Step(type=StepType.WAIT_FOR_EVENT, config={"eventName": "paid"})
THANKS = Step(type=StepType.SEND_EMAIL, name="Thanks")
GOODBYE = Step(type=StepType.SEND_EMAIL, name="Goodbye")


def welcome(*steps: Step, enabled: bool = True) -> Workflow:
    return Workflow(event="joined", name="Welcome", steps=steps, enabled=enabled)


class Rehearsal:
    """A sandbox with a project, its client and its database."""

    def __init__(
        self, start: StartSandbox, open_client: OpenClient, open_store: OpenStore, project: Project
    ) -> None:
        sandbox = start(SandboxSettings(race_seconds=0, project=project))
        self.client: Client = open_client(sandbox)
        self.store = open_store(sandbox)

    def fired(self) -> list[tuple[str, str, str]]:
        """Who got which step by which event, in order."""
        rows = self.store.rows(
            "SELECT c.email, f.name, e.name AS event FROM fired_steps AS f"
            " JOIN contacts AS c ON c.id = f.contact_id JOIN events AS e ON e.id = f.event_id"
            " ORDER BY f.seq"
        )
        return [(row["email"], row["name"], row["event"]) for row in rows]

    def workflow(self) -> dict[str, Any]:
        """The one workflow, as its list describes it."""
        (found,) = self.client.read("/workflows").json()["data"]
        assert isinstance(found, dict)
        return found


Rehearse = Callable[[Project], Rehearsal]


@pytest.fixture
def rehearse(
    start_sandbox: StartSandbox, open_client: OpenClient, open_store: OpenStore
) -> Rehearse:
    return lambda project: Rehearsal(start_sandbox, open_client, open_store, project)


WAITING = SeededContact(email="ada@x.co", waits_in=("Welcome",))


@pytest.mark.parametrize("enabled", [True, False])
def test_an_event_moves_on_who_stands_in_a_step_that_waits_for_it(
    rehearse: Rehearse, *, enabled: bool
) -> None:
    workflow = welcome(GOODBYE, WAIT, THANKS, enabled=enabled)
    rehearsal = rehearse(Project(workflows=(workflow,), contacts=(WAITING,)))
    rehearsal.client.track("ada@x.co", "left")
    rehearsal.client.track("bob@x.co", "paid")
    assert rehearsal.fired() == []
    rehearsal.client.track("ada@x.co", "paid")
    rehearsal.client.track("ada@x.co", "paid")
    assert rehearsal.fired() == [("ada@x.co", "Thanks", "paid")]


def test_a_run_goes_on_to_the_next_step_that_waits(rehearse: Rehearse) -> None:
    rehearsal = rehearse(Project(workflows=(welcome(THANKS, WAIT, GOODBYE, WAIT, THANKS),)))
    fired = []
    for event in ("joined", "paid", "paid", "paid"):
        rehearsal.client.track("ada@x.co", event)
        fired.append([(name, event) for _, name, event in rehearsal.fired()])
    thanks, goodbye, again = ("Thanks", "joined"), ("Goodbye", "paid"), ("Thanks", "paid")
    assert fired == [
        [thanks],
        [thanks, goodbye],
        [thanks, goodbye, again],
        [thanks, goodbye, again],
    ]


def test_contact_that_stood_in_a_workflow_does_not_enter_it_again(rehearse: Rehearse) -> None:
    rehearsal = rehearse(Project(workflows=(welcome(THANKS, WAIT),), contacts=(WAITING,)))
    rehearsal.client.track("ada@x.co", "joined")
    rehearsal.client.track("bob@x.co", "joined")
    assert rehearsal.fired() == [("bob@x.co", "Thanks", "joined")]


@pytest.mark.parametrize("last", [StepType.DELAY, StepType.EXIT])
def test_nothing_is_fired_behind_a_delay_or_an_exit(rehearse: Rehearse, last: StepType) -> None:
    rehearsal = rehearse(Project(workflows=(welcome(THANKS, Step(type=last), GOODBYE),)))
    rehearsal.client.track("ada@x.co", "joined")
    assert [name for _, name, _ in rehearsal.fired()] == ["Thanks", last.capitalize()]


def test_standing_in_a_workflow_is_no_run_that_an_event_began(rehearse: Rehearse) -> None:
    rehearsal = rehearse(Project(workflows=(welcome(WAIT),), contacts=(WAITING,)))
    assert rehearsal.store.counts() == Counts(contacts=1, events=0, workflow_runs=0, faults=0)


def test_a_workflow_is_described_with_its_steps_in_order(rehearse: Rehearse) -> None:
    rehearsal = rehearse(Project(workflows=(welcome(WAIT, THANKS),)))
    listed = rehearsal.workflow()
    described = rehearsal.client.read(f"/workflows/{listed['id']}").json()
    steps = described.pop("steps")
    assert described == listed
    assert all(step.pop("id") for step in steps)
    assert steps == [
        {"type": "TRIGGER", "name": "Trigger: joined", "config": {"eventName": "joined"}},
        {"type": "WAIT_FOR_EVENT", "name": "Wait for event", "config": {"eventName": "paid"}},
        {"type": "SEND_EMAIL", "name": "Thanks", "config": {}},
    ]


def test_a_workflow_that_is_not_there_is_not_found(rehearse: Rehearse) -> None:
    answer = rehearse(Project()).client.read("/workflows/none")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Workflow not found")
    assert rehearse(Project()).client.get("/workflows/none").status_code == 401


def names(usage: Mapping[str, Any]) -> list[str]:
    return [workflow["name"] for workflow in usage["usedInWorkflows"]]


def test_usage_counts_triggers_and_waits_enabled_or_not(rehearse: Rehearse) -> None:
    rehearsal = rehearse(
        Project(
            workflows=(
                welcome(WAIT, THANKS, WAIT, enabled=False),
                Workflow(event="paid", name="Receipt", enabled=False),
                Workflow(event="paid", name="Both", steps=(WAIT,)),
                Workflow(event="other", name="Other", steps=(THANKS,)),
            )
        )
    )
    usage = rehearsal.client.read("/events/paid/usage").json()
    assert names(usage) == ["Receipt", "Both", "Welcome"]
    assert all(set(workflow) == {"id", "name"} for workflow in usage["usedInWorkflows"])
    assert usage["canDelete"] is False
    assert names(rehearsal.client.read("/events/joined/usage").json()) == ["Welcome"]
    assert rehearsal.client.read("/events/left/usage").json()["canDelete"] is True


def test_a_project_is_not_built_twice(rehearse: Rehearse) -> None:
    project = Project(workflows=(welcome(WAIT, THANKS),), contacts=(WAITING,))
    rehearse(project).client.track("ada@x.co", "paid")
    again = rehearse(project)
    again.client.track("ada@x.co", "paid")
    assert again.workflow()["name"] == "Welcome"
    assert again.fired() == [("ada@x.co", "Thanks", "paid")]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Step(type=StepType.WAIT_FOR_EVENT), "eventName"),
        (
            lambda: Project(workflows=(welcome(THANKS),), contacts=(WAITING,)),
            "ada@x.co waits in Welcome: no workflow of this name has a WAIT_FOR_EVENT step",
        ),
    ],
    ids=["waits for nothing", "stands nowhere"],
)
def test_a_project_that_cannot_be_is_refused(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()
