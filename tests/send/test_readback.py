import dataclasses
import email.utils
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest

from plunk_import.send import (
    Contact,
    Doubt,
    Event,
    ReadBack,
    ReadFailedError,
    ServerClock,
    Settled,
    StoredEvent,
    is_same,
)
from tests.fakes import EPOCH, FakeClock

SENT_AT = EPOCH.timestamp()
SETTLE_SECONDS = 30.0
NOTED = 4
DATA = {"n": "1", "import_ref": {"value": "key-1", "persistent": False}}
BODY = {"email": "ada@example.com", "event": "hi", "data": DATA}
EVENT = Event(1, "ada@example.com", "key-1", json.dumps(BODY), "hi")
ADA = Contact(id="co", email="ada@example.com", subscribed=True)


def stored(name: str = "hi", data: Any = DATA, *, at: float = 0.0, id: str = "ev") -> StoredEvent:  # noqa: A002, ANN401 - as Plunk names it, JSON
    moment = EPOCH + timedelta(seconds=at)
    return StoredEvent(id=id, name=name, data=data, created_at=moment)


@dataclasses.dataclass
class FakeProject:
    """A project with one contact at most, whose events appear at given seconds."""

    clock: FakeClock
    events: list[StoredEvent] = dataclasses.field(default_factory=list)
    contact: Contact | None = ADA
    visible_from: float = 0.0
    failures: int = 0
    looks: int = 0
    limits: list[int] = dataclasses.field(default_factory=list)
    server_clock: ServerClock = dataclasses.field(default_factory=ServerClock)

    async def find_contact(self, address: str) -> Contact | None:
        assert address == "ada@example.com"
        self.looks += 1
        if self.looks <= self.failures:
            raise ReadFailedError("it could not be read")
        return self.contact

    async def contact_events(self, contact_id: str, *, limit: int = 50) -> tuple[StoredEvent, ...]:
        assert contact_id == "co"
        self.limits.append(limit)
        seen = self.events if self.clock.now() >= self.visible_from else []
        return tuple(sorted(seen, key=lambda event: event.created_at, reverse=True)[:limit])

    def tells_time(self, ahead_seconds: float = 0.0) -> "FakeProject":
        """Let a reply tell the server's time, which is so far ahead of ours."""
        moment = EPOCH + timedelta(seconds=self.clock.now() + ahead_seconds)
        date = email.utils.format_datetime(moment, usegmt=True)
        self.server_clock.observe(date, asked=self.clock.now(), answered=self.clock.now())
        return self


@dataclasses.dataclass
class Writes:
    """Whether the server has stored what was sent later: from a moment on, or never."""

    clock: FakeClock
    flow_from: float = 0.0

    def __call__(self, order: int) -> bool:
        assert order == NOTED
        return self.clock.now() >= self.flow_from


def settle(
    project: FakeProject,
    *,
    event: Event = EVENT,
    marker: str | None = "import_ref",
    taken: Callable[[str], bool] = lambda _: False,
    given_up: float = 0.0,
    left: float | None = 0.0,
    flow_from: float = 0.0,
    later_events_come: bool = True,
    last_left: float | None = None,
) -> Settled:
    async def is_taken(event_id: str) -> bool:
        return taken(event_id)

    look = ReadBack(
        reader=project,
        clock=project.clock,
        settle_seconds=SETTLE_SECONDS,
        marker=marker,
        is_taken=is_taken,
        has_stored_since=Writes(project.clock, flow_from),
    )
    doubt = Doubt(event, NOTED, given_up, left, SENT_AT, last_left)

    async def work() -> Settled:
        return await look.settle(doubt, later_events_come=later_events_come)

    return anyio.run(work)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_an_event_is_recognised_by_its_marker_whatever_else_it_holds(clock: FakeClock) -> None:
    changed = {"import_ref": DATA["import_ref"], "n": "another"}
    project = FakeProject(clock, [stored(data=changed, at=1.25), stored(data={}, id="other")])
    assert settle(project) == Settled(True, "ev", "co", "2026-01-01T00:00:01.250Z")
    assert clock.slept == []


def test_the_marker_is_the_row_s_own_key_even_when_the_request_had_another(
    clock: FakeClock,
) -> None:
    burned = {"import_ref": {"value": f"{EVENT.key}.1", "persistent": False}}
    project = FakeProject(clock, [stored(data=burned)])
    assert settle(project).stored is False


def test_of_two_events_with_the_marker_the_first_one_counts(clock: FakeClock) -> None:
    project = FakeProject(clock, [stored(at=2, id="second"), stored(at=1, id="first")])
    assert settle(project).event_id == "first"


