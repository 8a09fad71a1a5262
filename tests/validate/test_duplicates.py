"""Rows that repeat an `id` are found while the source is read once."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from plunk_import.mapping import load_mapping
from plunk_import.read import ORDINAL, open_source
from plunk_import.settings import Shard
from plunk_import.validate import DuplicateFinder, Job, compile_mapping
from tests.mapped import knowing_duplicates

MAPPING = """\
version: 1
email: email
event: event
id: {columns: [n], empty: send}
where: email <> 'out@example.com'
data: {n: n}
"""


def identities(first: int, ids: list[int]) -> pl.DataFrame:
    numbers = range(first, first + len(ids))
    return pl.DataFrame(
        {ORDINAL: numbers, "identity": ids},
        schema={ORDINAL: pl.UInt64, "identity": pl.Int128},
    )


@settings(max_examples=200)
@given(blocks=st.lists(st.lists(st.integers(-(2**127), 2**127 - 1) | st.integers(0, 9))))
def test_the_later_row_of_two_is_the_duplicate_however_rows_come(blocks: list[list[int]]) -> None:
    finder, seen, expected, ordinal = DuplicateFinder(), set[int](), list[int](), 1
    for block in blocks:
        repeated = []
        for place, one in enumerate(block, start=ordinal):
            if one in seen:
                repeated.append(place)
            seen.add(one)
        assert finder.add(identities(ordinal, block)).to_list() == repeated
        expected += repeated
        ordinal += len(block)
    assert finder.found().to_list() == expected


def test_ids_are_known_however_many_came_between() -> None:
    finder = DuplicateFinder()
    for start in range(0, 300_000, 10_000):
        ids = identities(start + 1, list(range(start, start + 10_000)))
        assert finder.add(ids).is_empty()
    again = identities(300_001, [0, 10_000, 299_999, 300_000])
    assert finder.add(again).to_list() == [300_001, 300_002, 300_003]


def job_of(folder: Path, rows: list[tuple[str, str, str]], block_bytes: int) -> Job:
    path, mapping = folder / "rows.csv", folder / "map.yaml"
    lines = [",".join(row) for row in rows]
    path.write_text("\n".join(["email,event,n", *lines]) + "\n", encoding="utf-8")
    mapping.write_text(MAPPING)
    loaded = load_mapping(mapping)
    source = open_source([path], loaded.mapping.source, block_bytes=block_bytes)
    return Job(loaded, source, compile_mapping(loaded, source.schema))


ADDRESSES = st.sampled_from(["a@example.com", "B@example.com", "nobody", "out@example.com"])
ROWS = st.tuples(
    ADDRESSES, st.sampled_from(["hi", "ho", ""]), st.sampled_from(["1", "2", "3", "1.0"])
)


@settings(max_examples=60)
@given(
    rows=st.lists(ROWS | st.just(("a@example.com", "hi", "")), min_size=1, max_size=40),
    block_bytes=st.sampled_from([40, 200, 4096]),
    shard=st.none() | st.builds(Shard, number=st.integers(1, 2), count=st.just(2)),
)
def test_a_pass_that_looks_for_duplicates_says_what_one_that_knows_them_says(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    block_bytes: int,
    shard: Shard | None,
) -> None:
    whole = job_of(tmp_path_factory.mktemp("rows"), rows, block_bytes)
    job = dataclasses.replace(whole, shard=shard)
    looking = list(job.judged(DuplicateFinder()))
    knowing = list(
        dataclasses.replace(job, duplicates=knowing_duplicates(whole).duplicates).judged()
    )
    assert [batch.filtered for batch in looking] == [batch.filtered for batch in knowing]
    for name in ("events", "rejects", "notices", "source"):
        frames = [
            pl.concat([getattr(batch, name) for batch in batches], how="diagonal")
            for batches in (looking, knowing)
            if batches
        ]
        assert all(frame.equals(frames[0]) for frame in frames)
