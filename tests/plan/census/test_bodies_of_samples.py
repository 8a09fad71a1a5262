"""The bodies of sampled rows are written for many batches at once, and say what they said."""

from pathlib import Path

import polars as pl
import pytest

from plunk_import.mapping import mapping_from
from plunk_import.plan import Plan
from plunk_import.plan.census.census import Census
from plunk_import.plan.census.sample import Sample
from plunk_import.read import ORDINAL, ROW, FileStart, Locations, open_source
from plunk_import.validate import Job, JudgedBatch
from plunk_import.validate.compile import compile_mapping

ROWS = 3_000
PLACES = Locations((FileStart("rows.csv"),))
MAPPING = {
    "version": 1,
    "email": "email",
    "event": {"const": "e"},
    "data": {
        "n": {"column": "n", "type": "number"},
        "note": "note",
        "occurred_at": {"column": "at", "type": "datetime", "persistent": False},
    },
}


class Bodies:
    """Writes bodies by a job, and counts how often."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.writings = 0

    def looked_at(self, batch: JudgedBatch, events: pl.DataFrame) -> pl.Series:
        self.writings += 1
        return self._job.bodies(batch, events)

    as_sent = looked_at


def summed_up(folder: Path, *, block_bytes: int) -> tuple[Plan, int, int]:
    """Return the plan of the rows, how many batches they came in, and how often was written."""
    path = folder / "rows.csv"
    note = "x" * 200
    rows = [
        f'p{n % 700}@example.com,{n}.50,"{note}{n}",2026-01-{n % 28 + 1:02}T10:00:00Z'
        for n in range(ROWS)
    ]
    path.write_text("\n".join(["email,n,note,at", *rows]), encoding="utf-8")
    loaded = mapping_from(MAPPING)
    source = open_source([path], loaded.mapping.source, block_bytes=block_bytes)
    job = Job(loaded, source, compile_mapping(loaded, source.schema))
    bodies = Bodies(job)
    census = Census(loaded.mapping, bodies)
    batches = 0
    for batch in job.judged():
        census.add(batch)
        batches += 1
    return census.plan(), batches, bodies.writings


def rows_from(start: int, stop: int) -> pl.DataFrame:
    numbers = pl.int_range(start + 1, stop + 1, dtype=pl.UInt64, eager=True)
    return pl.DataFrame({ORDINAL: numbers, ROW: numbers}).with_columns(email=pl.lit("a@b.com"))


def with_bodies(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each row a body of 150 characters."""
    return rows.with_columns(body=pl.lit('{"data": {"n": "' + "x" * 131 + '"}}'))


def test_few_writings_serve_many_batches_and_the_plan_is_that_of_one(tmp_path: Path) -> None:
    plan, batches, writings = summed_up(tmp_path, block_bytes=8 << 10)
    assert batches > 50
    assert writings == 1
    whole, only, _ = summed_up(tmp_path, block_bytes=4 << 20)
    assert only == 1
    assert plan == whole
    assert plan.examined == ROWS
    assert {field.name: field.filled for field in plan.fields}["note"] == ROWS


@pytest.mark.parametrize("together", [1, 7, 400])
def test_a_sample_is_the_same_however_many_rows_wait_to_be_taken(together: int) -> None:
    sample = Sample(most_rows=200, most_bytes=20_000)
    for start in range(0, 400, together):
        sample.choose(rows_from(start, min(start + together, 400)), pl.col(ORDINAL), PLACES)
        if start % 5 == 1:
            sample.take(with_bodies(sample.waiting()))
    sample.take(with_bodies(sample.waiting()))
    # 200 bodies are 30,000 characters: half of the rows that would be few enough have too many.
    assert [row.number for row in sample.rows()] == list(range(4, 401, 4))
