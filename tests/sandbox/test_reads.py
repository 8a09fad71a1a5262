from pathlib import Path

import pytest

from plunk_import.sandbox import JsonValue, Profile, SandboxSettings
from tests.sandbox.conftest import Client, OpenClient, OpenStore, StartSandbox
from tests.sandbox.virtual import virtual

pytestmark = pytest.mark.anyio
SETTINGS = SandboxSettings(race_seconds=0, workflows=("paid",))


@pytest.fixture
def client(start_sandbox: StartSandbox, open_client: OpenClient) -> Client:
    return open_client(start_sandbox(SETTINGS))


def test_contacts_are_paged_newest_first_and_searched_by_substring(client: Client) -> None:
    for name in ("ada", "bob", "adam"):
        client.track(f"{name}@x.co", data={"n": name})
    first = client.read("/contacts", search="ADA@", limit=1).json()
    assert [contact["email"] for contact in first["data"]] == ["ada@x.co"]
    assert (first["total"], first["hasMore"], "cursor" in first) == (1, False, False)
    page = client.read("/contacts", limit=2).json()
    assert [contact["email"] for contact in page["data"]] == ["adam@x.co", "bob@x.co"]
    assert (page["total"], page["hasMore"]) == (3, True)
    last = client.read("/contacts", limit=2, cursor=page["cursor"]).json()
    assert [contact["data"] for contact in last["data"]] == [{"n": "ada"}]
    assert (last["total"], last["hasMore"]) == (0, False)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("A_B@", ["a_b@x.co"]),
        ("_", ["a_b@x.co"]),
        ("%", []),
        ("b@X.CO", ["acb@x.co", "a_b@x.co"]),
        ("", ["acb@x.co", "a_b@x.co"]),
    ],
)
def test_search_takes_every_character_for_itself_and_no_heed_of_capitals(
    client: Client, search: str, found: list[str]
) -> None:
    for email in ("a_b@x.co", "acb@x.co"):
        client.track(email)
    page = client.read("/contacts", search=search).json()
    assert [contact["email"] for contact in page["data"]] == found
    assert page["total"] == len(found)


def test_search_finds_an_address_in_other_capitals(
    start_sandbox: StartSandbox, open_client: OpenClient
) -> None:
    client = open_client(start_sandbox(SandboxSettings(profile=Profile.SPRING)))
    for email in ("Ada@Ex.com", "ada@ex.com", "bob@ex.com"):
        client.track(email)
    found = client.read("/contacts", search="aDa@ex.com").json()
    assert [contact["email"] for contact in found["data"]] == ["ada@ex.com", "Ada@Ex.com"]


def test_a_search_is_paged_as_all_contacts_are(client: Client) -> None:
    for number in range(5):
        client.track(f"c{number}@x.co")
        client.track(f"other{number}@y.co")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.read("/contacts", search="@X.co", limit=2, **cursor).json()
        seen += [contact["email"] for contact in page["data"]]
        if not page["hasMore"]:
            break
        cursor = {"cursor": page["cursor"]}
    assert seen == [f"c{number}@x.co" for number in reversed(range(5))]


def test_a_page_holds_at_most_a_hundred_contacts(
    start_sandbox: StartSandbox, open_client: OpenClient, open_store: OpenStore
) -> None:
    sandbox = start_sandbox(SETTINGS)
    store = open_store(sandbox)
    for number in range(101):
        store.create_contact(f"c{number}@x.co", None, subscribed=True)
    page = open_client(sandbox).read("/contacts", limit=1000).json()
    assert (len(page["data"]), page["total"], page["hasMore"]) == (100, 101, True)


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 50), ({"limit": 0}, 50), ({"limit": 121}, 121), ({"limit": 5000}, 1234)],
)
def test_there_is_no_cap_on_the_events_of_a_contact(
    start_sandbox: StartSandbox,
    open_client: OpenClient,
    open_store: OpenStore,
    query: dict[str, int],
    count: int,
) -> None:
    sandbox = start_sandbox(SETTINGS)
    store = open_store(sandbox)
    ada = store.create_contact("ada@x.co", None, subscribed=True)
    for number in range(1234):
        store.add_event(ada, f"e{number}", request=1)
    events = open_client(sandbox).read(f"/events/contact/{ada}", **query).json()["events"]
    assert [event["name"] for event in events] == [f"e{1233 - n}" for n in range(count)]


def test_contact_has_the_recorded_shape(client: Client) -> None:
    client.track()
    (contact,) = client.read("/contacts").json()["data"]
    assert list(contact) == ["id", "email", "data", "subscribed", "createdAt", "updatedAt"]


def test_events_of_a_contact_come_newest_first_with_data_as_sent(client: Client) -> None:
    once: JsonValue = {"ref": {"value": 1, "persistent": False}}
    contact = client.track(event="one").json()["data"]["contact"]
    event = client.track(event="two", data=once).json()["data"]["event"]
    events = client.read(f"/events/contact/{contact}").json()["events"]
    assert [event["name"] for event in events] == ["two", "one"]
    assert list(events[0]) == ["id", "name", "data", "contactId", "createdAt"]
    assert (events[0]["id"], events[0]["data"]) == (event, once)
    assert len(client.read(f"/events/contact/{contact}", limit=1).json()["events"]) == 1


