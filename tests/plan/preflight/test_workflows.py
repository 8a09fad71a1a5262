from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from plunk_import.plan import GateQuestion
from plunk_import.runtime import NoReplyError
from plunk_import.sandbox import (
    Filter,
    Operator,
    Profile,
    Project,
    Sandbox,
    SandboxSettings,
    SeededContact,
    Segment,
    Step,
    StepType,
    Workflow,
    running,
)
from plunk_import.validate import Job
from tests.fakes import FakeClock, ScriptedTransport, refused
from tests.mapped import knowing_duplicates
from tests.plan.preflight.asking import OPTED, ask, ask_script, gate, job_of, line

ROWS = [
    ("ada@example.com", "paid", "yes"),
    ("Ada@example.com", "paid", "yes"),
    ("bob@example.com", "paid", "no"),
    ("bob@example.com", "left", "no"),
    ("no address", "paid", "no"),
]


def add_workflow(
    sandbox: Sandbox, event: str, *, enabled: bool = True, again: bool = False
) -> None:
    with sandbox.open_store() as store:
        store.add_workflow(event, enabled=enabled, allow_reentry=again)


def send_all(sandbox: Sandbox, job: Job) -> None:
    headers = {"Authorization": f"Bearer {sandbox.public_key}", "Content-Type": "application/json"}
    with httpx.Client(base_url=sandbox.base_url, headers=headers) as client:
        for batch in knowing_duplicates(job).batches():
            for body in batch.events["body"]:
                assert client.post("/v1/track", content=body).status_code == 200


def asked_about(folder: Path, project: Project, **mapping: object) -> GateQuestion:
    with running(SandboxSettings(project=project)) as sandbox:
        return gate(ask(sandbox, job_of(folder, ROWS, **mapping)), "workflows")


@pytest.mark.parametrize(
    ("again", "said"), [(False, "2 contacts, once each"), (True, "for every event: 3 times")]
)
def test_a_workflow_on_an_event_of_the_file_fires(
    sandbox: Sandbox, tmp_path: Path, *, again: bool, said: str
) -> None:
    add_workflow(sandbox, "paid", again=again)

    found = ask(sandbox, job_of(tmp_path, ROWS))

    assert gate(found, "workflows").state == "fires"
    (fires,) = gate(found, "workflows").consequences
    assert said in fires.message
    assert "on 'paid'" in fires.message
    assert line(found, "workflows").state == "wrong"
    assert line(found, "workflows").details == (fires.message,)
    assert "--allow-workflows" in str(line(found, "workflows").remedy)


@pytest.mark.parametrize("again", [False, True], ids=["once", "again"])
def test_as_many_run_as_were_foretold(sandbox: Sandbox, tmp_path: Path, *, again: bool) -> None:
    add_workflow(sandbox, "paid", again=again)
    job = job_of(tmp_path, ROWS)

    (fires,) = gate(ask(sandbox, job), "workflows").consequences
    send_all(sandbox, job)

    runs = sandbox.stored().workflow_runs
    assert (f"{runs} times" if again else f"{runs} contacts") in fires.message


def test_disabled_workflows_and_other_events_are_clear(sandbox: Sandbox, tmp_path: Path) -> None:
    add_workflow(sandbox, "paid", enabled=False)
    add_workflow(sandbox, "Paid")

    found = ask(sandbox, job_of(tmp_path, ROWS))

    assert gate(found, "workflows").is_clear
    assert line(found, "workflows").state == "ok"


