from pathlib import Path

from plunk_import.plan.preflight.entrants import Entrants, find_entrants
from tests.plan.preflight.asking import OPTED, job_of

QUOTED = 'say "x","subscribed":true'
ROWS = [
    ("a@x.co", "paid", ""),
    ("b@x.co", QUOTED, "no"),
    ("a@x.co", "left", "yes"),
    ("b@x.co", "paid", ""),
    ("c@x.co", QUOTED, ""),
]


def states(found: Entrants) -> dict[str, tuple[bool | None, bool | None]]:
    return {email: (first, last) for email, first, last in found.states.iter_rows()}


def test_each_contact_has_its_first_and_its_last_word(tmp_path: Path) -> None:
    found = find_entrants(job_of(tmp_path, ROWS, **OPTED), events=(), most_contacts=100)

    assert states(found) == {
        "a@x.co": (None, True),
        "b@x.co": (False, False),
        "c@x.co": (None, None),
    }
    assert found.stride == 1


def test_without_subscribed_nobody_says_anything(tmp_path: Path) -> None:
    found = find_entrants(job_of(tmp_path, ROWS), events=(), most_contacts=100)

    assert set(states(found).values()) == {(None, None)}


def test_contacts_and_rows_are_counted_by_event(tmp_path: Path) -> None:
    job = job_of(tmp_path, [*ROWS, ("a@x.co", "paid", "")])

    found = find_entrants(job, events=("paid", "absent"), most_contacts=100).of_events

    assert (found["paid"].rows, found["paid"].contacts, found["paid"].is_exact) == (3, 2, True)
    assert (found["absent"].rows, found["absent"].contacts) == (0, 0)


def test_only_rows_that_would_be_sent_count(tmp_path: Path) -> None:
    job = job_of(tmp_path, [*ROWS, ("a@x.co", "paid", "no")], id=["email"], **OPTED)

    found = find_entrants(job.find_duplicates(), events=("paid",), most_contacts=100)

    assert found.of_events["paid"].rows == 2
    assert states(found)["a@x.co"] == (None, True)


def test_too_many_contacts_are_thinned_and_each_kept_whole(tmp_path: Path) -> None:
    rows = [(f"p{n % 1000}@x.co", "paid", "no" if n < 1000 else "yes") for n in range(3_000)]

    found = find_entrants(job_of(tmp_path, rows, **OPTED), events=(), most_contacts=100)

    assert 0 < found.states.height <= 100
    assert found.stride >= 10
    assert set(states(found).values()) == {(False, True)}
