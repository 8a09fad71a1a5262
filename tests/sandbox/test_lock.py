"""Writes that stand still while reads work."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from plunk_import.sandbox import SandboxSettings, parse_fault
from tests.sandbox.conftest import OpenClient, StartSandbox
from tests.sandbox.virtual import original_status, settle, virtual

pytestmark = pytest.mark.anyio
FROZEN = SandboxSettings(race_seconds=0, faults=(parse_fault("freeze=66s:@2"),))


async def test_reads_work_and_do_not_show_what_waits(tmp_path: Path) -> None:
    async with virtual(tmp_path, FROZEN) as sandbox:
        await sandbox.track(event="before")
        waiting = sandbox.send("ada@example.com", "late", data={"n": 1})
        await sandbox.time.advance(65)
        assert await sandbox.read("/events/names") == {"eventNames": ["before"]}
        (contact,) = (await sandbox.read("/contacts", search="ada@"))["data"]
        found = await sandbox.read(f"/events/contact/{contact['id']}")
        assert [event["name"] for event in found["events"]] == ["before"]
        assert contact["data"] == {"n": 1}, "only the events are locked"
        assert not waiting.done()
        await sandbox.time.advance(1)
        assert (await waiting).status_code == 200
        assert sandbox.events() == ["before", "late"]


async def test_what_waited_is_stored_in_order_and_stamped_when_it_is_stored(tmp_path: Path) -> None:
    async with virtual(tmp_path, FROZEN) as sandbox:
        await sandbox.track(event="first")
        tasks = []
        for number in range(2, 7):
            tasks.append(sandbox.send(f"c{number}@example.com", f"e{number}"))
            await sandbox.time.advance(10)
        assert sandbox.events() == ["first"]
        await sandbox.time.advance(16)
        assert sandbox.events() == ["first", "e2", "e3", "e4", "e5", "e6"]
        stamps = {(await task).json()["data"]["timestamp"] for task in tasks}
        assert stamps == {"2023-11-14T22:14:26.000Z"}
        assert (await sandbox.track(event="after")).status_code == 200


async def test_change_of_subscription_waits_as_any_event_does(tmp_path: Path) -> None:
    async with virtual(tmp_path, FROZEN) as sandbox:
        await sandbox.track()
        waiting = sandbox.send(subscribed=False)
        await sandbox.time.advance(65)
        assert sandbox.events() == ["paid"]
        await sandbox.time.advance(1)
        await waiting
        assert sandbox.events() == ["paid", "contact.unsubscribed", "paid"]


async def test_what_is_given_up_is_stored_all_the_same_and_its_key_stays_in_flight(
    tmp_path: Path,
) -> None:
    async with virtual(tmp_path, FROZEN) as sandbox:
        await sandbox.track()
        given_up = sandbox.send(event="late", key="k")
        await sandbox.time.advance(60)
        given_up.cancel()
        await settle()
        assert sandbox.events() == ["paid"]
        assert original_status(await sandbox.track(key="k")) is None
        await sandbox.time.advance(6)
        assert sandbox.events() == ["paid", "late"]
        assert original_status(await sandbox.track(key="k")) is None


async def test_a_longer_lock_is_not_shortened_by_another(tmp_path: Path) -> None:
    faults = (parse_fault("freeze=60s:@1"), parse_fault("freeze=1s:@2"))
    async with virtual(tmp_path, SandboxSettings(race_seconds=0, faults=faults)) as sandbox:
        tasks = [sandbox.send(f"c{number}@x.co") for number in range(2)]
        await sandbox.time.advance(59)
        assert sandbox.events() == []
        await sandbox.time.advance(1)
        assert [(await task).status_code for task in tasks] == [200, 200]


def test_clients_time_out_and_find_nothing(
    start_sandbox: StartSandbox, open_client: OpenClient
) -> None:
    settings = SandboxSettings(race_seconds=0, faults=(parse_fault("freeze=600s:@1"),))
    client = open_client(start_sandbox(settings))
    for number in range(3):
        with pytest.raises(httpx.ReadTimeout):
            client.track(f"c{number}@x.co", f"e{number}", key=f"k{number}", timeout_seconds=0.1)
    assert client.read("/events/names").json() == {"eventNames": []}


async def test_all_that_was_given_up_is_stored_before_what_came_after_the_lock(
    tmp_path: Path,
) -> None:
    settings = SandboxSettings(race_seconds=0, faults=(parse_fault("freeze=1s:@1"),))
    async with virtual(tmp_path, settings) as sandbox:
        for number in range(3):
            given_up = sandbox.send(f"c{number}@x.co", f"e{number}", key=f"k{number}")
            await sandbox.time.advance(0.1)
            given_up.cancel()
        await settle()
        last = sandbox.send("last@x.co", "last")
        assert sandbox.events() == []
        await sandbox.time.advance(1)
        assert (await last).status_code == 200
        assert sandbox.events() == ["e0", "e1", "e2", "last"]
        again = [await sandbox.track(key=f"k{number}") for number in range(3)]
        assert [original_status(answer) for answer in again] == [None] * 3


def test_a_client_that_hears_the_late_answer_has_its_key_settled(
    start_sandbox: StartSandbox, open_client: OpenClient
) -> None:
    faults = (parse_fault("freeze=100ms:@1"),)
    client = open_client(start_sandbox(SandboxSettings(race_seconds=0, faults=faults)))
    begun = time.monotonic()
    assert client.track(key="k").status_code == 200
    assert time.monotonic() - begun >= 0.1
    assert original_status(client.track(key="k")) == 200


async def test_requests_are_not_held_up_without_a_lock(tmp_path: Path) -> None:
    async with virtual(tmp_path, SandboxSettings(race_seconds=0)) as sandbox:
        answers = await asyncio.gather(*(sandbox.track(f"c{n}@x.co") for n in range(5)))
        assert [answer.status_code for answer in answers] == [200] * 5
