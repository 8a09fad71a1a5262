"""What a cell costs in wide files, counted in calls: times say nothing on a shared machine."""

import cProfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from plunk_import import SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import open_source

WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "csv": lambda frame, path: frame.write_csv(path),
    "ndjson": lambda frame, path: frame.write_ndjson(path),
    "parquet": lambda frame, path: frame.write_parquet(path),
}


def calls(path: Path) -> int:
    """Count the functions that are called to read a file."""
    profile = cProfile.Profile()
    with profile:
        rows = sum(batch.size for batch in open_source([path], SourceOptions()).batches())
    assert rows == 2
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("ending", WRITERS)
def test_ten_times_the_columns_cost_about_ten_times_as_much(ending: str, tmp_path: Path) -> None:
    counts: list[int] = []
    for width in (300, 300, 3_000):
        path = tmp_path / f"{len(counts)}.{ending}"
        frame = pl.DataFrame({f"c{at}": [f"x{at}", "y"] for at in range(width)})
        WRITERS[ending](frame, path)
        counts.append(calls(path))
    assert counts[2] <= 12 * counts[1]


def test_more_columns_than_any_table_has_are_refused_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text("{" + ",".join(f'"c{at}":1' for at in range(50_001)) + "}\n")
    with pytest.raises(SourceError, match=r"a\.ndjson: there are 50,001 columns"):
        open_source([tmp_path / "a.ndjson"], SourceOptions())


@pytest.mark.ordeal
def test_more_files_than_one_import_reads_are_refused(tmp_path: Path) -> None:
    for number in range(20_001):
        (tmp_path / f"{number}.csv").touch()
    with pytest.raises(SourceError, match=r"there are 20,001 files, and 20,000 are the most"):
        open_source([tmp_path], SourceOptions())
