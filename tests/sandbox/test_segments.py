"""Who belongs to a segment, what is recorded when that changes, and what that sets going."""

from collections.abc import Callable

import pytest

from plunk_import.sandbox import (
    Filter,
    Logic,
    Operator,
    Project,
    SandboxSettings,
    SeededContact,
    Segment,
    Step,
    StepType,
    Workflow,
)
from tests.sandbox.conftest import Client, OpenClient, OpenStore, StartSandbox

RICH = Filter(field="data.ltv", operator=Operator.GREATER_THAN, value=100)
PAID = Filter(field="event.paid", operator=Operator.TRIGGERED)
SPENDERS = Segment(name="Big spenders!", filters=(RICH,))
ENTRY, EXIT = "segment.big-spenders.entry", "segment.big-spenders.exit"


@pytest.fixture
def client(start_sandbox: StartSandbox, open_client: OpenClient, project: Project) -> Client:
    return open_client(start_sandbox(SandboxSettings(race_seconds=0, project=project)))


def events(client: Client, email: str = "ada@example.com") -> list[str]:
    """The names of a contact's events, oldest first."""
    (contact,) = client.read("/contacts", search=email).json()["data"]
    found = client.read(f"/events/contact/{contact['id']}").json()["events"]
    return [event["name"] for event in reversed(found)]


@pytest.mark.parametrize("project", [Project(segments=(SPENDERS,))])
def test_coming_and_going_are_recorded_once_each(client: Client) -> None:
    for ltv in (50, 101, 500, 100, 50, 200):
        client.track(data={"ltv": ltv})
    assert events(client) == [
        *("paid", "paid", ENTRY, "paid"),
        *("paid", EXIT, "paid", "paid", ENTRY),
    ]


@pytest.mark.parametrize("project", [Project(segments=(SPENDERS,))])
def test_the_event_of_an_entry_names_its_segment(client: Client) -> None:
    contact = client.track(data={"ltv": 101}).json()["data"]["contact"]
    entry = client.read(f"/events/contact/{contact}").json()["events"][0]
    assert entry["data"].pop("segmentId")
    assert entry["data"] == {"segmentName": "Big spenders!"}


@pytest.mark.parametrize(
    "project",
    [
        Project(
            segments=(SPENDERS,),
            contacts=(SeededContact(email="ada@example.com", data={"ltv": 500}),),
        )
    ],
)
def test_who_belongs_from_the_start_does_not_enter_but_may_leave(client: Client) -> None:
    client.track()
    client.track(data={"ltv": 1})
    assert events(client) == ["paid", "paid", EXIT]


@pytest.mark.parametrize(
    "project", [Project(segments=(Segment(name="S", filters=(RICH,), tracks_membership=False),))]
)
def test_a_segment_that_does_not_track_membership_records_nothing(client: Client) -> None:
    client.track(data={"ltv": 500})
    assert events(client) == ["paid"]


CHAIN = Project(
    segments=(
        Segment(name="Two", filters=(Filter(field=f"event.{ENTRY}", operator=Operator.TRIGGERED),)),
        SPENDERS,
    ),
    workflows=(
        Workflow(
            event=ENTRY,
            name="Thank spenders",
            steps=(Step(type=StepType.SEND_EMAIL, name="Thanks"),),
        ),
    ),
)


@pytest.mark.parametrize("project", [CHAIN])
def test_an_entry_may_itself_make_another_segment_be_entered(client: Client) -> None:
    client.track(data={"ltv": 500})
    assert events(client) == ["paid", ENTRY, "segment.two.entry"]


def test_a_workflow_on_an_entry_runs_for_who_enters(
    start_sandbox: StartSandbox, open_client: OpenClient, open_store: OpenStore
) -> None:
    sandbox = start_sandbox(SandboxSettings(race_seconds=0, project=CHAIN))
    client, store = open_client(sandbox), open_store(sandbox)
    client.track("poor@example.com", data={"ltv": 1})
    assert store.rows("SELECT * FROM fired_steps") == []
    contact = client.track("rich@example.com", data={"ltv": 500}).json()["data"]["contact"]
    fired = store.rows("SELECT name, contact_id FROM fired_steps")
    assert fired == [{"name": "Thanks", "contact_id": contact}]
    assert store.counts().workflow_runs == 1


