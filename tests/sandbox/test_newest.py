"""What the newest source does otherwise. It was read, not recorded."""

from pathlib import Path

import pytest

from plunk_import.sandbox import Profile, Project, SandboxSettings, SeededContact
from tests.sandbox.conftest import Client, OpenClient, StartSandbox
from tests.sandbox.virtual import original_status, virtual

pytestmark = pytest.mark.anyio


@pytest.fixture
def client(start_sandbox: StartSandbox, open_client: OpenClient) -> Client:
    project = Project(contacts=(SeededContact(email=" Old@X.co"),))
    settings = SandboxSettings(profile=Profile.NEWEST, race_seconds=0, project=project)
    return open_client(start_sandbox(settings))


async def test_race_for_a_new_address_answers_200_and_drops_what_losers_say_of_the_contact(
    tmp_path: Path,
) -> None:
    async with virtual(tmp_path, SandboxSettings(profile=Profile.NEWEST)) as sandbox:
        sending = [
            sandbox.send("New@x.co", data={f"v{number}": number}, subscribed=number == 0)
            for number in range(10)
        ]
        await sandbox.time.advance(1)
        assert [(await task).status_code for task in sending] == [200] * 10
        (contact,) = (await sandbox.read("/contacts"))["data"]
        assert (contact["data"], contact["subscribed"]) == ({"v0": 0}, True)
        assert await sandbox.read("/events/stats") == [{"name": "paid", "count": 10}]


def test_addresses_are_lower_case_however_they_came_in(client: Client) -> None:
    client.track("Ada@X.co")
    client.track("old@x.co")
    contacts = client.read("/contacts").json()["data"]
    assert [contact["email"] for contact in contacts] == ["ada@x.co", "old@x.co"]


def test_total_is_counted_on_the_first_page_only(client: Client) -> None:
    client.track("ada@x.co")
    first = client.read("/contacts", limit=1).json()
    last = client.read("/contacts", limit=1, cursor=first["cursor"]).json()
    assert (first["total"], last["total"]) == (2, 0)


def test_all_else_is_as_in_autumn(client: Client) -> None:
    assert client.track(key="k").status_code == 200
    assert original_status(client.track(key="k")) == 200
    assert client.track(key="k" * 256).status_code == 400
    headers = {"Authorization": "Bearer sk_sandbox"}
    found = client.post("/contacts/lookup", json={"emails": ["OLD@x.co"]}, headers=headers)
    assert found.json() == {"found": ["OLD@x.co"], "notFound": []}


@pytest.mark.parametrize(
    ("profile", "stored"),
    [(Profile.SPRING, "Old@X.co"), (Profile.AUTUMN, "Old@X.co"), (Profile.NEWEST, "old@x.co")],
)
def test_contacts_of_earlier_times_keep_their_capitals_but_in_the_newest(
    start_sandbox: StartSandbox, open_client: OpenClient, profile: Profile, stored: str
) -> None:
    project = Project(contacts=(SeededContact(email="Old@X.co", subscribed=False),))
    client = open_client(start_sandbox(SandboxSettings(profile=profile, project=project)))
    (contact,) = client.read("/contacts", search="old@x").json()["data"]
    assert (contact["email"], contact["subscribed"]) == (stored, False)
