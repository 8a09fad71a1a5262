from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from plunk_import.errors import ExitCode, WayOn
from plunk_import.plan import (
    Change,
    Check,
    Comparison,
    Estimate,
    Example,
    Rejects,
    Subscription,
    Warnings,
)
from plunk_import.report import Books, Report, summarize

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def terminal_of_a_hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def report(**changes: object) -> Report:
    given: dict[str, Any] = {
        "command": "run",
        "exit_code": ExitCode.DELIVERED,
        "verdict": "All 2 rows are delivered.",
        "books": Books(read=2, delivered=2),
        "rejects": {},
        "events": {},
        "contacts": 2,
        "started": NOW,
        "finished": NOW,
        "files": ("a.csv",),
        "fingerprint": "f",
        "mapping": "a.yaml",
        "mapping_sha256": "0",
        "directory": "runs/a b",
        "settings": {},
        "versions": {},
    }
    return Report(**{**given, **changes})


def lines(**changes: object) -> list[str]:
    return click.unstyle(summarize(report(**changes))).splitlines()


def rejects(count: int, message: str) -> Rejects:
    example = Example(file="a.csv", row=7, field="email", message=message)
    return Rejects(count=count, meaning="It means this.", remedy="Do that.", examples=(example,))


def test_the_verdict_comes_first_and_then_why_it_stopped() -> None:
    said = lines(exit_code=ExitCode.TIME_IS_UP, reason="the time is up")
    assert said[:3] == ["All 2 rows are delivered.", "Stopped: the time is up", ""]


COLOURS = {
    ExitCode.DELIVERED: "\x1b[32m",
    ExitCode.INCOMPLETE: "\x1b[33m",
    ExitCode.STOPPED: "\x1b[31m",
    ExitCode.INTERRUPTED: "\x1b[31m",
}


@pytest.mark.parametrize(("code", "colour"), COLOURS.items(), ids=str)
def test_the_verdict_s_colour_tells_how_it_ended(code: ExitCode, colour: str) -> None:
    assert summarize(report(exit_code=code)).startswith(colour)


def test_the_books_are_aligned_and_leave_out_what_is_not() -> None:
    books = Books(read=1_200, filtered=50, rejected=8, delivered=1_141, in_doubt=1)
    assert lines(books=books)[2:7] == [
        "  read       1,200",
        "  filtered      50  left out by the mapping's `where`",
        "  rejected       8  to be mended: see rejects.csv",
        "  delivered  1,141  stored by Plunk",
        "  in doubt       1  may or may not be stored: see in_doubt.csv",
    ]


def test_the_file_to_mend_is_the_one_that_keeps_types() -> None:
    books = Books(read=1, rejected=1)
    assert "see rejects.ndjson" in lines(books=books, to_mend="rejects.ndjson")[3]


@pytest.mark.parametrize(("command", "word"), [("run", "pending"), ("validate", "valid")])
def test_what_is_not_sent_is_pending_in_a_run_and_valid_in_a_check(command: str, word: str) -> None:
    said = "\n".join(lines(command=command, books=Books(read=2, pending=2)))
    assert f"  {word:<11}2  " in said


def test_rejects_go_by_code_with_their_first_row_in_one_line_that_fits() -> None:
    found = {"invalid_email": rejects(1_000, "odd\n" * 99), "email": rejects(2, "is empty")}
    said = lines(rejects=found)
    start = said.index("rejects by code") + 1
    assert said[start].startswith("  invalid_email  1,000  row 7: odd odd")
    assert said[start].endswith("…")
    assert len(said[start]) == 100
    assert said[start + 1] == "  email              2  row 7: is empty"


def test_a_warning_about_no_row_in_particular_has_no_count() -> None:
    warning = Warnings(meaning="No date is kept.", remedy="Keep one.")
    assert "  no_date  No date is kept." in lines(warnings={"no_date": warning})


