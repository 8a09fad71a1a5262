"""What is wrong is seen: a run that went well, and what was then done to it."""

import csv
import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plunk_import import status
from plunk_import.report import Difference, EventTotal, Verification
from tests.simulation.account import TOO_MANY
from tests.simulation.files import Export, Plan, Row
from tests.simulation.product import Leave
from tests.simulation.server import SECRET_KEY
from tests.simulation.store import Change, Event, Workflow, WorkflowRun
from tests.simulation.trial import Trial, temporary_home
from tests.simulation.verified import Verified
from tests.simulation.world import World

PLAN = Plan("order.placed", has_id=True, subscribed="no", marker=True)
ROWS = tuple(
    Row(f"o{number}", f"p{number % 2}@x.co", str(number), number, "no") for number in range(1, 5)
)


@pytest.fixture
def trial() -> Iterator[Trial]:
    """A run of four rows, all delivered, at a server where all is well."""
    with temporary_home() as home:
        made = Trial(World(5), home)
        made.server.workflows.clear()
        made.server.contacts.clear()
        made.scenery.heal()
        made.scenery.settings.clear()
        made.dies = False
        made.leave = Leave()
        made.secret_key = SECRET_KEY
        export = Export(home / "rows.csv", ROWS)
        export.write()
        with made.disk.watched():
            assert made.sit(made.new_run("run", export, PLAN), "run") == []
            yield made


def events(trial: Trial) -> list[Event]:
    """The events of the run, in the file's order: those of two contacts may be stored in any."""
    mine = [event for event in trial.server.events if event.by == "run"]
    return sorted(mine, key=lambda event: event.data["uid"]["value"])


def store_twice(trial: Trial) -> None:
    trial.server.events.append(events(trial)[0])


def lose_event(trial: Trial) -> None:
    trial.server.events.remove(events(trial)[1])


def rename_event(trial: Trial) -> None:
    events(trial)[1].id = "another"


def run_workflow(trial: Trial) -> None:
    workflow = Workflow("w1", "order.placed", enabled=True)
    sitting = trial.ledger.runs[0].sittings[0]
    sitting.enabled = frozenset({"w1"})
    trial.server.runs.append(WorkflowRun(workflow, events(trial)[0]))


def subscribe(trial: Trial) -> None:
    event = events(trial)[0]
    trial.server.changes.append(Change(event.contact, "run", event.process))


def spoil_values(trial: Trial) -> None:
    events(trial)[0].contact.data["last"] = 99


def turn_order(trial: Trial) -> None:
    mine = [event for event in events(trial) if event.contact.email == "p1@x.co"]
    mine[0].moment, mine[1].moment = mine[1].moment, mine[0].moment
    mine[0].created_at, mine[1].created_at = mine[1].created_at, mine[0].created_at


