"""Events that are stored though telling workflows of them failed."""

import time
from pathlib import Path

import pytest

from plunk_import.sandbox import SandboxSettings, Store, parse_fault, running
from tests.sandbox.conftest import OpenClient, OpenStore, StartSandbox
from tests.sandbox.virtual import VirtualTime, original_status, virtual

pytestmark = pytest.mark.anyio
SETTINGS = SandboxSettings(
    race_seconds=0, workflows=("paid",), faults=(parse_fault("dispatch-fails=60s:@1"),)
)


async def test_the_event_is_stored_the_answer_a_500_and_the_key_kept(tmp_path: Path) -> None:
    async with virtual(tmp_path, SETTINGS) as sandbox:
        answer = await sandbox.track(key="k")
        assert answer.status_code == 500
        assert answer.json()["error"]["code"] == "INTERNAL_SERVER_ERROR"
        assert sandbox.events() == ["paid"]
        assert original_status(await sandbox.track(key="k")) == 500


async def test_workflows_run_once_when_the_server_tries_again(tmp_path: Path) -> None:
    async with virtual(tmp_path, SETTINGS) as sandbox:
        await sandbox.track()
        await sandbox.time.advance(59)
        assert sandbox.store.counts().workflow_runs == 0
        await sandbox.time.advance(1)
        assert sandbox.store.counts().workflow_runs == 1
        await sandbox.time.advance(3600)
        assert sandbox.store.counts().workflow_runs == 1
        assert sandbox.events() == ["paid"]


async def test_sending_the_event_again_under_a_new_key_makes_a_second_one(tmp_path: Path) -> None:
    async with virtual(tmp_path, SETTINGS) as sandbox:
        await sandbox.track(key="k1")
        assert (await sandbox.track(key="k2")).status_code == 200
        assert sandbox.events() == ["paid", "paid"]


async def test_a_server_that_was_killed_tries_again_when_it_is_back(tmp_path: Path) -> None:
    passing = VirtualTime()
    async with virtual(tmp_path, SETTINGS, passing) as sandbox:
        await sandbox.track()
    async with virtual(tmp_path, SandboxSettings(), passing) as sandbox:
        await passing.advance(59)
        assert sandbox.store.counts().workflow_runs == 0
        await passing.advance(1)
        assert sandbox.store.counts().workflow_runs == 1


def test_a_running_server_tries_again_by_itself(
    start_sandbox: StartSandbox, open_client: OpenClient, open_store: OpenStore
) -> None:
    faults = (parse_fault("dispatch-fails=100ms:@1"),)
    sandbox = start_sandbox(SandboxSettings(workflows=("paid",), faults=faults))
    store = open_store(sandbox)
    assert open_client(sandbox).track().status_code == 500
    assert store.counts().workflow_runs == 0
    deadline = time.monotonic() + 5
    while not store.counts().workflow_runs and time.monotonic() < deadline:
        pass
    assert store.counts().workflow_runs == 1


def test_a_server_that_is_back_tries_again_by_itself(
    tmp_path: Path, open_client: OpenClient
) -> None:
    settings = SandboxSettings(
        database=tmp_path / "sandbox.sqlite",
        workflows=("paid",),
        faults=(parse_fault("dispatch-fails=1s:@1"),),
    )
    with running(settings) as sandbox:
        open_client(sandbox).track()
    with Store(sandbox.database) as store:
        assert store.counts().workflow_runs == 0
        with running(settings):
            deadline = time.monotonic() + 5
            while not store.counts().workflow_runs and time.monotonic() < deadline:
                pass
        assert store.counts().workflow_runs == 1


def test_workflows_are_told_of_an_event_once_however_often_it_is_tried(tmp_path: Path) -> None:
    with Store(tmp_path / "sandbox.sqlite") as store:
        store.add_workflow("paid", allow_reentry=True)
        event = store.add_event("ada", "paid", request=1, dispatch_after_seconds=60)
        for _ in range(3):
            store.dispatch(event.id)
        assert store.counts().workflow_runs == 1
        assert store.pending_dispatches() == []
