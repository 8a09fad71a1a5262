"""Whatever the cells hold, the census only counts."""

import tempfile
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

from plunk_import.plan import Plan
from tests.plan.census.planning import make_job, plan_of

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=30)
LIKELY = st.sampled_from(
    ["1", "-2.50", "1e400", "true", "2026-01-31", "31/01/2026 10:00", "null", '{"a":[1.5]}', "[]"]
)
TYPES = st.sampled_from([None, "number", "integer", "boolean", "date", "datetime", "json"])


@hypothesis.settings(max_examples=60)
@hypothesis.given(cells=st.lists(CELLS | LIKELY, min_size=1, max_size=12), declared=TYPES)
def test_any_cells_give_a_plan_that_adds_up(cells: list[str], declared: str | None) -> None:
    variable: dict[str, Any] = {"column": "v"} | ({} if declared is None else {"type": declared})
    rows = [(f"p{n % 3}@example.com", cell, cell) for n, cell in enumerate(cells)]
    mapping = {"event": "name", "data": {"v": variable, "again": {**variable, "persistent": False}}}

    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(make_job(Path(folder), ("email", "v", "name"), rows, mapping), show=12)

    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert plan.examined == plan.valid == sum(plan.events.values()) == len(plan.first_bodies)
    assert sum(one.count for one in plan.busiest) == plan.valid
    for field in plan.fields:
        assert sum(field.types.values()) == field.filled <= field.rows == plan.examined
        assert all(warning.remedy for warning in plan.warnings.values())
