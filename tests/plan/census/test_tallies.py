import json
from pathlib import Path

import polars as pl
import pytest

from plunk_import.plan import Plan, Rejects
from plunk_import.validate import REGISTRY, open_job
from tests.plan.census.planning import make_job, plan_of

COLUMNS = ("email", "event")
MAPPING = {"event": "event"}


def planned(folder: Path, rows: list[tuple[str, str]]) -> Plan:
    return plan_of(make_job(folder, COLUMNS, rows, MAPPING))


def planned_table(folder: Path, table: pl.DataFrame) -> Plan:
    table.write_parquet(folder / "rows.parquet")
    mapping = {"version": 1, "email": "email", "event": "event"}
    return plan_of(open_job(folder / "rows.parquet", mapping))


def test_events_are_counted_most_frequent_first(tmp_path: Path) -> None:
    plan = planned(tmp_path, [("a@x.co", name) for name in ("b", "a", "b", "b", "a", "c")])

    assert list(plan.events.items()) == [("b", 3), ("a", 2), ("c", 1)]
    assert plan.other_events == 0


def test_very_many_event_names_are_bounded_and_no_row_is_forgotten(tmp_path: Path) -> None:
    names = [f"once {n}" if n % 2 else "often" for n in range(120_000)]

    plan = planned_table(tmp_path, pl.DataFrame({"email": "a@x.co", "event": names}))

    assert plan.events["often"] == 60_000
    assert len(plan.events) <= 1_000
    assert sum(plan.events.values()) + plan.other_events == 120_000


def test_a_reject_counts_once_for_each_of_its_codes(tmp_path: Path) -> None:
    plan = planned(tmp_path, [("", ""), ("", "paid"), ("a@x.co", "paid"), ("", "paid")])

    assert plan.rejected == 3
    assert {code: one.count for code, one in plan.rejects.items()} == {
        "missing_email": 3,
        "missing_event": 1,
    }


def test_the_first_two_rejects_of_a_code_are_its_examples(tmp_path: Path) -> None:
    plan = planned(tmp_path, [("a@x.co", ""), ("", "paid"), ("", ""), ("b@x.co", "")])

    assert [one.row for one in plan.rejects["missing_event"].examples] == [1, 3]
    assert [one.row for one in plan.rejects["missing_email"].examples] == [2, 3]


def test_an_example_of_a_huge_cell_stays_small(tmp_path: Path) -> None:
    plan = planned(tmp_path, [("x" * 1_000_000, "paid")])

    assert len(json.dumps(plan.model_dump(mode="json")["rejects"])) < 2_000


@pytest.mark.parametrize("code", ["missing_email", "stray_quote"])
def test_our_own_codes_are_explained_by_the_registry(code: str) -> None:
    found = Rejects.of(code, 3)

    assert (found.count, found.meaning) == (3, REGISTRY[code].meaning)
    assert found.remedy == REGISTRY[code].remedy


def test_a_code_of_plunks_is_left_to_its_message() -> None:
    found = Rejects.of("SOME_CODE_OF_PLUNK", 1)

    assert found.meaning == "Plunk refused the event."
    assert "message" in found.remedy


def test_contacts_are_counted_exactly_and_the_busiest_named_highest_first(tmp_path: Path) -> None:
    addresses = ["a@x.co"] * 3 + ["b@x.co", "B@x.co "] * 4 + [f"p{n}@x.co" for n in range(40)]

    plan = planned(tmp_path, [(address, "paid") for address in addresses])

    assert (plan.contacts, plan.contacts_exact) == (42, True)
    assert [(one.value, one.count) for one in plan.busiest[:2]] == [("b@x.co", 8), ("a@x.co", 3)]
    assert len(plan.busiest) == 10


def test_very_many_contacts_are_estimated_and_the_busiest_still_found(tmp_path: Path) -> None:
    rows = 1_200_000
    number = pl.int_range(rows, eager=True)
    address = (
        pl.when(number % 4 == 0).then(pl.lit("busy@x.co")).otherwise(pl.format("p{}@x.co", number))
    )
    table = pl.select(email=address, event=pl.lit("paid"))

    plan = planned_table(tmp_path, table)

    assert not plan.contacts_exact
    assert plan.contacts == pytest.approx(900_001, rel=0.02)
    assert plan.busiest[0].value == "busy@x.co"
    assert 0.95 * rows / 4 <= plan.busiest[0].count <= rows / 4


def test_a_sample_leaves_huge_bodies_out_and_says_how_many_it_examined(tmp_path: Path) -> None:
    cells = ["x" * 900] * 300 + ["y" * 200_000]
    rows = [(f"p{n}@x.co", cell) for n, cell in enumerate(cells)]
    mapping = {"event": {"const": "e"}, "data": {"v": "event"}}

    plan = plan_of(make_job(tmp_path, COLUMNS, rows, mapping))

    assert (plan.valid, plan.examined, plan.sampled_from) == (301, 300, 301)
    assert plan.fields[0].top_values[0].value.startswith("xxx")
