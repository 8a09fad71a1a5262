from pathlib import Path

import httpx
import pytest

from plunk_import.plan import Preflight
from plunk_import.runtime import NotSentError
from plunk_import.sandbox import Limit, Profile, Sandbox, SandboxSettings, running
from tests.fakes import FakeClock, ScriptedTransport, Step, refused
from tests.plan.preflight.asking import ask, ask_script, gate, job_of, line

ROWS = [("ada@example.com", "paid", "yes")]


def states(preflight: Preflight) -> dict[str, str]:
    return {check.name: check.state for check in preflight.checks}


def answered(preflight: Preflight) -> dict[str, str]:
    """Return the lines that could be asked about; the others must say that they were not."""
    assert len(preflight.checks) == 10
    return {name: state for name, state in states(preflight).items() if state != "unknown"}


def test_a_sound_project_is_well_in_every_line(sandbox: Sandbox, tmp_path: Path) -> None:
    found = ask(sandbox, job_of(tmp_path, ROWS, subscribed={"const": False}))

    assert set(states(found).values()) == {"ok"}
    assert found.is_well
    assert all(one.is_clear for one in found.gates)
    assert sandbox.stored().events == 0
    assert sandbox.stored().contacts == 0


def test_nothing_is_stored_by_asking(sandbox: Sandbox, tmp_path: Path) -> None:
    ask(sandbox, job_of(tmp_path, ROWS))

    assert sandbox.stored().contacts == sandbox.stored().events == 0


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("pk_unknown", {"connection": "ok", "key": "wrong"}),
        ("sk_sandbox", {"connection": "ok", "key": "wrong"}),
        ("pk_disabled", {"connection": "ok", "key": "ok", "project": "wrong"}),
    ],
)
def test_what_is_wrong_is_told_from_what_is_not(
    sandbox: Sandbox, tmp_path: Path, key: str, expected: dict[str, str]
) -> None:
    found = ask(sandbox, job_of(tmp_path, ROWS), key=key)

    assert answered(found) == expected
    assert not found.is_well
    assert {one.state for one in found.gates} == {"unread"}


NEED_SECRET_KEY = ["workflows", "subscriptions", "field types", "field names", "event names"]


def test_without_the_secret_key_what_was_not_checked_is_listed(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    found = ask(sandbox, job_of(tmp_path, ROWS), secret_key=None)

    unknown = [check for check in found.checks if check.state == "unknown"]
    assert [check.name for check in unknown] == NEED_SECRET_KEY
    assert all("PLUNK_SECRET_KEY" in str(check.remedy) for check in unknown)
    assert gate(found, "workflows").state == "unknowable"
    assert "PLUNK_SECRET_KEY" in gate(found, "workflows").reason


def test_a_wrong_secret_key_is_the_same_answer_to_each_check_that_needs_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    found = ask(sandbox, job_of(tmp_path, ROWS), secret_key="sk_other")

    refused = [one for one in found.checks if one.name in NEED_SECRET_KEY]
    assert len(refused) == len(NEED_SECRET_KEY)
    (answer,) = {(one.state, one.message, one.remedy) for one in refused}
    assert answer[0] == "wrong"
    assert answer[1].startswith("Not checked: Plunk refuses the secret key: HTTP 401 ")
    assert "PLUNK_SECRET_KEY" in str(answer[2])
    assert line(found, "connection").state == "ok"
    assert gate(found, "workflows").state == "unread"


@pytest.mark.parametrize(
    ("profile", "secret_key", "state", "said"),
    [
        (Profile.AUTUMN, None, "ok", "honours"),
        (Profile.SPRING, "sk_sandbox", "ok", "reading it back"),
        (Profile.SPRING, None, "wrong", "stays in doubt"),
    ],
)
def test_support_for_keys_is_told(
    tmp_path: Path, profile: Profile, secret_key: str | None, state: str, said: str
) -> None:
    with running(SandboxSettings(profile=profile)) as sandbox:
        found = ask(sandbox, job_of(tmp_path, ROWS), secret_key=secret_key)

    keys = line(found, "idempotency keys")
    assert (keys.state, found.server.takes_keys) == (state, profile is Profile.AUTUMN)
    assert said in keys.message


def test_the_servers_own_limit_is_told(tmp_path: Path) -> None:
    with running(SandboxSettings(limiter=Limit(100, 200))) as sandbox:
        found = ask(sandbox, job_of(tmp_path, ROWS), secret_key=None)

    assert "200 requests at once" in line(found, "rate limit").message


@pytest.mark.parametrize(
    "step",
    [
        NotSentError("refused"),
        httpx.Response(404, text="nginx"),
        httpx.Response(403, text="a firewall"),
        httpx.Response(502),
    ],
    ids=["nobody there", "another server", "a firewall", "a broken proxy"],
)
def test_what_is_no_plunk_is_one_line_with_a_remedy(tmp_path: Path, step: Step) -> None:
    found = ask_script(ScriptedTransport(step), job_of(tmp_path, ROWS), FakeClock())

    assert answered(found) == {"connection": "wrong"}
    assert "plunk.example.com" in found.checks[0].message or "PLUNK_BASE_URL" in (
        found.checks[0].message
    )


def test_a_project_that_may_send_no_more_is_named(tmp_path: Path) -> None:
    script = ScriptedTransport(refused(402, "BILLING_LIMIT_EXCEEDED"))

    found = ask_script(script, job_of(tmp_path, ROWS), FakeClock())

    assert answered(found) == {"connection": "ok", "key": "ok", "project": "wrong"}
    assert "billing" in line(found, "project").message


def test_reads_that_fail_are_unknown_and_end_nothing(tmp_path: Path) -> None:
    probed = refused(400, "BAD_REQUEST")
    script = ScriptedTransport(probed, httpx.Response(500, text="oops"))

    found = ask_script(script, job_of(tmp_path, ROWS), FakeClock())

    assert states(found)["workflows"] == states(found)["subscriptions"] == "unknown"
    assert gate(found, "workflows").state == "unread"