def test_the_workflow_that_most_contacts_enter_comes_first(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    add_workflow(sandbox, "left")
    add_workflow(sandbox, "paid")

    fires = gate(ask(sandbox, job_of(tmp_path, ROWS)), "workflows").consequences

    assert ["'paid'" in one.message for one in fires] == [True, False]


def test_only_rows_that_would_be_sent_count(sandbox: Sandbox, tmp_path: Path) -> None:
    add_workflow(sandbox, "paid", again=True)

    rows = [*ROWS, ROWS[0]]

    fires = gate(ask(sandbox, job_of(tmp_path, rows, id=["email"])), "workflows").consequences

    assert "2 contacts, again for every event: 3 times" in fires[0].message


WAITS = Workflow(
    event="signed_up",
    name="Win back",
    steps=(
        Step(type=StepType.WAIT_FOR_EVENT, config={"eventName": "paid"}),
        Step(type=StepType.SEND_EMAIL),
    ),
)


@pytest.mark.parametrize("profile", list(Profile))
def test_a_workflow_that_waits_for_an_event_of_the_file_fires(
    tmp_path: Path, profile: Profile
) -> None:
    waiting = SeededContact(email="ada@example.com", waits_in=("Win back",))
    project = Project(workflows=(WAITS,), contacts=(waiting,))

    with running(SandboxSettings(profile=profile, project=project)) as sandbox:
        found = gate(ask(sandbox, job_of(tmp_path, ROWS)), "workflows")

    assert found.state == "fires"
    assert [one.message for one in found.consequences] == [
        "'Win back' waits for 'paid': those of 2 contacts who stand there go on to its next step"
    ]


def test_a_disabled_workflow_that_waits_is_clear(tmp_path: Path) -> None:
    disabled = Workflow(event="signed_up", name="Off", enabled=False, steps=WAITS.steps)

    assert asked_about(tmp_path, Project(workflows=(disabled,))).is_clear


def segment(*filters: Filter) -> Project:
    listens = Workflow(event="segment.big-spenders.entry", name="VIP mail")
    return Project(workflows=(listens,), segments=(Segment(name="Big spenders!", filters=filters),))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            Filter(field="event.paid", operator=Operator.TRIGGERED),
            "contacts who join that segment, whose condition names 'paid'",
        ),
        (
            Filter(field="data.ltv", operator=Operator.GREATER_THAN, value=10),
            "contacts who join that segment as the import changes them; not counted",
        ),
    ],
    ids=["on an event of the file", "on a variable"],
)
def test_a_workflow_on_a_segment_that_contacts_may_join_fires(
    tmp_path: Path, asked: Filter, said: str
) -> None:
    found = asked_about(tmp_path, segment(asked))

    assert found.state == "fires"
    assert [one.message for one in found.consequences] == [
        f"'VIP mail' on 'segment.big-spenders.entry': {said}"
    ]


@pytest.mark.parametrize(
    ("event", "mapping", "fires"),
    [
        ("contact.subscribed", OPTED, True),
        ("contact.unsubscribed", OPTED, True),
        ("contact.subscribed", {}, False),
        ("contact.subscribed", {"subscribed": {"const": False}}, False),
        ("contact.unsubscribed", {"subscribed": {"const": False}}, True),
    ],
    ids=["may join", "may leave", "left out", "never joins", "always leaves"],
)
def test_a_workflow_on_a_change_of_subscription_fires_where_the_mapping_may_cause_one(
    tmp_path: Path, event: str, mapping: dict[str, object], *, fires: bool
) -> None:
    found = asked_about(tmp_path, Project(workflows=(Workflow(event=event, name="x"),)), **mapping)

    assert (found.state == "fires") is fires


Answers = dict[str, Callable[[httpx.Request], httpx.Response]]


class ScriptedProject:
    """A project with one enabled workflow; `answers` replace its own, by the start of a path."""

    def __init__(self, answers: Answers, *, waits: str = "shipped", used: bool = False) -> None:
        self._answers = answers
        self._waits = waits
        self._used = [{"id": "w1", "name": "Thanks"}] if used else []
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        for start, answer in self._answers.items():
            if path.startswith(start):
                return answer(request)
        return self._own(path)

    def _own(self, path: str) -> httpx.Response:
        if path == "/v1/track":
            return refused(400, "BAD_REQUEST")
        if path == "/workflows":
            listed = {"id": "w1", "name": "Thanks", "enabled": True, "triggerType": "EVENT"}
            trigger = {"triggerConfig": {"eventName": "signed_up"}}
            return httpx.Response(200, json={"data": [listed | trigger], "totalPages": 1})
        if path.startswith("/workflows/"):
            step = {"type": "WAIT_FOR_EVENT", "config": {"eventName": self._waits}}
            return httpx.Response(200, json={"steps": [step]})
        if path.endswith("/usage"):
            usage: dict[str, Any] = {"usedInWorkflows": self._used, "usedInSegments": []}
            return httpx.Response(200, json=usage | {"totalCount": 0, "uniqueContacts": 0})
        if path == "/contacts":
            return httpx.Response(200, json={"data": [], "total": 0, "hasMore": False})
        return httpx.Response(404)


