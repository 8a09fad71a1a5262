"""Rows are dealt out whole, each to one shard, and all of a contact to the same."""

import dataclasses
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from plunk_import.settings import Shard, parse_shard
from plunk_import.validate import Job, open_job, shard_of
from tests.mapped import knowing_duplicates

ADDRESSES = st.sampled_from(["ada@example.com", "ADA@Example.com ", "bob@x.io", "cy@x.io", "", "x"])
MAPPING = {
    "version": 1,
    "email": "email",
    "event": {"const": "paid"},
    "id": ["n"],
    "where": "keep = '1'",
}


def job_of(path: Path, rows: list[tuple[str, int, int]]) -> Job:
    lines = [f"{address},{number},{keep}" for address, number, keep in rows]
    path.write_text("\n".join(["email,n,keep", *lines]) + "\n", encoding="utf-8")
    return knowing_duplicates(open_job(path, MAPPING))


def in_part(job: Job, number: int, count: int) -> list[tuple[str, pl.DataFrame]]:
    part = dataclasses.replace(job, shard=Shard(number, count))
    found: list[tuple[str, pl.DataFrame]] = []
    for batch in part.batches():
        assert batch.rows == batch.source.height
        assert batch.filtered == batch.rows - batch.events.height - batch.rejects.height
        found += [("events", batch.events), ("rejects", batch.rejects), ("source", batch.source)]
    return found


def together(parts: list[tuple[str, pl.DataFrame]], name: str) -> list[tuple[object, ...]]:
    rows = [row for kind, frame in parts if kind == name for row in frame.rows()]
    return sorted(rows, key=lambda row: int(str(row[0])))


@settings(max_examples=40)
@given(
    rows=st.lists(st.tuples(ADDRESSES, st.integers(0, 12), st.integers(0, 1)), min_size=1),
    count=st.integers(1, 5),
)
def test_every_row_is_in_one_shard_as_it_is_in_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, int]], count: int
) -> None:
    job = job_of(tmp_path_factory.mktemp("rows") / "rows.csv", rows)
    (whole,) = job.batches()
    parts = [part for number in range(1, count + 1) for part in in_part(job, number, count)]
    assert together(parts, "events") == whole.events.rows()
    assert together(parts, "rejects") == whole.rejects.rows()
    assert together(parts, "source") == whole.source.rows()
    shards = [frame["email"].unique().to_list() for kind, frame in parts if kind == "events"]
    assert max(Counter(address for part in shards for address in part).values(), default=1) == 1


@pytest.mark.parametrize(
    ("contact", "count", "number"),
    [
        ("ada@example.com", 4, 4),
        ("bob@example.com", 4, 1),
        ("cy@example.com", 4, 2),
        ("ada@example.com", 1000, 220),
        ("é@example.com", 1000, 292),
    ],
)
def test_the_shard_of_a_contact_is_the_same_for_ever(contact: str, count: int, number: int) -> None:
    assert shard_of(contact, count) == number


def test_contacts_are_dealt_out_evenly() -> None:
    found = Counter(shard_of(f"p{number}@example.com", 4) for number in range(4_000))
    assert set(found) == {1, 2, 3, 4}
    assert max(found.values()) < 1_100


@pytest.mark.parametrize("text", ["5/4", "0/4", "1/0", "1", "a/b", "1/2/3", "-1/2", ""])
def test_what_is_no_shard_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is not a shard: write I/N"):
        parse_shard(text)
