from pathlib import Path

import httpx
import pytest

from plunk_import.plan.preflight.preflight import FiringWorkflow
from plunk_import.sandbox.server import Sandbox
from plunk_import.validate import Job
from tests.plan.preflight.asking import ask, job_of, line

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
        for batch in job.find_duplicates().batches():
            for body in batch.events["body"]:
                assert client.post("/v1/track", content=body).status_code == 200


@pytest.mark.parametrize(
    ("again", "said"), [(False, "2 contacts, once each"), (True, "for every event: 3 times")]
)
def test_a_workflow_on_an_event_of_the_file_would_fire(
    sandbox: Sandbox, tmp_path: Path, *, again: bool, said: str
) -> None:
    add_workflow(sandbox, "paid", again=again)

    found = ask(sandbox, job_of(tmp_path, ROWS))

    (fires,) = found.workflows_that_fire or ()
    assert isinstance(fires, FiringWorkflow)
    assert (fires.event, fires.contacts, fires.rows, fires.allows_reentry) == ("paid", 2, 3, again)
    assert line(found, "workflows").state == "wrong"
    assert "--allow-workflows" in str(line(found, "workflows").remedy)
    assert said in line(found, "workflows").details[0]


@pytest.mark.parametrize("again", [False, True], ids=["once", "again"])
def test_as_many_run_as_were_foretold(sandbox: Sandbox, tmp_path: Path, *, again: bool) -> None:
    add_workflow(sandbox, "paid", again=again)
    job = job_of(tmp_path, ROWS)

    (fires,) = ask(sandbox, job).workflows_that_fire or ()
    assert isinstance(fires, FiringWorkflow)
    send_all(sandbox, job)

    expected = fires.rows if again else fires.contacts
    assert sandbox.stored().workflow_runs == expected


def test_disabled_workflows_and_other_events_do_not_fire(sandbox: Sandbox, tmp_path: Path) -> None:
    add_workflow(sandbox, "paid", enabled=False)
    add_workflow(sandbox, "Paid")

    found = ask(sandbox, job_of(tmp_path, ROWS))

    assert found.workflows_that_fire == ()
    assert line(found, "workflows").state == "ok"


def test_the_workflow_that_most_contacts_enter_comes_first(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    add_workflow(sandbox, "left")
    add_workflow(sandbox, "paid")

    fires = ask(sandbox, job_of(tmp_path, ROWS)).workflows_that_fire or ()

    assert [one.event for one in fires] == ["paid", "left"]


def test_workflows_on_segments_cannot_be_foretold(sandbox: Sandbox, tmp_path: Path) -> None:
    add_workflow(sandbox, "segment.vip.entry")

    found = ask(sandbox, job_of(tmp_path, ROWS))

    assert found.workflows_that_fire == ()
    assert line(found, "workflows").state == "unknown"
    assert "segment.vip.entry" in line(found, "workflows").details[0]
