"""Tonight's file beside that of the last run in the history."""

import dataclasses
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from plunk_import import (
    Consent,
    ConsentError,
    ExitCode,
    Report,
    Runtime,
    SandboxSettings,
    SendSettings,
    SettingsError,
    import_file,
    resume,
)
from plunk_import.storage import History
from tests.fakes import EPOCH

MAPPING = """\
version: 1
email: email
event: event
id: [id]
data:
  number: {column: id, persistent: false}
  plan: plan
"""


@dataclasses.dataclass(frozen=True)
class Night:
    """What one night's export holds."""

    rows: int = 200
    events: tuple[str, ...] = ("paid", "visit")
    plan: str = "pro"
    bad: int = 0

    def write(self, path: Path, name: str) -> None:
        lines = ["email,event,id,plan"]
        for number in range(self.rows):
            email = "nobody" if number < self.bad else f"c{number}@example.com"
            event = self.events[number % len(self.events)]
            lines.append(f"{email},{event},{name}-{number},{self.plan}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def spend(
    place: Path,
    name: str,
    night: Night,
    *,
    max_drop: float | None = 0.5,
    limit: int | None = None,
    consent: Consent | None = None,
) -> Report:
    """Import one night's export into the sandbox, with the history of the nights before."""
    (place / "orders.yaml").write_text(MAPPING, encoding="utf-8")
    night.write(place / "orders.csv", name)
    return import_file(
        place / "orders.csv",
        place / "orders.yaml",
        directory=place / name,
        sandbox=SandboxSettings(),
        history=place / "history.sqlite",
        settings=SendSettings(rate="unlimited", max_drop=max_drop, limit=limit),
        consent=consent,
        allow_empty=True,
    )


FAR = {
    "fewer rows": (Night(rows=60), "60 rows, 70% fewer than the 200 of the last run"),
    "a new event": (Night(events=("paid", "refund")), "a new event name, 'refund', in 100 rows"),
    "more rejects": (Night(bad=20), "20 rows (10.0%) rejected, 0 (0.0%) in the last run"),
    "an emptied column": (Night(plan=""), "data.plan (column 'plan') is empty"),
}


@pytest.mark.parametrize(("night", "said"), FAR.values(), ids=FAR)
def test_a_file_far_from_the_last_run_stops_before_the_first_row_and_names_the_parameter(
    tmp_path: Path, night: Night, said: str
) -> None:
    assert spend(tmp_path, "first", Night()).exit_code is ExitCode.DELIVERED
    with pytest.raises(ConsentError) as refused:
        spend(tmp_path, "second", night)
    assert said in str(refused.value)
    assert "allow_drop=True" in str(refused.value)
    report = refused.value.report
    assert (report.books.delivered, report.exit_code) == (0, ExitCode.CANNOT_START)
    assert said in report.reason
    assert "--allow-drop" in report.reason


ALIKE = {
    "the same": Night(),
    "half the rows": Night(rows=100),
    "an event that is missing": Night(events=("paid",)),
    "one bad row": Night(bad=1),
    "no rows at all": Night(rows=0),
}


@pytest.mark.parametrize("night", ALIKE.values(), ids=ALIKE)
def test_what_nights_do_goes_on(tmp_path: Path, night: Night) -> None:
    spend(tmp_path, "first", Night())
    report = spend(tmp_path, "second", night)
    assert report.books.delivered == night.rows - night.bad


def test_a_refused_run_goes_on_once_somebody_allows_it_and_is_the_next_night_s_measure(
    tmp_path: Path,
) -> None:
    spend(tmp_path, "first", Night())
    with pytest.raises(ConsentError):
        spend(tmp_path, "second", Night(rows=60))
    report = resume(tmp_path / "second", consent=Consent(allow_drop=True))
    assert report.books.delivered == 60
    third = spend(tmp_path, "third", Night(rows=50))
    assert third.comparison is not None
    assert (third.comparison.rows.before, third.comparison.rows.now) == (60, 50)


def test_without_max_drop_nothing_stops_and_the_report_tells_what_stands_out(
    tmp_path: Path,
) -> None:
    spend(tmp_path, "first", Night())
    report = spend(tmp_path, "second", Night(rows=60, plan=""), max_drop=None)
    assert report.books.delivered == 60
    assert report.comparison is not None
    assert len(report.comparison.stands_out) == 2
    assert report.comparison.fill["plan"].model_dump() == {"before": 1.0, "now": 0.0}
    assert report.comparison.events["paid"].model_dump() == {"before": 100, "now": 30}


def refused_night(place: Path) -> None:
    with pytest.raises(ConsentError):
        spend(place, "refused", Night(rows=10))


NO_MEASURE: dict[str, Callable[[Path], object]] = {
    "a run that was refused": refused_night,
    "the first rows of a file": lambda place: spend(place, "part", Night(rows=150), limit=5),
    "an empty night": lambda place: spend(place, "empty", Night(rows=0)),
}


@pytest.mark.parametrize("between", NO_MEASURE.values(), ids=NO_MEASURE)
def test_what_was_no_whole_run_is_no_measure_for_the_next(
    tmp_path: Path, between: Callable[[Path], object]
) -> None:
    spend(tmp_path, "first", Night())
    between(tmp_path)
    report = spend(tmp_path, "last", Night(rows=190))
    assert report.comparison is not None
    assert report.comparison.rows.before == 200


def test_the_first_night_says_that_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    report = spend(tmp_path, "first", Night())
    assert report.comparison is None
    assert any(note.startswith("nothing to compare with") for note in report.notes)


def test_a_history_of_before_that_knows_no_runs_serves_on(tmp_path: Path) -> None:
    spend(tmp_path, "first", Night())
    with sqlite3.connect(tmp_path / "history.sqlite") as connection:
        connection.execute("DROP TABLE past_runs")
    connection.close()
    report = spend(tmp_path, "second", Night(rows=20))
    assert any(note.startswith("nothing to compare with") for note in report.notes)
    assert report.books.delivered == 20


def test_a_run_that_another_version_remembered_is_nothing_to_compare_with(tmp_path: Path) -> None:
    spend(tmp_path, "first", Night())
    with sqlite3.connect(tmp_path / "history.sqlite") as connection:
        connection.execute("UPDATE past_runs SET value = json_set(value, '$.version', 2)")
    connection.close()
    assert spend(tmp_path, "second", Night(rows=20)).comparison is None


def test_max_drop_without_a_history_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(MAPPING, encoding="utf-8")
    Night().write(tmp_path / "orders.csv", "first")
    with pytest.raises(SettingsError, match="--history"):
        import_file(
            tmp_path / "orders.csv",
            tmp_path / "orders.yaml",
            directory=tmp_path / "run",
            sandbox=SandboxSettings(),
            settings=SendSettings(max_drop=0.5),
            runtime=Runtime(),
        )
    assert not (tmp_path / "run").exists()


def test_a_history_keeps_the_latest_runs_of_each_name_and_none_of_the_future(
    tmp_path: Path,
) -> None:
    with History.open(tmp_path / "history.sqlite") as history:
        runs = history.past_runs
        for day in range(12):
            runs.remember(day, scope="s", name="a", began=EPOCH + timedelta(days=day))
        runs.remember("other", scope="s", name="b", began=EPOCH)

        def last(name: str, days: float, scope: str = "s") -> object:
            return runs.last(scope=scope, name=name, before=EPOCH + timedelta(days=days))

        assert [last("a", days) for days in (50, 5, 2.5, 2)] == [11, 4, 2, None]
        assert (last("b", 1), last("b", 1, scope="t")) == ("other", None)
