from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plunk_import.plan import Plan
from plunk_import.validate import open_job
from tests.plan.census.planning import ANY_DATE, make_job, plan_of

COLUMNS = ("email", "event", "n", "at", "opted")
MAPPING: dict[str, Any] = {
    "event": "event",
    "subscribed": "opted",
    "where": "n <> 'skip'",
    "data": {
        "n": {"column": "n", "type": "number"},
        "occurred_at": {"column": "at", "type": "datetime", "persistent": False},
    },
}
ROWS = [
    ("ada@example.com", "paid", "1", ANY_DATE, "yes"),
    ("Ada@Example.com ", "paid", "2", ANY_DATE, "no"),
    ("bob@example.com", "left", "3", ANY_DATE, "no"),
    ("bob@example.com", "left", "skip", ANY_DATE, "no"),
    ("nobody", "email.sent", "x", ANY_DATE, "no"),
    ("", "paid", "5", ANY_DATE, "no"),
]


def test_the_plan_says_what_would_become_of_every_row(tmp_path: Path) -> None:
    plan = plan_of(make_job(tmp_path, COLUMNS, ROWS, MAPPING), show=2)

    assert (plan.rows, plan.filtered, plan.rejected, plan.valid) == (6, 1, 2, 3)
    assert plan.events == {"paid": 2, "left": 1}
    assert (plan.contacts, plan.contacts_exact) == (2, True)
    assert [(one.value, one.count) for one in plan.busiest] == [
        ("ada@example.com", 2),
        ("bob@example.com", 1),
    ]
    assert {code: one.count for code, one in plan.rejects.items()} == {
        "invalid_email": 1,
        "invalid_number": 1,
        "missing_email": 1,
        "reserved_event": 1,
    }
    assert plan.rejects["missing_email"].examples[0].row == 6
    assert plan.warnings == {}


def test_a_header_that_was_changed_is_warned_of(tmp_path: Path) -> None:
    cells = ("ada@example.com", "paid", "1", ANY_DATE, "yes", "x")
    job = make_job(tmp_path, (*COLUMNS, "n"), [cells, cells], MAPPING)
    warning = plan_of(job).warnings["header_changed"]

    (example,) = warning.examples
    assert example.message == "column 6 is called 'n' like one before it: it is read as 'n_2'"
    assert example.file.endswith(".csv")


def test_the_first_bodies_are_those_that_would_be_sent(tmp_path: Path) -> None:
    job = make_job(tmp_path, COLUMNS, ROWS, MAPPING)
    (judged,) = job.batches()

    assert plan_of(job, show=2).first_bodies == tuple(judged.events["body"].head(2))
    assert plan_of(job).first_bodies == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"data": {"n": {"column": "n", "type": "number"}}}, "no_date"),
        ({"subscribed": None}, "subscribed_left_out"),
        ({"subscribed": {"const": True}}, "subscribed_always_true"),
        ({"subscribed": {"sql": "'yes'"}}, "subscribed_always_true"),
    ],
    ids=["no date", "left out", "constant", "always"],
)
def test_the_mapping_is_warned_of(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    mapping = {name: part for name, part in (MAPPING | change).items() if part is not None}

    warnings = plan_of(make_job(tmp_path, COLUMNS, ROWS, mapping)).warnings

    assert list(warnings) == [code]
    assert warnings[code].count == 0
    assert warnings[code].remedy


def test_nothing_to_send_is_nothing_to_warn_of(tmp_path: Path) -> None:
    plan = plan_of(make_job(tmp_path, COLUMNS, ROWS[4:], {"event": "event"}))

    assert (plan.valid, plan.warnings, plan.examined) == (0, {}, 0)


def many_rows(folder: Path, count: int) -> Path:
    number = pl.int_range(count, eager=True)
    table = pl.DataFrame(
        {
            "email": pl.select(pl.format("p{}@example.com", number % (count // 4))).to_series(),
            "event": ["paid"] * count,
            "n": number.cast(pl.String),
            "at": [ANY_DATE] * (count // 2) + ["2026-01-01T00:00:00Z"] * (count - count // 2),
            "opted": ["no"] * count,
        }
    )
    table.write_csv(folder / "many.csv")
    return folder / "many.csv"


def test_a_large_file_is_sampled_and_the_plan_says_so(tmp_path: Path) -> None:
    job = open_job(many_rows(tmp_path, 40_000), {"version": 1, "email": "email", **MAPPING})

    plan = plan_of(job)

    assert (plan.valid, plan.contacts, plan.contacts_exact) == (40_000, 10_000, True)
    assert (plan.examined, plan.sampled_from) == (10_000, 40_000)
    assert plan.fields[0].rows == 10_000
    found = plan.warnings["out_of_order"]
    assert "Found in a sample of" in found.meaning
    assert found.count > 100


def test_of_a_wide_file_fewer_rows_are_sampled_and_the_plan_says_so(tmp_path: Path) -> None:
    names = [f"v{number}" for number in range(2_000)]
    table = pl.DataFrame({"email": [f"p{row}@x.co" for row in range(1_100)]})
    table = table.with_columns(pl.lit("x").alias(name) for name in names)
    table.write_csv(tmp_path / "wide.csv")
    mapping = {"event": {"const": "e"}, "data": {name: name for name in names}}

    plan = plan_of(open_job(tmp_path / "wide.csv", {"version": 1, "email": "email", **mapping}))

    assert (plan.valid, plan.examined, plan.sampled_from) == (1_100, 137, 1_100)


def test_the_plan_does_not_depend_on_how_the_rows_are_cut_into_files(tmp_path: Path) -> None:
    whole = many_rows(tmp_path, 30_000)
    table = pl.read_csv(whole, infer_schema=False)
    parts = [tmp_path / f"part{n}.csv" for n in range(3)]
    for path, start, size in zip(parts, (0, 777, 20_000), (777, 19_223, 10_000), strict=True):
        table.slice(start, size).write_csv(path)

    plans = [
        plan_of(open_job(sources, {"version": 1, "email": "email", **MAPPING}), show=3)
        for sources in ([whole], parts)
    ]

    assert plans[0].examined == 7_500
    assert plans[0].fields == plans[1].fields
    assert plans[0].busiest == plans[1].busiest
    counts = [{code: found.count for code, found in plan.warnings.items()} for plan in plans]
    assert counts[0] == counts[1]


def test_a_plan_survives_the_journal(tmp_path: Path) -> None:
    plan = plan_of(make_job(tmp_path, COLUMNS, ROWS, MAPPING), show=1)

    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert len(plan.model_dump_json()) < 10_000