def test_fields_have_the_type_of_their_first_value_and_their_coverage(client: Client) -> None:
    client.track("a@x.co", data={"ltv": 1, "Day": "2026-05-06"})
    client.track("b@x.co", data={"ltv": "many"})
    client.track("c@x.co")
    answer = client.read("/contacts/fields").json()
    assert answer["count"] == 6
    assert answer["fields"] == [
        {"field": "createdAt", "type": "date", "coverage": 100},
        {"field": "data.Day", "type": "date", "coverage": 33},
        {"field": "data.ltv", "type": "number", "coverage": 67},
        {"field": "email", "type": "string", "coverage": 100},
        {"field": "subscribed", "type": "boolean", "coverage": 100},
        {"field": "updatedAt", "type": "date", "coverage": 100},
    ]


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (True, "boolean"),
        (1, "number"),
        (1.5, "number"),
        ("2026-05-06", "date"),
        ("2026-05-06T12:00:00Z", "date"),
        ("2026-05-06T12:00:00.123Z", "date"),
        ("2026-05-06T12:00:00", "date"),
        ("2026-05-06T12:00:00.12Z", "string"),
        ("2026-05-06T12:00:00+02:00", "string"),
        ("2026-05-06 12:00", "string"),
        ("06/05/2026", "string"),
        ("1", "string"),
        (None, "string"),
        ({}, "string"),
        ([], "string"),
    ],
)
async def test_type_is_inferred_as_plunk_does(value: JsonValue, type_: str, tmp_path: Path) -> None:
    async with virtual(tmp_path, SETTINGS) as sandbox:
        sandbox.store.create_contact("ada@x.co", {"v": value}, subscribed=True)
        fields = (await sandbox.read("/contacts/fields"))["fields"]
    assert {field["field"]: field["type"] for field in fields}["data.v"] == type_


def test_event_statistics_count_by_name_within_dates(client: Client) -> None:
    for event in ("paid", "seen", "seen"):
        client.track(event=event)
    counts = [{"name": "seen", "count": 2}, {"name": "paid", "count": 1}]
    assert client.read("/events/stats").json() == counts
    assert client.read("/events/stats", startDate="2020-01-01").json() == counts
    assert client.read("/events/stats", endDate="2020-01-01T00:00:00Z").json() == []
    assert client.read("/events/names").json() == {"eventNames": ["seen", "paid"]}


async def test_event_statistics_include_both_ends(tmp_path: Path) -> None:
    async with virtual(tmp_path, SETTINGS) as sandbox:
        for event in ("at 22:13:20", "at 22:13:21"):
            await sandbox.track(event=event)
            await sandbox.time.advance(1)
        days = {"startDate": "2023-11-14T22:13:21Z", "endDate": "2023-11-14T22:13:21.000Z"}
        assert await sandbox.read("/events/stats", **days) == [{"name": "at 22:13:21", "count": 1}]


def test_event_usage_names_workflows_and_contacts(client: Client) -> None:
    for email in ("a@x.co", "a@x.co", "b@x.co"):
        client.track(email, "paid")
    client.track(event="a/b c")
    usage = client.read("/events/paid/usage").json()
    assert [workflow["name"] for workflow in usage.pop("usedInWorkflows")] == ["On paid"]
    assert usage == {
        "usedInSegments": [],
        "totalCount": 3,
        "uniqueContacts": 2,
        "canDelete": False,
    }
    assert client.read("/events/a%2Fb%20c/usage").json()["totalCount"] == 1
    assert client.read("/events/none/usage").json()["canDelete"] is True


def test_workflows_are_paged(client: Client) -> None:
    answer = client.read("/workflows", page=1, pageSize=500).json()
    (workflow,) = answer.pop("data")
    assert workflow.pop("id")
    assert workflow == {
        "name": "On paid",
        "enabled": True,
        "triggerType": "EVENT",
        "triggerConfig": {"eventName": "paid"},
        "allowReentry": False,
    }
    assert answer == {"total": 1, "page": 1, "pageSize": 100, "totalPages": 1}
    assert client.read("/workflows", page=2).json()["data"] == []


def look_up(client: Client, emails: object) -> tuple[int, object]:
    headers = {"Authorization": "Bearer sk_sandbox"}
    answer = client.post("/contacts/lookup", json={"emails": emails}, headers=headers)
    return answer.status_code, answer.json()


def test_lookup_sorts_addresses_into_known_and_unknown(client: Client) -> None:
    client.track("ada@x.co")
    found = {"found": [" ADA@x.co"], "notFound": ["bob@x.co"]}
    assert look_up(client, [" ADA@x.co", "bob@x.co"]) == (200, found)
    assert look_up(client, [])[0] == 400
    assert look_up(client, ["a@x.co"] * 501)[0] == 400


@pytest.mark.parametrize(
    "settings",
    [SandboxSettings(profile=Profile.SPRING), SandboxSettings(contact_lookup=False)],
    ids=["spring", "switched off"],
)
def test_lookup_can_be_missing(
    start_sandbox: StartSandbox, open_client: OpenClient, settings: SandboxSettings
) -> None:
    status, body = look_up(open_client(start_sandbox(settings)), ["a@x.co"])
    assert isinstance(body, dict)
    assert (status, body["error"]["message"]) == (404, "Unknown route")


@pytest.mark.parametrize("path", ["/contacts", "/events/names", "/workflows"])
def test_reading_needs_a_key_and_health_does_not(client: Client, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.get("/health").json()["status"] == "ok"


@pytest.mark.parametrize("path", ["/", "/v1/track", "/v1/track/", "/nowhere"])
def test_unknown_routes_are_not_found(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Unknown route")
