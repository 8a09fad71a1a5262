from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from plunk_import.plan import Bounds
from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, running
from tests.plan.preflight.asking import OPTED, ask, gate, job_of, line
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
        "1 unsubscribed contact would be subscribed again: g•••@example.com",
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


def test_to_be_subscribed_for_a_time_is_to_be_subscribed(known: Sandbox, tmp_path: Path) -> None:
    rows = [("gone@example.com", "paid", "yes"), ("gone@example.com", "paid", "no")]

    found = ask(known, job_of(tmp_path, rows, **OPTED))

    assert line(found, "subscriptions").state == "wrong"
    assert [one.message for one in gate(found, "resubscription").consequences] == [
        (
            "g•••@example.com is unsubscribed and would be subscribed again, until a later row "
            "unsubscribes them"
        )
    ]


def test_who_is_unsubscribed_stays_so_where_no_row_subscribes(
    known: Sandbox, tmp_path: Path
) -> None:
    rows = [("gone@example.com", "paid", "no"), ("gone@example.com", "paid", "")]

    found = ask(known, job_of(tmp_path, rows, **OPTED))

    assert gate(found, "resubscription").is_clear


def test_the_gate_names_who_would_be_subscribed_again_without_their_address(
    known: Sandbox, tmp_path: Path
) -> None:
    found = gate(ask(known, job_of(tmp_path, ROWS, **OPTED)), "resubscription")

    assert found.state == "fires"
    assert [one.message for one in found.consequences] == [
        "g•••@example.com is unsubscribed and would be subscribed again"
    ]
    assert not any("gone@example.com" in one for one in found.identities)


@pytest.mark.parametrize(
    "mapping", [{}, {"subscribed": {"const": False}}], ids=["left out", "never subscribed"]
)
def test_the_gate_is_clear_where_the_mapping_subscribes_nobody_again(
    known: Sandbox, tmp_path: Path, mapping: dict[str, object]
) -> None:
    assert gate(ask(known, job_of(tmp_path, ROWS, **mapping)), "resubscription").is_clear


@pytest.fixture
def capitals() -> Iterator[Sandbox]:
    """A server that keeps addresses as they were sent, with some in capitals."""
    with running(SandboxSettings(profile=Profile.SPRING)) as sandbox:
        populate(sandbox, {"Ada@Ex.com": False, "BOB@ex.com": True})
        yield sandbox


@pytest.mark.parametrize("mapping", [OPTED, {}], ids=["says subscribed", "left out"])
def test_an_unsubscribed_contact_stored_with_capitals_is_not_doubled_silently(
    capitals: Sandbox, tmp_path: Path, mapping: dict[str, object]
) -> None:
    job = job_of(tmp_path, [("ada@ex.com", "paid", "yes"), ("bob@ex.com", "paid", "")], **mapping)

    found = ask(capitals, job)
    send_all(capitals, job)

    assert states_of(capitals)["ada@ex.com"]
    assert not states_of(capitals)["Ada@Ex.com"]
    assert gate(found, "resubscription").state == "fires"
    assert [one.message for one in gate(found, "resubscription").consequences] == [
        (
            "A•••@Ex.com, stored with capitals, is unsubscribed; a second contact, in lower case, "
            "would be created as subscribed"
        )
    ]
    assert line(found, "subscriptions").state == "wrong"
    assert any(
        "2 contacts stored with capitals" in one for one in line(found, "subscriptions").details
    )


def test_a_contact_that_is_also_stored_in_lower_case_is_not_doubled(
    capitals: Sandbox, tmp_path: Path
) -> None:
    populate(capitals, {"ada@ex.com": True})

    found = ask(capitals, job_of(tmp_path, [("ada@ex.com", "paid", "yes")], **OPTED))

    assert gate(found, "resubscription").is_clear
    assert line(found, "subscriptions").state == "ok"


@pytest.mark.parametrize(
    ("profile", "mapping", "state"),
    [
        (Profile.AUTUMN, OPTED, "unknowable"),
        (Profile.SPRING, OPTED, "unknowable"),
        (Profile.AUTUMN, {}, "clear"),
        (Profile.SPRING, {}, "unknowable"),
        (Profile.SPRING, {"subscribed": {"const": False}}, "clear"),
    ],
)
def test_without_the_secret_key_nobody_can_know_unless_the_mapping_subscribes_nobody(
    tmp_path: Path, profile: Profile, mapping: dict[str, object], state: str
) -> None:
    with running(SandboxSettings(profile=profile)) as sandbox:
        found = ask(sandbox, job_of(tmp_path, ROWS, **mapping), secret_key=None)

    assert gate(found, "resubscription").state == state


QUOTED = 'say "x","subscribed":true'


def test_a_state_is_read_from_subscribed_alone_whatever_the_event_is_called(
    known: Sandbox, tmp_path: Path
) -> None:
    job = job_of(tmp_path, [("gone@example.com", QUOTED, "")], **OPTED)

    assert gate(ask(known, job), "resubscription").is_clear


def test_the_last_row_that_says_anything_counts_and_the_first_one_for_a_new_contact(
    known: Sandbox, tmp_path: Path
) -> None:
    rows = [
        ("gone@example.com", "paid", "yes"),
        ("gone@example.com", "paid", ""),
        ("new@example.com", "paid", "no"),
        ("new@example.com", "paid", "yes"),
    ]

    found = line(ask(known, job_of(tmp_path, rows, **OPTED)), "subscriptions")

    assert "1 contact of the file would be created, 0 of them as subscribed" in found.message
    assert found.details[0].startswith("1 unsubscribed contact would be subscribed again")


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
    assert (
        lines[0]
        .details[0]
        .startswith("125 unsubscribed contacts would be subscribed again: p•••@example.com")
    )


def test_beyond_the_bound_it_is_unknown_or_at_least(
    crowded: tuple[Sandbox, Sandbox], tmp_path: Path
) -> None:
    job = job_of(tmp_path, crowd(300), **OPTED)
    able, unable = (
        line(ask(sandbox, job, bounds=Bounds(pages=1)), "subscriptions") for sandbox in crowded
    )

    assert "50 contacts of the file would be created" in able.message
    assert able.details[0].startswith("at least 50 unsubscribed contacts would be subscribed")
    assert "Unknown" in unable.message


def test_without_flips_beyond_the_bound_it_is_unknown(
    crowded: tuple[Sandbox, Sandbox], tmp_path: Path
) -> None:
    rows = [("new@example.com", "paid", "no"), ("other@example.com", "paid", "no")]
    asked = ask(crowded[1], job_of(tmp_path, rows, **OPTED), bounds=Bounds(pages=1))

    assert line(asked, "subscriptions").state == "unknown"
    assert gate(asked, "resubscription").state == "unread"


def test_of_too_many_contacts_some_are_asked_about(
    crowded: tuple[Sandbox, Sandbox], tmp_path: Path
) -> None:
    job = job_of(tmp_path, crowd(300), **OPTED)

    found = line(ask(crowded[0], job, bounds=Bounds(contacts=100)), "subscriptions")

    assert "of the file." in found.message
    assert "about 1 in" in found.message