def test_a_warning_says_what_it_means_before_it_quotes_a_row() -> None:
    example = Example(file="a.csv", row=7, field="data.n", message="'0' (2 rows)")
    warning = Warnings(count=2, meaning="Text for a number.", remedy="x", examples=(example,))
    said = lines(warnings={"number_as_text": warning})
    start = said.index("warnings") + 1
    assert said[start : start + 2] == [
        "  number_as_text  2  Text for a number.",
        "                     row 7: '0' (2 rows)",
    ]


def test_what_a_warning_means_is_said_whole() -> None:
    warning = Warnings(meaning="Some words. " * 20, remedy="Keep one.")
    said = lines(warnings={"no_date": warning})
    start = said.index("warnings") + 1
    assert " ".join(" ".join(said[start:]).split()).startswith("no_date " + "Some words. " * 20)
    assert all(line.startswith(" " * 11) for line in said[start + 1 : start + 3])
    assert max(map(len, said)) <= 100


def test_an_event_s_name_shows_its_spaces_and_moves_no_cursor() -> None:
    said = lines(events={"login": 3, "login ": 2, "a\x1b[2Kb": 1})
    assert said[said.index("  3  login") :][:3] == [
        "  3  login",
        '  2  "login "',
        "  1  a\\u001b[2Kb",
    ]


def test_the_most_frequent_events_are_listed_and_the_others_counted() -> None:
    said = lines(events={f"event.{n}": 100 - n for n in range(12)}, contacts=1)
    start = said.index("events of 1 contact")
    assert said[start + 1] == "  100  event.0"
    assert said[start + 9] == "    …  and 4 more"


def test_what_rows_say_of_subscribing_is_counted() -> None:
    said = Subscription(subscribe=1_200, unsubscribe=3, silent=7)

    shown = lines(subscription=said, sampled_from=5_000)
    start = shown.index("subscribed, in a sample of 5,000 rows")
    assert shown[start + 1 : start + 4] == [
        "  1,200  rows subscribe",
        "      3  rows unsubscribe",
        "      7  rows say nothing: new contacts become subscribed",
    ]


def test_what_is_estimated_is_said_to_be_about_so_much() -> None:
    events = {f"event.{n}": 100 - n for n in range(12)}
    said = lines(events=events, other_events=50, contacts=1_000, contacts_exact=False)
    start = said.index("events of about 1,000 contacts")
    assert said[start + 9] == "    …  and 412 rows with one of many other names"


@pytest.mark.parametrize(("takes", "word"), [(True, "takes"), (False, "ignores")])
def test_it_says_whether_the_server_takes_keys(takes: bool, word: str) -> None:
    assert f"the server {word} idempotency keys" in lines(takes_keys=takes)


def test_contacts_whose_order_may_differ_are_named() -> None:
    contacts = tuple(f"c{n}@example.com" for n in range(10))
    said = lines(order_may_differ=contacts, books=Books(read=20, delivered=20))
    assert "  order      10  contacts whose last values may be stale" in said
    start = next(at for at, line in enumerate(said) if line.startswith("contacts whose last"))
    assert said[start + 1] == "  c0@example.com"
    assert said[start + 9] == "  … and 2 more: see report.json"


def test_at_least_once_is_named_so() -> None:
    assert any("at least once" in line for line in lines(settings={"in_doubt": "resend"}))
    assert not any("at least once" in line for line in lines(settings={"in_doubt": "hold"}))


def test_checks_of_one_answer_share_a_line() -> None:
    closed = Check(name="workflows", state="unknown", message="Not checked.", remedy="Set the key.")
    said = lines(
        command="check",
        checks=(
            Check(name="connection", state="ok", message="Plunk answers.", remedy="None."),
            closed,
            closed.model_copy(update={"name": "field types"}),
        ),
    )
    start = said.index("the project") + 1
    assert said[start : start + 3] == [
        "  ✓ connection: Plunk answers.",
        "  ? workflows, field types: Not checked.",
        "      Set the key.",
    ]


def test_what_a_check_is_about_is_listed_up_to_a_point() -> None:
    details = tuple(f"workflow {n}" for n in range(11))
    wrong = Check(name="workflows", state="wrong", message="They fire.", details=details)
    assert "      … and 3 more: see report.json" in lines(checks=(wrong,))