def test_an_event_of_after_the_request_counts_before_one_that_clocks_may_have_put_there(
    clock: FakeClock,
) -> None:
    events = [stored(at=3, id="later"), stored(at=2, id="own"), stored(at=-200, id="earlier")]
    assert settle(FakeProject(clock, events).tells_time()).event_id == "own"


def test_an_event_of_before_the_request_may_be_another_import_s_of_the_same_id(
    clock: FakeClock,
) -> None:
    found = settle(FakeProject(clock, [stored(at=-200)]).tells_time())
    assert found.stored is None
    assert "another time" in (found.reason or "")


def test_a_marker_of_another_event_s_name_is_not_taken(clock: FakeClock) -> None:
    assert settle(FakeProject(clock, [stored("bye")])).stored is False


@pytest.mark.parametrize("data", [None, "text", [1], 7, {"import_ref": "key-1"}], ids=repr)
def test_data_of_any_shape_without_the_marker_is_passed_over(
    data: object, clock: FakeClock
) -> None:
    assert settle(FakeProject(clock, [stored(data=data)])).stored is False


def test_not_found_is_believed_only_after_the_settling_time(clock: FakeClock) -> None:
    project = FakeProject(clock)
    assert settle(project) == Settled(stored=False)
    assert clock.now() == SETTLE_SECONDS
    assert project.looks > 3


def test_the_settling_time_counts_from_when_the_reply_was_given_up(clock: FakeClock) -> None:
    clock.advance(60.0)  # the time-out, which is longer than the settling time
    project = FakeProject(clock, [stored(at=0)], visible_from=66.0)
    assert settle(project, left=0.0, given_up=60.0).event_id == "ev"
    assert clock.now() >= 66.0


def test_a_reply_given_up_long_ago_is_looked_for_once(clock: FakeClock) -> None:
    clock.advance(SETTLE_SECONDS)
    project = FakeProject(clock)
    assert settle(project).stored is False
    assert (project.looks, clock.now()) == (1, SETTLE_SECONDS)


class SteppingClock(FakeClock):
    """Its wall clock is moved on by an hour for each second that passes, or back."""

    def __init__(self, hours: int) -> None:
        super().__init__()
        self.hours = hours

    def wall(self) -> datetime:
        return EPOCH + timedelta(hours=self.hours * self.now())


@pytest.mark.parametrize("hours", [1, -1], ids=["forwards", "backwards"])
def test_a_step_of_the_wall_clock_does_not_shorten_the_settling_time(hours: int) -> None:
    clock = SteppingClock(hours)
    project = FakeProject(clock, [stored()], visible_from=SETTLE_SECONDS - 1)
    assert settle(project).stored
    assert clock.now() >= SETTLE_SECONDS - 1


def test_absence_is_not_believed_while_no_later_event_is_stored(clock: FakeClock) -> None:
    found = settle(FakeProject(clock), flow_from=1e9)
    assert found.stored is None
    assert "writes may stand still" in (found.reason or "")
    assert clock.now() == SETTLE_SECONDS


def test_an_event_stored_later_counts_from_when_it_is_known(clock: FakeClock) -> None:
    assert settle(FakeProject(clock), flow_from=SETTLE_SECONDS - 1).stored is False


def test_where_nothing_more_is_sent_waiting_would_prove_nothing(clock: FakeClock) -> None:
    found = settle(FakeProject(clock), flow_from=1e9, later_events_come=False)
    assert (found.stored, clock.now()) == (None, 0.0)


def test_where_nothing_more_is_sent_a_slow_server_is_still_given_its_time(
    clock: FakeClock,
) -> None:
    assert settle(FakeProject(clock), later_events_come=False).stored is False
    assert clock.now() == SETTLE_SECONDS


def test_a_slow_server_s_event_is_found_when_it_appears(clock: FakeClock) -> None:
    found = settle(FakeProject(clock, [stored(at=20)], visible_from=20.0))
    assert found.event_id == "ev"
    assert 20 <= clock.now() < SETTLE_SECONDS


def test_the_last_look_is_at_the_end_of_the_settling_time(clock: FakeClock) -> None:
    assert settle(FakeProject(clock, [stored()], visible_from=SETTLE_SECONDS)).stored


def test_without_a_contact_nothing_is_stored(clock: FakeClock) -> None:
    project = FakeProject(clock, contact=None)
    assert settle(project).stored is False
    assert project.limits == []


