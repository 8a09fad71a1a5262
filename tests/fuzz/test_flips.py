from pathlib import Path

import pytest

from plunk_import.mapping import SourceOptions
from plunk_import.read import open_source
from tests.fuzz.files import FILES, ROWS
from tests.fuzz.flips import GOOD, Flip, flips, outcome
from tests.fuzz.worker import outcomes


@pytest.mark.parametrize("name", FILES)
def test_file_without_damage_is_read_whole(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name]())
    source = open_source([tmp_path / name], SourceOptions())
    assert sum(batch.size for batch in source.batches()) == ROWS


def test_file_with_a_changed_byte_is_read_whole_or_refused_and_never_short(tmp_path: Path) -> None:
    found = list(outcomes(outcome, flips(10 * len(FILES), seed=10_000), tmp_path))
    assert [(flip, how) for flip, how in found if how not in GOOD] == []
    assert {how for _, how in found} == GOOD


def test_a_page_of_less_than_no_values_does_not_end_the_process(tmp_path: Path) -> None:
    """polars reserves memory for as many values as the header of a page says."""
    flip = Flip("brotli.parquet", 5_000_035)
    ((_, how),) = outcomes(outcome, [flip], tmp_path)
    assert how == "refused"
