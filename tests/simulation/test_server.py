"""The facts about Plunk's builds, held against the simulated server."""

from typing import Any

import pytest

from tests.simulation.server import PUBLIC_KEY, Server
from tests.simulation.store import Build, Call, Fate, Limits, Segment, Workflow
from tests.simulation.world import World

HOUR = 3600.0
Answer = tuple[int, Any]


class Asked:
    """A server and what it has answered."""

    def __init__(self, build: Build, *, key_lifetime: float = 24 * HOUR) -> None:
        self.world = World(1)
        limits = Limits(key_lifetime, sweep=0.0, per_second=None, burst=0)
        self.server = Server(self.world, build, limits)

    def send(
        self,
        email: str = "a@x.co",
        fate: Fate | None = None,
        *,
        key: str | None = None,
        data: dict[str, int] | None = None,
        gone: bool = False,
    ) -> list[Answer]:
        """Send an event and give the list that its answer will stand in."""
        answers: list[Answer] = []
        body = {"email": email, "event": "e", "data": data or {"last": 1}}
        asked = Call(
            by="run",
            process=1,
            token=PUBLIC_KEY,
            key=key,
            body=body,
            answer=lambda status, told, _: answers.append((status, told)),
            reset=lambda: answers.append((0, None)),
            gone_at=0.0 if gone else None,
        )
        self.server.receive(asked, fate or Fate())
        return answers

    def wait(self, seconds: float = 1.0) -> None:
        self.world.advance(self.world.now + seconds)

    def ask(
        self, email: str = "a@x.co", fate: Fate | None = None, *, key: str | None = None
    ) -> Answer:
        answers = self.send(email, fate, key=key)
        self.wait()
        return answers[0]


def original_of(answer: Answer) -> int | None:
    found: int | None = answer[1]["error"]["details"]["originalStatusCode"]
    return found


def test_spring_ignores_keys() -> None:
    asked = Asked(Build.SPRING)
    assert [asked.ask(key="k")[0] for _ in range(2)] == [200, 200]
    assert len(asked.server.events) == 2


@pytest.mark.parametrize(
    ("first", "original"),
    [
        ({}, 200),
        ({"fate": Fate(blip=True)}, 500),
        ({"fate": Fate(dispatch_fails=True)}, 500),
        ({"gone": True}, None),
    ],
    ids=["stored", "database blip", "stored, dispatch failed", "client gone"],
)
def test_a_key_stands_for_its_first_request(first: dict[str, Any], original: int | None) -> None:
    asked = Asked(Build.AUTUMN)
    asked.send(key="k", **first)
    asked.wait()
    answer = asked.ask(key="k")
    assert (answer[0], original_of(answer)) == (409, original)


def test_a_refusal_frees_its_key() -> None:
    asked = Asked(Build.AUTUMN)
    assert asked.ask(email="nobody", key="k")[0] == 422
    assert asked.ask(key="k")[0] == 200


def test_a_key_is_forgotten_after_its_lifetime_counted_from_the_first_request() -> None:
    asked = Asked(Build.AUTUMN, key_lifetime=2 * HOUR)
    asked.ask(key="k")
    asked.wait(1.9 * HOUR)
    assert asked.ask(key="k")[0] == 409
    asked.wait(0.2 * HOUR)
    assert asked.ask(key="k")[0] == 200


def test_a_failed_dispatch_leaves_the_event_stored() -> None:
    asked = Asked(Build.NEWEST)
    assert asked.ask(fate=Fate(dispatch_fails=True))[0] == 500
    assert len(asked.server.events) == 1


def test_what_waits_for_a_lock_is_stored_in_order_when_it_goes() -> None:
    asked = Asked(Build.SPRING)
    asked.server.lock(600)
    for email in ("a@x.co", "b@x.co"):
        asked.send(email)
        asked.wait(60)
    assert not asked.server.events
    asked.send("c@x.co")
    asked.wait(600)
    stored = [(event.contact.email, event.moment) for event in asked.server.events]
    assert [email for email, _ in stored] == ["a@x.co", "b@x.co", "c@x.co"]
    assert {moment for _, moment in stored} == {600.0}


@pytest.mark.parametrize(
    ("gone", "is_stored"), [(False, False), (True, True)], ids=["waits", "has gone"]
)
def test_a_late_request_whose_client_has_gone_meets_no_lock_that_began_since(
    gone: bool, is_stored: bool
) -> None:
    asked = Asked(Build.SPRING)
    asked.send(gone=gone, fate=Fate(late_seconds=5))
    asked.wait(1)
    asked.server.lock(600)
    asked.wait(60)
    assert bool(asked.server.events) is is_stored


def test_a_restart_loses_what_is_at_work_and_leaves_its_key_in_flight() -> None:
    asked = Asked(Build.AUTUMN)
    answers = asked.send(key="k", fate=Fate(late_seconds=5))
    asked.wait(0.1)
    asked.server.restart(1)
    asked.wait(10)
    assert answers == [(0, None)]
    assert not asked.server.events
    assert original_of(asked.ask(key="k")) is None


@pytest.mark.parametrize(
    ("build", "statuses", "survivors"),
    [(Build.SPRING, [200, 500], {"x"}), (Build.NEWEST, [200, 200], {"x"})],
    ids=["spring refuses the loser", "newest drops the loser's data"],
)
def test_two_requests_at_once_for_a_new_address(
    build: Build, statuses: list[int], survivors: set[str]
) -> None:
    asked = Asked(build)
    both = [asked.send(data={name: 1}, fate=fate) for name, fate in _SLOW_SECOND]
    asked.wait()
    assert [answers[0][0] for answers in both] == statuses
    (contact,) = asked.server.contacts.values()
    assert set(contact.data) == survivors


_SLOW_SECOND = [("x", Fate()), ("y", Fate(late_seconds=0.2))]


def test_an_address_in_capitals_is_another_contact_on_spring_alone() -> None:
    counts = {}
    for build in (Build.SPRING, Build.AUTUMN):
        asked = Asked(build)
        asked.ask(email="Ada@x.co")
        asked.ask(email="ada@x.co")
        counts[build] = len(asked.server.contacts)
    assert counts == {Build.SPRING: 2, Build.AUTUMN: 1}


def test_who_enters_a_segment_has_its_event_and_starts_its_workflow_once() -> None:
    asked = Asked(Build.AUTUMN)
    asked.server.segments.append(Segment("buyers", "e"))
    entry = Workflow("w1", "segment.buyers.entry", enabled=True, allow_reentry=True)
    asked.server.workflows.append(entry)
    asked.send()
    asked.wait()
    asked.send(data={"last": 2})
    asked.wait()
    names = [event.name for event in asked.server.events]
    assert names == ["e", "segment.buyers.entry", "e"]
    assert [run.event.by for run in asked.server.runs] == ["run"]