def test_reads_that_fail_leave_it_unknown(clock: FakeClock) -> None:
    found = settle(FakeProject(clock, [stored()], failures=99))
    assert found.stored is None
    assert "it could not be read" in (found.reason or "")
    assert clock.now() == SETTLE_SECONDS


def test_a_read_that_fails_is_tried_again(clock: FakeClock) -> None:
    assert settle(FakeProject(clock, [stored()], failures=2)).stored


OTHERS = {"a few": 49, "a page full": 50, "many": 499, "very many": 4_999}


@pytest.mark.parametrize("newer", OTHERS.values(), ids=OTHERS)
def test_an_event_is_found_below_newer_ones(newer: int, clock: FakeClock) -> None:
    others = [stored(data={"n": n}, at=1 + n, id=f"other-{n}") for n in range(newer)]
    assert settle(FakeProject(clock, [*others, stored()])).event_id == "ev"


def newer_than_a_page(*own: StoredEvent) -> list[StoredEvent]:
    return [*own, *(stored(data={"n": n}, at=10 + n, id=f"other-{n}") for n in range(48))]


def test_the_first_event_with_the_marker_counts_below_newer_ones_too(clock: FakeClock) -> None:
    events = newer_than_a_page(stored(at=1, id="first"), stored(at=2, id="x", data={}))
    project = FakeProject(clock, [*events, stored(at=100, id="another run's")])
    assert settle(project).event_id == "first"


def test_without_a_marker_two_that_fit_tell_nothing_though_a_page_shows_one(
    clock: FakeClock,
) -> None:
    event = EVENT._replace(body=json.dumps({**BODY, "data": {"n": "1"}}))
    alike = [stored(data={"n": "1"}, at=at, id=f"{at}") for at in (1, 100)]
    events = newer_than_a_page(*alike, stored(at=2, id="x", data={}))
    found = settle(FakeProject(clock, events), event=event, marker=None)
    assert found.stored is None


def test_a_page_that_reaches_back_beyond_the_request_is_enough(clock: FakeClock) -> None:
    before = [stored(data={}, at=-400 - n, id=f"before-{n}") for n in range(60)]
    project = FakeProject(clock, [stored(), *before]).tells_time()
    assert settle(project).event_id == "ev"
    assert project.limits == [50]


OF_OTHERS = {"exactly one page": 50, "one more": 51, "a round number": 500, "very many": 5_000}


@pytest.mark.parametrize("count", OF_OTHERS.values(), ids=OF_OTHERS)
def test_absence_is_known_once_fewer_events_come_than_were_asked_for(
    count: int, clock: FakeClock
) -> None:
    others = [stored(data={"n": n}, at=n / 100, id=f"other-{n}") for n in range(count)]
    project = FakeProject(clock, others)
    clock.advance(SETTLE_SECONDS)
    assert settle(project).stored is False
    assert count < project.limits[-1] <= 10 * count


def test_a_contact_with_more_events_than_can_be_read_is_unknown(clock: FakeClock) -> None:
    others = [stored(data={"n": 1}, id="other")] * 500_000
    clock.advance(SETTLE_SECONDS)
    found = settle(FakeProject(clock, others))
    assert found.stored is None
    assert "500,000 events" in (found.reason or "")


@pytest.mark.parametrize("hours", [-10, 10], ids=["behind", "ahead"])
def test_an_event_is_found_though_plunk_s_clock_is_off_and_newer_ones_cover_it(
    hours: int, clock: FakeClock
) -> None:
    off = hours * 3600.0
    others = [stored(data={"n": n}, at=off + 1 + n, id=f"other-{n}") for n in range(68)]
    project = FakeProject(clock, [*others, stored(at=off)]).tells_time(off)
    assert settle(project).event_id == "ev"


def test_an_event_of_before_the_request_is_not_its_own(clock: FakeClock) -> None:
    project = FakeProject(clock, [stored(at=-3600)]).tells_time()
    assert settle(project).stored is False


def test_an_event_of_before_the_claim_is_not_an_earlier_command_s(clock: FakeClock) -> None:
    project = FakeProject(clock, [stored(at=-3600)]).tells_time()
    assert settle(project, left=None).stored is False


