"""The table of what an import would take."""

from plunk_import.plan import Workload, demand_of
from plunk_import.report import tell_demand


def told(machines: int, rate: float | None, rows: int = 1_000_000) -> str:
    return tell_demand(demand_of(Workload(rows=rows, sent=rows), machines, rate))


def test_a_line_says_what_and_how_much_and_why() -> None:
    lines = told(2, 100.0).splitlines()
    assert lines[0] == "1,000,000 of 1,000,000 rows, by 2 senders, at 100 rows/s"
    assert "  sending    2 h 46 min  100 rows/s; bound by the pace asked for" in lines
    assert "  senders    1           are needed for this pace" in lines


def test_one_sender_merges_nothing() -> None:
    assert "merg" in told(2, 100.0)
    assert "merg" not in told(1, 100.0)


def test_a_pace_that_no_number_of_senders_reaches_is_said() -> None:
    assert "no number of them reaches this pace" in told(8, 1e9)


def test_more_in_flight_than_usual_is_asked_for_by_its_option() -> None:
    assert "--max-in-flight 75" in told(1, 1000.0)
    assert "--max-in-flight" not in told(1, 100.0)


def test_a_long_import_is_told_to_outlive_keys() -> None:
    assert "longer than the hosted API knows a key" in told(1, 1.0)
    assert "knows a key" not in told(1, 1000.0)