def _lines(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def move_to_doubt(trial: Trial) -> None:
    place = trial.ledger.runs[0].directory
    results, doubts = _lines(place / "results.csv"), _lines(place / "in_doubt.csv")
    results.pop()
    source = [*_lines(trial.ledger.runs[0].export.path)[-1]]
    known = dict(zip(_lines(trial.ledger.runs[0].export.path)[0], source, strict=True))
    line = {**known, "_row": "4", "_reason": "no reply"}
    doubts.append([line.get(name, "") for name in doubts[0]])
    for name, lines in (("results.csv", results), ("in_doubt.csv", doubts)):
        with (place / name).open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(lines)


def _change_report(trial: Trial, **books: int) -> None:
    path = trial.ledger.runs[0].directory / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["books"].update(books)
    path.write_text(json.dumps(report), encoding="utf-8")


def claim_skipped(trial: Trial) -> None:
    _change_report(trial, skipped=1, delivered=3)


def unbalance(trial: Trial) -> None:
    _change_report(trial, filtered=1)


def leave_pending(trial: Trial) -> None:
    _change_report(trial, pending=1, delivered=3)


def test_a_run_that_went_well_has_no_complaints(trial: Trial) -> None:
    run = trial.ledger.runs[0]
    assert list(trial.oracle.after(run, run.sittings[0])) == []


@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        (store_twice, "is stored 2 times"),
        (lose_event, "is not stored by this run at all"),
        (rename_event, "has the event id"),
        (run_workflow, "and nobody allowed it"),
        (subscribe, "is subscribed, unasked"),
        (spoil_values, "has stale values, unnamed"),
        (turn_order, "has its rows in the order"),
        (move_to_doubt, "is in doubt without a cause"),
        (claim_skipped, "rows are skipped, and only"),
        (unbalance, "the books do not balance"),
        (leave_pending, "exit code 0 with"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_harm_is_seen(trial: Trial, harm: Callable[[Trial], None], complaint: str) -> None:
    harm(trial)
    run = trial.ledger.runs[0]
    told = list(trial.oracle.after(run, run.sittings[0]))
    assert any(complaint in line for line in told), told


def lose_reply(trial: Trial, moment: float) -> None:
    """Let another import have stored a row then, whose reply this run did not get."""
    event = events(trial)[0]
    event.by, event.moment = "another", event.moment + moment
    asked = trial.ledger.exchanges["run", ("order.placed", "o1")]
    asked[0].end = "unanswered"


@pytest.mark.parametrize(
    ("moment", "is_seen"), [(60.0, False), (-3600.0, True)], ids=["later", "long before"]
)
def test_an_event_of_another_import_is_not_to_be_told_from_ours_if_ours_had_no_answer(
    trial: Trial, moment: float, *, is_seen: bool
) -> None:
    lose_reply(trial, moment)
    run = trial.ledger.runs[0]
    told = list(trial.oracle.after(run, run.sittings[0]))
    assert any("is not stored by this run" in line for line in told) is is_seen


@pytest.mark.parametrize(
    ("stored", "is_seen"), [(2, False), (3, True)], ids=["the copy", "more than the copy"]
)
def test_a_copy_whose_key_was_forgotten_excuses_one_double(
    trial: Trial, stored: int, *, is_seen: bool
) -> None:
    asked = trial.ledger.exchanges["run", ("order.placed", "o1")]
    lifetime = trial.server.limits.key_lifetime
    asked.append(dataclasses.replace(asked[0], left=asked[0].left + lifetime + 1))
    asked[0].was_doubled, asked[0].status = True, TOO_MANY
    for _ in range(stored - 1):
        store_twice(trial)
    run = trial.ledger.runs[0]
    told = list(trial.oracle.after(run, run.sittings[0]))
    assert any(f"is stored {stored} times" in line for line in told) is is_seen


def verified(trial: Trial, **changes: object) -> list[str]:
    """What is said of a verification of the run that is changed so."""
    run = trial.ledger.runs[0]
    report = status(run.directory)
    found = Verification(rows=4, contacts=2).model_copy(update=changes)
    told = report.model_copy(update={"verification": found})
    return list(Verified(trial.ledger, run, told).complaints())


def difference(field: str, expected: str) -> Difference:
    return Difference(file="rows.csv", row=1, field=field, expected=expected, found="other")


LIES = {
    "an event that is as it was sent": {"differences": (difference("data.uid", "o1"),)},
    "a contact's value that is there": {"differences": (difference("contact.last", "3"),)},
    "a subscription that is as wanted": {
        "differences": (difference("contact.subscribed", "false"),)
    },
    "an event that is stored": {"totals": (EventTotal(name="e", delivered=2, stored=1),)},
    "rows left out": {"rows": 3},
}


@pytest.mark.parametrize("changes", LIES.values(), ids=LIES)
def test_what_verify_says_wrongly_is_complained_of(
    changes: dict[str, object], trial: Trial
) -> None:
    assert verified(trial) == []
    assert len(verified(trial, **changes)) == 1


def test_a_difference_that_there_is_is_none_of_the_oracles_business(trial: Trial) -> None:
    events(trial)[0].data["last"] = 99
    assert verified(trial, differences=(difference("data.last", "1"),)) == []
