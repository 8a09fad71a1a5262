import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from plunk_import.sandbox import (
    DISABLED_SECRET_KEY,
    PUBLIC_KEY,
    SECRET_KEY,
    JsonValue,
    Limit,
    Profile,
    SandboxSettings,
    ServerClock,
    Store,
)
from plunk_import.sandbox.rules import Answer, Refusal
from plunk_import.sandbox.track import Call, Crash, KeyKind, Tracker, authenticate
from tests.wild import UNLIKE

NO_RACE = SandboxSettings(race_seconds=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "sandbox.sqlite") as store:
        yield store


def call(
    email: str = "ada@x.co", *, key: str | None = None, event: str = "paid", **more: JsonValue
) -> Call:
    return Call(1, f"Bearer {PUBLIC_KEY}", key, {"email": email, "event": event, **more})


async def heard(tracker: Tracker, call: Call, crash: Crash | None = None) -> Answer:
    """An answer whose client is still there to hear it."""
    answer = await tracker.answer(call, crash)
    tracker.settle(answer)
    return answer


def together(tracker: Tracker, *calls: Call) -> list[Answer]:
    async def run() -> list[Answer]:
        return await asyncio.gather(*(heard(tracker, call) for call in calls))

    return asyncio.run(run())


def in_turn(tracker: Tracker, *calls: Call) -> list[Answer]:
    async def run() -> list[Answer]:
        return [await heard(tracker, call) for call in calls]

    return asyncio.run(run())


def original_status(answer: Answer) -> object:
    assert isinstance(answer.body, dict)
    return answer.body["error"]["details"]["originalStatusCode"]


@pytest.mark.parametrize("profile", [Profile.SPRING, Profile.AUTUMN])
def test_simultaneous_requests_for_a_new_address_fail_but_one(
    store: Store, profile: Profile
) -> None:
    tracker = Tracker(SandboxSettings(profile=profile), store)
    answers = together(tracker, *(call(key=f"k{n}") for n in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 500, 500, 500, 500]
    assert (store.counts().contacts, store.counts().events) == (1, 1)


def test_losers_of_the_race_have_burned_their_keys(store: Store) -> None:
    tracker = Tracker(NO_RACE, store)
    together(tracker, call(key="winner"), call(key="loser"))
    won, lost = in_turn(tracker, call(key="winner"), call(key="loser"))
    assert (original_status(won), original_status(lost)) == (200, 500)


def test_simultaneous_requests_for_a_known_address_lose_data(store: Store) -> None:
    tracker = Tracker(NO_RACE, store)
    in_turn(tracker, call())
    answers = together(tracker, *(call(data={f"v{n}": n}) for n in range(5)))
    assert [answer.status for answer in answers] == [200] * 5
    contact = store.find_contact("ada@x.co")
    assert contact is not None
    assert len(contact.data or {}) == 1
    assert store.counts().events == 6


def test_requests_in_turn_lose_nothing(store: Store) -> None:
    in_turn(Tracker(NO_RACE, store), *(call(data={f"v{n}": n}) for n in range(5)))
    contact = store.find_contact("ada@x.co")
    assert contact is not None
    assert len(contact.data or {}) == 5


def test_key_in_flight_has_no_status_yet(store: Store) -> None:
    first, second = together(Tracker(NO_RACE, store), call(key="k"), call(key="k"))
    assert (first.status, second.status) == (200, 409)
    assert original_status(second) is None


def test_key_settled_late_meets_a_fast_retry(store: Store) -> None:
    tracker = Tracker(SandboxSettings(race_seconds=0, settle_seconds=0.001), store)

    async def run() -> list[Answer]:
        answers = [await heard(tracker, call(key="k", event="")) for _ in range(2)]
        while answers[-1].status == 409:
            await asyncio.sleep(0)
            answers.append(await heard(tracker, call(key="k", event="")))
        return answers

    statuses = [answer.status for answer in asyncio.run(run())]
    assert (statuses[0], statuses[1], statuses[-1]) == (422, 409, 422)


@pytest.mark.parametrize(("crash", "events"), [(Crash.BEFORE_STORING, 0), (Crash.AFTER_STORING, 1)])
def test_crash_keeps_the_key_and_tells_whether_it_stored(
    store: Store, crash: Crash, events: int
) -> None:
    tracker = Tracker(NO_RACE, store)
    answer = asyncio.run(heard(tracker, call(key="k"), crash))
    (retry,) = in_turn(tracker, call(key="k"))
    assert (answer.status, answer.stored, store.counts().events) == (500, bool(events), events)
    assert original_status(retry) == 500


def test_latency_holds_a_request_before_it_is_stored(store: Store) -> None:
    tracker = Tracker(SandboxSettings(race_seconds=0, latency_seconds=60), store)

    async def give_up() -> None:
        await asyncio.wait_for(tracker.answer(call(key="k")), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    assert store.counts().contacts == 0
    assert store.keys.claim("k", lifetime_seconds=60) is not None


def test_429_claims_no_key_and_all_answers_carry_the_limit(tmp_path: Path) -> None:
    store = Store(tmp_path / "sandbox.sqlite", ServerClock(monotonic=lambda: 0.0))
    settings = SandboxSettings(race_seconds=0, limiter=Limit(0.001, 2))
    tracker = Tracker(settings, store)
    good, bad, limited = in_turn(tracker, call(), call(event=""), call(key="k"))
    assert [a.status for a in (good, bad, limited)] == [200, 422, 429]
    assert [a.headers["RateLimit-Remaining"] for a in (good, bad, limited)] == ["1", "0", "0"]
    assert limited.headers["Retry-After"] == "1000"
    assert store.keys.claim("k", lifetime_seconds=60) is None
    store.close()


def test_refused_keys_spend_no_token(store: Store) -> None:
    tracker = Tracker(SandboxSettings(limiter=Limit(1, 1)), store)
    (answer,) = in_turn(tracker, Call(1, None, None, {}))
    assert (answer.status, dict(answer.headers)) == (401, {})


def test_failed_update_leaves_the_contact_as_it_was(store: Store) -> None:
    tracker = Tracker(NO_RACE, store)
    _, answer = in_turn(tracker, call(data={"n": 1}), call(data={"s": "\0"}))
    assert isinstance(answer.body, dict)
    assert answer.body["error"]["message"].startswith("Failed to update contact: ")
    contact = store.find_contact("ada@x.co")
    assert contact is not None
    assert contact.data == {"n": 1}


@pytest.mark.parametrize("event", [UNLIKE, "a\0b", "\ud800"], ids=["too long", "NUL", "surrogate"])
def test_unstorable_name_leaves_the_contact_without_event(store: Store, event: str) -> None:
    (answer,) = in_turn(Tracker(NO_RACE, store), call(event=event))
    assert (answer.status, answer.stored) == (500, False)
    assert (store.counts().contacts, store.counts().events) == (1, 0)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "MISSING_AUTH"),
        ("", "MISSING_AUTH"),
        ("bearer sk_sandbox", "MISSING_AUTH"),
        ("Bearer  sk_sandbox", "MISSING_AUTH"),
        (f"Bearer {PUBLIC_KEY}", "INVALID_API_KEY"),
        (f"Bearer {DISABLED_SECRET_KEY}", "PROJECT_DISABLED"),
    ],
)
def test_reading_takes_only_the_secret_key(header: str | None, code: str) -> None:
    authenticate(f"Bearer {SECRET_KEY}", KeyKind.SECRET)
    with pytest.raises(Refusal) as caught:
        authenticate(header, KeyKind.SECRET)
    assert caught.value.code == code
