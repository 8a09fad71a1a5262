"""Replays the exchanges recorded with two builds of the real server."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from plunk_import.sandbox import (
    DISABLED_PUBLIC_KEY,
    JsonValue,
    Profile,
    Sandbox,
    SandboxSettings,
    Store,
    running,
)
from tests import TESTS_DIR

RECORDING = TESTS_DIR / "conformance" / "track.jsonl"
CASES = [json.loads(line) for line in RECORDING.read_text("utf-8").splitlines()]
KEYS = {"bad": "pk_unknown", "sk": "sk_sandbox", "disabled": DISABLED_PUBLIC_KEY}


RECORDED = [Profile.SPRING, Profile.AUTUMN]
"""What `newest` does otherwise is read from source, so it has no recording to be held against."""


@pytest.fixture(scope="module", params=RECORDED)
def profile(request: pytest.FixtureRequest) -> Profile:
    return Profile(request.param)


@pytest.fixture(scope="module")
def sandbox(profile: Profile) -> Iterator[Sandbox]:
    with running(SandboxSettings(profile=profile, race_seconds=0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.base_url) as client:
        yield client


@pytest.fixture(scope="module")
def store(sandbox: Sandbox) -> Iterator[Store]:
    with sandbox.open_store() as store:
        yield store


class Replay:
    """One recorded case with its placeholders filled in."""

    def __init__(self, case: dict[str, Any]) -> None:
        token = uuid.uuid4().hex[:12]
        local = "Case" if case.get("mixed_case") else "case"
        self.fillings = {
            "{E}": f"{local}-{token}@example.com",
            "{E2}": f"other-{token}@example.com",
            "{U}": token,
        }
        self.fillings["{E|lower}"] = self.fillings["{E}"].lower()

    def fill(self, text: str) -> str:
        for placeholder, value in self.fillings.items():
            text = text.replace(placeholder, value)
        return text

    def send(self, client: httpx.Client, step: dict[str, Any]) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        key = step.get("key", "valid")
        if key != "none":
            headers["Authorization"] = f"Bearer {KEYS.get(key, 'pk_sandbox')}"
        headers |= {name: self.fill(value) for name, value in step.get("headers", {}).items()}
        return client.post("/v1/track", content=self.fill(step["body"]).encode(), headers=headers)

    def stored(self, store: Store) -> list[dict[str, Any]]:
        addresses = json.dumps(list(self.fillings.values()))
        contacts = store.rows(
            "SELECT * FROM contacts WHERE email IN (SELECT value FROM json_each(?))", addresses
        )
        return [self._describe(store, contact) for contact in contacts]

    def _describe(self, store: Store, contact: dict[str, Any]) -> dict[str, Any]:
        events = store.rows("SELECT * FROM events WHERE contact_id = ? ORDER BY seq", contact["id"])
        return {
            "email": contact["email"],
            "subscribed": bool(contact["subscribed"]),
            "data": load(contact["data"]),
            "events": [{"name": e["name"], "data": load(e["data"])} for e in events],
        }


def load(text: str | None) -> JsonValue:
    value: JsonValue = None if text is None else json.loads(text)
    return value


def describe(response: httpx.Response, expected: dict[str, Any]) -> dict[str, Any]:
    """What a recording says of an answer."""
    body = response.json()
    if response.status_code == 200:
        return {"status": 200, "data_keys": sorted(body["data"])}
    error = body["error"]
    assert body["success"] is False
    assert error["statusCode"] == response.status_code
    described: dict[str, Any] = {
        "status": response.status_code,
        "code": error["code"],
        "message": error["message"],
    }
    if "errors" in error:
        described["errors"] = error["errors"]
    if "requestId" in error or "request_id_present" in expected:
        described["request_id_present"] = "requestId" in error
    if "original_status_code" in expected:
        described["original_status_code"] = error["details"]["originalStatusCode"]
    if expected["message"].endswith("…"):
        described["message"] = error["message"].partition(": ")[0] + ": …"
    return described


def test_all_recorded_exchanges_are_replayed() -> None:
    assert len(CASES) == 189


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_server_answers_and_stores_as_recorded(
    client: httpx.Client, store: Store, profile: Profile, case: dict[str, Any]
) -> None:
    expected = case["expect"][f"{profile}-2026"]
    replay = Replay(case)
    for step, wanted in zip(case["steps"], expected["steps"], strict=True):
        answer = describe(replay.send(client, step), wanted)
        assert answer == json.loads(replay.fill(json.dumps(wanted)))
    stored = json.loads(replay.fill(json.dumps(expected["stored"])))
    assert sorted(replay.stored(store), key=str) == sorted(stored, key=str)
