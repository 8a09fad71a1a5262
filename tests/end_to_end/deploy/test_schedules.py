"""What each schedule runs works: from key files, without a terminal, and the next night too."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.end_to_end.deploy import files
from tests.end_to_end.deploy.scheduled import SCHEDULES, Scheduled
from tests.end_to_end.reading import Reader

MAPPING = """\
version: 1
email: Email
event: {sql: "'order.' || status"}
where: "amount > 0"
id: [order_id]
data:
  order_id: {column: order_id, persistent: false}
"""
pytestmark = pytest.mark.deploy
schedules = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)


@pytest.fixture
def machine(reader: Reader) -> Reader:
    """A directory as a schedule finds it: exports, a mapping, and the keys in files."""
    (reader.place / "orders.yaml").write_text(MAPPING, encoding="utf-8")
    (reader.place / "keys").mkdir()
    (reader.place / "runs").mkdir()
    for file, variable in files.KEY_FILES.items():
        key = reader.environment[variable]
        (reader.place / "keys" / file).write_text(f"{key}\n", encoding="utf-8")
    return reader


def run(schedule: Scheduled, machine: Reader) -> tuple[int, str]:
    """Run it as its schedule does; give its exit code and all that it said."""
    address = {"PLUNK_BASE_URL": machine.environment["PLUNK_BASE_URL"]}
    done = schedule.run(machine.place, address)
    log = machine.place / "import.log"
    logged = log.read_text(encoding="utf-8") if log.exists() else ""
    return done.returncode, done.stdout + done.stderr + logged


def stored(machine: Reader) -> list[tuple[str, int]]:
    """Return the events that Plunk stored, by name."""
    query = "SELECT name, count(*) FROM events WHERE name LIKE 'order.%' GROUP BY name"
    with closing(sqlite3.connect(machine.place.parent / "plunk.sqlite")) as database:
        return sorted(database.execute(query))


@schedules
def test_a_schedules_command_delivers_every_row_once_over_two_nights_and_shows_no_key(
    schedule: Callable[[], Scheduled], machine: Reader
) -> None:
    nights = [run(schedule(), machine), run(schedule(), machine)]
    assert [exit_code for exit_code, _ in nights] == [0, 0], nights
    assert stored(machine) == [("order.paid", 1), ("order.refunded", 1)], nights
    keys = {machine.environment[variable] for variable in files.KEY_FILES.values()}
    assert not [key for _, said in nights for key in keys if key in said]


@schedules
def test_a_schedule_takes_its_keys_from_files(
    schedule: Callable[[], Scheduled], machine: Reader
) -> None:
    (machine.place / "keys" / "plunk_api_key").unlink()
    _, said = run(schedule(), machine)
    assert str(machine.place / "keys" / "plunk_api_key") in said
    assert stored(machine) == []


def test_cron_mails_the_end_of_the_log_only_when_a_night_went_wrong(machine: Reader) -> None:
    def mail() -> str:
        return SCHEDULES["cron"]().run(machine.place, address).stdout

    address = {"PLUNK_BASE_URL": machine.environment["PLUNK_BASE_URL"]}
    assert mail() == ""
    (machine.place / "orders.yaml").write_text("version: 1\n", encoding="utf-8")
    assert mail().startswith("plunk-import ended with 2\n")
    assert "orders.yaml" in mail()
