from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from plunk_import.plan import Bounds
from plunk_import.sandbox import SandboxSettings
from plunk_import.sandbox.server import Sandbox, running
from tests.plan.preflight.asking import OPTED, ask, job_of, line
from tests.plan.preflight.test_workflows import send_all

ROWS = [
    ("new.yes@example.com", "paid", "yes"),
    ("new.no@example.com", "paid", "no"),
    ("new.empty@example.com", "paid", ""),
    ("gone@example.com", "paid", "yes"),
    ("here@example.com", "paid", "no"),
    ("same@example.com", "paid", "yes"),
]


def populate(sandbox: Sandbox, states: dict[str, bool]) -> None:
    with sandbox.open_store() as store:
        for email, subscribed in states.items():
            store.create_contact(email, None, subscribed=subscribed)


@pytest.fixture
def known(sandbox: Sandbox) -> Sandbox:
    populate(
        sandbox,
        {"gone@example.com": False, "here@example.com": True, "same@example.com": True},
    )
    return sandbox


def test_new_contacts_and_flips_are_counted(known: Sandbox, tmp_path: Path) -> None:
    found = line(ask(known, job_of(tmp_path, ROWS, **OPTED)), "subscriptions")

    assert "3 contacts of the file would be created, 2 of them as subscribed" in found.message
    assert found.details == (
        "1 unsubscribed contact would be subscribed again",
        "1 subscribed contact would be unsubscribed",
    )
    assert found.state == "wrong"


def states_of(sandbox: Sandbox) -> dict[str, bool]:
    with sandbox.open_store() as store:
        rows = store.rows("SELECT email, subscribed FROM contacts")
    return {row["email"]: bool(row["subscribed"]) for row in rows}


def test_what_happens_is_what_was_foretold(known: Sandbox, tmp_path: Path) -> None:
    before = states_of(known)
    job = job_of(tmp_path, ROWS, **OPTED)
    found = line(ask(known, job), "subscriptions")

    send_all(known, job)

    after = states_of(known)
    created = [email for email in after if email not in before]
    assert f"{len(created)} contacts" in found.message
    assert f"{sum(after[email] for email in created)} of them as subscribed" in found.message
    assert [after[one] for one in before] == [True, False, True]


def test_left_out_new_contacts_are_subscribed_and_others_stay(
    known: Sandbox, tmp_path: Path
) -> None:
    found = line(ask(known, job_of(tmp_path, ROWS)), "subscriptions")

    assert "3 contacts of the file would be created, 3 of them as subscribed" in found.message
    assert (found.state, "keep their state" in found.details[0]) == ("wrong", True)
    assert "subscribed: {const: false}" in str(found.remedy)


def test_nobody_new_and_nothing_said_changes_nothing(known: Sandbox, tmp_path: Path) -> None:
    found = line(ask(known, job_of(tmp_path, ROWS[3:])), "subscriptions")

    assert found.state == "ok"


def test_the_last_row_of_a_contact_decides(known: Sandbox, tmp_path: Path) -> None:
    rows = [("gone@example.com", "paid", "yes"), ("gone@example.com", "paid", "no")]

    found = line(ask(known, job_of(tmp_path, rows, **OPTED)), "subscriptions")

    assert found.state == "ok"
    assert found.details[0].startswith("0 ")


def crowd(count: int) -> Sequence[tuple[str, str, str]]:
    return [(f"p{n}@example.com", "paid", "yes") for n in range(count)]


@pytest.fixture
def crowded() -> Iterator[tuple[Sandbox, Sandbox]]:
    """Two servers with 250 contacts: one that looks contacts up, one that does not."""
    with (
        running(SandboxSettings()) as able,
        running(SandboxSettings(contact_lookup=False)) as unable,
    ):
        for sandbox in (able, unable):
            populate(sandbox, {f"p{n}@example.com": n % 2 == 0 for n in range(250)})
        yield able, unable


def test_both_ways_of_asking_agree(crowded: tuple[Sandbox, Sandbox], tmp_path: Path) -> None:
    job = job_of(tmp_path, crowd(300), **OPTED)

    lines = [line(ask(sandbox, job), "subscriptions") for sandbox in crowded]

    assert lines[0] == lines[1]
    assert "50 contacts of the file would be created" in lines[0].message
    assert lines[0].details[0] == "125 unsubscribed contacts would be subscribed again"


def test_beyond_the_bound_it_is_unknown_or_at_least(
    crowded: tuple[Sandbox, Sandbox], tmp_path: Path
) -> None:
    job = job_of(tmp_path, crowd(300), **OPTED)
    able, unable = (
        line(ask(sandbox, job, bounds=Bounds(pages=1)), "subscriptions") for sandbox in crowded
    )

    assert "50 contacts of the file would be created" in able.message
    assert able.details[0] == "at least 50 unsubscribed contacts would be subscribed again"
    assert "Unknown" in unable.message


def test_without_flips_beyond_the_bound_it_is_unknown(
    crowded: tuple[Sandbox, Sandbox], tmp_path: Path
) -> None:
    job = job_of(tmp_path, [("new@example.com", "paid", "no")])

    found = line(ask(crowded[1], job, bounds=Bounds(pages=1)), "subscriptions")

    assert found.state == "unknown"


def test_of_too_many_contacts_some_are_asked_about(
    crowded: tuple[Sandbox, Sandbox], tmp_path: Path
) -> None:
    job = job_of(tmp_path, crowd(300), **OPTED)

    found = line(ask(crowded[0], job, bounds=Bounds(contacts=100)), "subscriptions")

    assert "of the file." in found.message
    assert "about 1 in" in found.message