def failing(times: int, *, then: httpx.Response | None = None) -> Callable[..., httpx.Response]:
    """Answer 502 so many times, then as a project without workflows would, or `then`."""
    empty = httpx.Response(200, json={"data": [], "totalPages": 1})
    left = [httpx.Response(502)] * times

    def answer(_: httpx.Request) -> httpx.Response:
        return left.pop() if left else (then or empty)

    return answer


def lost(_: httpx.Request) -> httpx.Response:
    raise NoReplyError("no reply")


def scripted(folder: Path, project: ScriptedProject, clock: FakeClock) -> GateQuestion:
    return gate(ask_script(ScriptedTransport(project), job_of(folder, ROWS), clock), "workflows")


def test_a_question_that_fails_is_asked_again_with_growing_pauses(tmp_path: Path) -> None:
    clock = FakeClock()

    found = scripted(tmp_path, ScriptedProject({"/workflows": failing(3)}), clock)

    assert found.is_clear
    assert clock.slept[:3] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("path", "answer", "why"),
    [
        ("/workflows", failing(100), "/workflows could not be read: HTTP 502"),
        ("/workflows", lost, "/workflows could not be read: no"),
        ("/workflows/w1", failing(100), "/workflows/w1 could not be read: HTTP 502"),
        ("/workflows/w1", lost, "/workflows/w1 could not be read: no"),
        ("/events/paid/usage", lost, "/events/paid/usage could not be read: no"),
        (
            "/workflows",
            lambda _: httpx.Response(200, text="<html>"),
            "/workflows was answered in an",
        ),
        (
            "/workflows/w1",
            lambda _: httpx.Response(200, json={"id": "w1"}),
            "/workflows/w1 was answered in an",
        ),
        (
            "/workflows/w1",
            lambda _: httpx.Response(200, json={"steps": [{"type": "WAIT_FOR_EVENT"}]}),
            "Plunk does not tell which event 'Thanks' waits for",
        ),
    ],
    ids=[
        *("502 for ever", "no reply", "no steps: 502", "no steps: no reply", "no usage"),
        *("not JSON", "no steps in it", "a wait for something unknown"),
    ],
)
def test_what_stays_unanswered_is_unread_and_never_none(
    tmp_path: Path, path: str, answer: Callable[[httpx.Request], httpx.Response], why: str
) -> None:
    clock = FakeClock()

    found = scripted(tmp_path, ScriptedProject({path: answer}), clock)

    assert found.state == "unread"
    assert found.reason.startswith(why)
    assert clock.now() < 300


def test_a_refused_key_is_unread_at_once(tmp_path: Path) -> None:
    project = ScriptedProject({"/workflows": lambda _: refused(401, "INVALID_API_KEY")})

    found = scripted(tmp_path, project, FakeClock())

    assert found.state == "unread"
    assert "PLUNK_SECRET_KEY" in found.reason
    assert project.asked.count("/workflows") == 1


def test_what_was_found_before_an_answer_was_missing_is_told(tmp_path: Path) -> None:
    project = ScriptedProject({"/events/": lost}, waits="paid")

    found = scripted(tmp_path, project, FakeClock())

    assert found.state == "unread"
    assert "'Thanks' waits for 'paid'" in found.consequences[0].message


def test_the_servers_own_word_on_an_event_counts_where_no_step_shows_it(tmp_path: Path) -> None:
    found = scripted(tmp_path, ScriptedProject({}, used=True), FakeClock())

    assert found.state == "fires"
    assert {one.message for one in found.consequences} == {
        "'Thanks' uses 'paid': Plunk does not tell how",
        "'Thanks' uses 'left': Plunk does not tell how",
    }


def test_what_was_agreed_to_is_the_same_until_workflows_or_events_change(tmp_path: Path) -> None:
    paid = Workflow(event="paid", name="Thanks")
    with running(SandboxSettings(project=Project(workflows=(paid,)))) as sandbox:
        first, again = (
            gate(ask(sandbox, job_of(tmp_path, rows)), "workflows") for rows in (ROWS, ROWS[:1])
        )
        add_workflow(sandbox, "left")
        other = gate(ask(sandbox, job_of(tmp_path, ROWS)), "workflows")

    assert (first.state, first.identities) == (again.state, again.identities)
    assert first.identities < other.identities
