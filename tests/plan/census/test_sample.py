from collections.abc import Sequence

import polars as pl
import pytest

from plunk_import.plan.census.sample import Sample, SampledRow

SMALL = '{"email":"a@x.co","event":"e","data":{"n":1}}'


def add(sample: Sample, keys: Sequence[int], *, body: str = SMALL) -> None:
    rows = pl.DataFrame(
        {
            "_ordinal": keys,
            "_row": keys,
            "email": [f"p{key}@x.co" for key in keys],
            "body": [body] * len(keys),
        }
    )
    sample.add("f.csv", rows, pl.col("_ordinal"))


def taken(sample: Sample, keys: range, size: int) -> list[int]:
    for start in range(keys.start, keys.stop, size):
        add(sample, range(start, min(start + size, keys.stop)))
    return [row.number for row in sample.rows()]


def test_few_rows_are_all_taken() -> None:
    sample = Sample(most_rows=50)

    assert taken(sample, range(1, 41), 7) == list(range(1, 41))
    assert sample.stride == 1


@pytest.mark.parametrize("size", [1, 7, 100, 1_000])
def test_which_rows_are_taken_does_not_hang_on_the_batches(size: int) -> None:
    sample = Sample(most_rows=50)

    assert taken(sample, range(1, 1_001), size) == list(range(32, 1_001, 32))


def test_a_row_is_read_as_it_would_be_sent() -> None:
    sample = Sample()
    add(sample, [1], body='{"email":"a@x.co","event":"e","subscribed":true}')

    assert list(sample.rows()) == [SampledRow("f.csv", 1, "p1@x.co", {}, subscribed=True)]


def test_large_bodies_make_the_sample_smaller_and_huge_ones_are_left_out() -> None:
    large = '{"email":"a@x.co","event":"e","data":{"t":"' + "x" * 900 + '"}}'
    sample = Sample(most_bytes=100_000)
    add(sample, range(1, 501), body=large)
    add(sample, range(512, 1024), body=large.replace("x", "x" * 10))

    numbers = [row.number for row in sample.rows()]

    assert 10 <= len(numbers) <= 105
    assert max(numbers) <= 500


def test_equal_keys_cannot_fill_it() -> None:
    sample = Sample(most_rows=10)

    add(sample, [6] * 100)

    assert list(sample.rows()) == []