@pytest.mark.parametrize(
    ("marker", "minutes", "stored_by_us"),
    [
        pytest.param("import_ref", 23 * 60, True, id="its marker, within a day"),
        pytest.param("import_ref", 25 * 60, None, id="its marker, a day later"),
        pytest.param(None, 9, True, id="no marker, within ten minutes"),
        pytest.param(None, 11, None, id="no marker, later"),
    ],
)
def test_an_event_of_long_after_an_earlier_command_may_be_another_import_s(
    minutes: int, stored_by_us: bool | None, marker: str | None, clock: FakeClock
) -> None:
    project = FakeProject(clock, [stored(at=minutes * 60.0)]).tells_time()
    found = settle(project, marker=marker, left=None, last_left=SENT_AT)
    assert found.stored is stored_by_us


def test_where_plunk_does_not_tell_its_time_an_earlier_twin_leaves_it_unknown(
    clock: FakeClock,
) -> None:
    found = settle(FakeProject(clock, [stored(at=-3 * 3600)]))
    assert found.stored is None
    assert "another time" in (found.reason or "")


PLAIN_DATA = {"n": "1", "ltv": 129.5}
PLAIN = Event(1, "ada@example.com", "k", json.dumps({**BODY, "data": PLAIN_DATA}), "hi")


def test_without_a_marker_the_only_event_of_this_name_and_data_is_it(clock: FakeClock) -> None:
    events = [stored(data=PLAIN_DATA), stored("bye", PLAIN_DATA, id="x"), stored(data={}, id="y")]
    assert settle(FakeProject(clock, events), event=PLAIN, marker=None).event_id == "ev"


def test_without_a_marker_two_that_fit_tell_nothing(clock: FakeClock) -> None:
    events = [stored(data=PLAIN_DATA), stored(data=PLAIN_DATA, id="twin")]
    assert settle(FakeProject(clock, events), event=PLAIN, marker=None).stored is None


def test_an_event_that_another_row_owns_does_not_count(clock: FakeClock) -> None:
    events = [stored(data=PLAIN_DATA), stored(data=PLAIN_DATA, id="twin")]
    project = FakeProject(clock, events)
    found = settle(project, event=PLAIN, marker=None, taken=lambda event_id: event_id == "twin")
    assert found.event_id == "ev"
    none_left = settle(project, event=PLAIN, marker=None, taken=lambda _: True)
    assert none_left.stored is False


@pytest.mark.parametrize(
    ("at", "is_stored"), [(1, True), (-240, None), (-360, False)], ids=["after", "before", "long"]
)
def test_without_a_marker_what_came_up_to_five_minutes_before_the_request_may_be_another_s(
    at: float, is_stored: bool | None, clock: FakeClock
) -> None:
    project = FakeProject(clock, [stored(data=PLAIN_DATA, at=at)]).tells_time()
    assert settle(project, event=PLAIN, marker=None).stored is is_stored


def test_without_a_marker_a_twin_of_a_moment_before_leaves_an_event_of_after_it_in_doubt(
    clock: FakeClock,
) -> None:
    events = [stored(data=PLAIN_DATA, at=1), stored(data=PLAIN_DATA, at=-100, id="twin")]
    project = FakeProject(clock, events).tells_time()
    assert settle(project, event=PLAIN, marker=None).stored is None


@pytest.mark.parametrize("kept", [None, {}], ids=["null", "empty"])
def test_an_event_without_data_is_recognised_however_plunk_keeps_that(
    kept: object, clock: FakeClock
) -> None:
    bare = PLAIN._replace(body='{"email":"ada@example.com","event":"hi"}')
    project = FakeProject(clock, [stored(data=kept)])
    assert settle(project, event=bare, marker=None).stored is True


SAME = {
    "integer and float": (1, 1.0, True),
    "a last digit rounded away": (0.1 + 0.2, 0.3, True),
    "a digit that counts": (1.000000000001, 1.0, False),
    "large numbers": (9007199254740991, 9007199254740992, True),
    "true is not one": (True, 1, False),
    "false is not zero": (0, False, False),
    "null is not false": (None, False, False),
    "text is not a number": ("1", 1, False),
    "keys in any order": ({"a": 1, "b": 2.0}, {"b": 2, "a": 1.0}, True),
    "a key more": ({"a": 1, "b": 2}, {"a": 1}, False),
    "nested": ({"a": [1, {"b": 0.5}]}, {"a": [1.0, {"b": 0.5}]}, True),
    "lists in another order": ([1, 2], [2, 1], False),
    "a longer list": ([1, 2], [1], False),
    "a list is not an object": ([], {}, False),
}


@pytest.mark.parametrize(("one", "other", "same"), SAME.values(), ids=SAME)
def test_values_are_the_same_as_plunk_keeps_them(one: object, other: object, same: bool) -> None:
    assert is_same(one, other) is same