@pytest.mark.parametrize(
    "project",
    [
        Project(
            segments=(
                Segment(name="A", filters=(RICH, PAID), tracks_membership=False),
                Segment(name="B", filters=(RICH, PAID), logic=Logic.OR),
                SPENDERS,
            )
        )
    ],
)
def test_usage_names_the_segments_whose_condition_names_the_event(client: Client) -> None:
    usage = client.read("/events/paid/usage").json()
    assert [segment["name"] for segment in usage["usedInSegments"]] == ["A", "B"]
    assert all(set(segment) == {"id", "name"} for segment in usage["usedInSegments"])
    assert usage["canDelete"] is False
    other = client.read("/events/data.ltv/usage").json()
    assert (other["usedInSegments"], other["canDelete"]) == ([], True)


def asks(field: str, operator: str, value: str | float | bool | None = None) -> Filter:
    return Filter(field=field, operator=Operator(operator), value=value)


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        (asks("data.n", "equals", 5), True),
        (asks("data.b", "equals", True), True),
        (asks("data.b", "equals", 1), False),
        (asks("data.n", "notEquals", 5), False),
        (asks("data.absent", "notEquals", 5), True),
        (asks("data.n", "lessThan", 5), False),
        (asks("data.n", "lessThanOrEqual", 5), True),
        (asks("data.n", "greaterThanOrEqual", 6), False),
        (asks("data.n", "greaterThan", "4"), False),
        (asks("data.b", "greaterThan", 0), False),
        (asks("data.s", "greaterThan", "black"), True),
        (asks("data.s", "contains", "lu"), True),
        (asks("data.n", "contains", "5"), False),
        (asks("data.s", "notContains", "lu"), False),
        (asks("data.s", "exists"), True),
        (asks("data.absent", "exists"), False),
        (asks("data.absent", "notExists"), True),
        (asks("subscribed", "equals", False), True),
        (asks("email", "equals", "ADA@example.com"), True),
        (asks("email", "contains", "bob"), False),
        (asks("event.paid", "triggered"), True),
        (asks("event.left", "notTriggered"), True),
        (asks("event.left", "triggered"), False),
    ],
    ids=lambda value: (
        f"{value.field} {value.operator} {value.value}" if isinstance(value, Filter) else str(value)
    ),
)
def test_filters_compare_as_plunk_does(
    start_sandbox: StartSandbox, open_client: OpenClient, asked: Filter, *, holds: bool
) -> None:
    project = Project(segments=(Segment(name="s", filters=(asked,)),))
    client = open_client(start_sandbox(SandboxSettings(race_seconds=0, project=project)))
    client.track(data={"n": 5, "s": "blue", "b": True}, subscribed=False)
    assert ("segment.s.entry" in events(client)) is holds


@pytest.mark.parametrize(
    ("logic", "entered"), [(Logic.AND, [False, True]), (Logic.OR, [True, True])]
)
def test_all_filters_must_hold_or_one_is_enough(
    start_sandbox: StartSandbox, open_client: OpenClient, logic: Logic, entered: list[bool]
) -> None:
    segment = Segment(name="Big spenders", filters=(RICH, PAID), logic=logic)
    settings = SandboxSettings(race_seconds=0, project=Project(segments=(segment,)))
    client = open_client(start_sandbox(settings))
    seen = []
    for event in ("left", "paid"):
        client.track(event=event, data={"ltv": 500})
        seen.append(ENTRY in events(client))
    assert seen == entered


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("VIP Customers", "vip-customers"),
        ("  Big -- spenders! ", "big-spenders"),
        ("über_50", "ber_50"),
        ("!", ""),
    ],
)
def test_a_segments_name_is_written_as_in_its_events(
    name: str, written: str, start_sandbox: StartSandbox, open_client: OpenClient
) -> None:
    project = Project(segments=(Segment(name=name, filters=(RICH,)),))
    client = open_client(start_sandbox(SandboxSettings(race_seconds=0, project=project)))
    client.track(data={"ltv": 500})
    assert events(client) == ["paid", f"segment.{written}.entry"]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Segment(name="s", filters=()), "at least one filter"),
        (lambda: asks("event.paid", "equals", 1), "go with event.NAME"),
        (lambda: asks("data.n", "triggered"), "go with event.NAME"),
        (lambda: asks("name", "equals", 1), "no field 'name'"),
    ],
    ids=["no filter", "event compared", "field triggered", "no field"],
)
def test_what_no_segment_can_ask_is_refused(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()