def test_a_run_says_of_the_project_only_what_is_not_well() -> None:
    well = Check(name="connection", state="ok", message="Plunk answers.")
    assert "the project" not in lines(checks=(well,))


DOUBT = "to settle doubt:  "
THE_REST = "to send the rest: "
PENDING = f"{THE_REST}plunk-import resume 'runs/a b'"
WAYS = {
    "all done": ({"delivered": 2}, WayOn.RESUME, None),
    "in doubt": ({"in_doubt": 2}, WayOn.RESUME, f"{DOUBT}plunk-import resolve 'runs/a b'"),
    "pending": ({"pending": 2}, WayOn.RESUME, PENDING),
    "too many rejects": (
        {"pending": 1, "rejected": 1},
        WayOn.ALLOW_REJECTS,
        f"{PENDING} --max-rejects 2, or a new run of the mended file",
    ),
    "a file that has to be mended": (
        {"pending": 2},
        WayOn.NEW_RUN,
        f"{THE_REST}mend the file as said above and start a new run; this one would stop again",
    ),
}


@pytest.mark.parametrize(("ends", "way_on", "way"), WAYS.values(), ids=WAYS)
def test_it_ends_with_the_files_and_the_way_to_go_on(
    ends: dict[str, int], way_on: WayOn, way: str | None
) -> None:
    said = lines(books=Books(read=2, **ends), way_on=way_on)
    assert said[said.index("files in runs/a b") :] == ["files in runs/a b", *[way] * bool(way)]


def test_a_validation_offers_nothing_to_resume_and_says_how_long_sending_takes() -> None:
    estimate = Estimate(per_second=16.7, duration_seconds=7, ends=NOW + timedelta(seconds=7))
    said = lines(command="validate", books=Books(read=2, pending=2), estimate=estimate)
    assert any(line.startswith("sending takes about 0:00:07 at 16.7 rows/s") for line in said)
    assert said[-1] == "files in runs/a b"


def test_first_bodies_are_shown_exactly() -> None:
    body = '{"email":"ada@example.com","data":{"text":"' + "x" * 200 + '"}}'
    assert body in lines(first_bodies=(body,))


LAST_NIGHT = Comparison(
    began=NOW - timedelta(days=1),
    is_same_mapping=True,
    rows=Change(before=200, now=60),
    rejected=Change(before=0, now=3),
    events={"paid": Change(before=100, now=60), "visit": Change(before=100, now=0)},
    rejects={"invalid_email": Change(before=0, now=3)},
    fill={"plan": Change(before=1.0, now=0.0), "city": Change(before=0.5, now=0.505)},
    stands_out=("60 rows, 70% fewer than the 200 of the last run",),
)


def test_a_run_is_shown_beside_the_last_one_by_what_has_moved() -> None:
    said = lines(comparison=LAST_NIGHT)
    start = said.index("beside the last run, of 2026-02-28 00:00 UTC") + 1
    assert said[start : said.index("", start)] == [
        "  rows: 200 → 60  (-70%)",
        "  rejected: 0 → 3",
        "  visit: 100 → 0  (-100%)",
        "  paid: 100 → 60  (-40%)",
        "  reject invalid_email: 0 → 3",
        "  data.plan: 100% → 0% of the rows",
        "  ! 60 rows, 70% fewer than the 200 of the last run",
    ]


def test_beside_the_last_run_it_is_said_that_the_mapping_has_changed() -> None:
    changed = LAST_NIGHT.model_copy(update={"is_same_mapping": False})
    assert "  the mapping has changed since" in lines(comparison=changed)
    assert "  the mapping has changed since" not in lines(comparison=LAST_NIGHT)


def test_beside_the_last_run_many_moved_names_are_counted() -> None:
    events = {f"event {n}": Change(before=0, now=n + 1) for n in range(11)}
    said = lines(comparison=LAST_NIGHT.model_copy(update={"events": events}))
    assert "  event 10: 0 → 11" in said
    assert "  event 0: 0 → 1" not in said
    assert "  … and 3 more: see report.json" in said
