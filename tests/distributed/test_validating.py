"""Files judged on a cluster get the report of one process."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

import plunk_import
from plunk_import import MappingError, SourceError, StoppedError
from plunk_import.distributed import JobOrder, validate_file
from plunk_import.errors import ExitCode, Problem
from plunk_import.validate import open_job
from tests.distributed.conftest import MAPPING

MEGABYTES = 70


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two parts, with rejects in both and ids that repeat across them."""
    path = tmp_path_factory.mktemp("large") / "rows.csv"
    padding = "x" * 20_000
    with path.open("w") as file:
        file.write("email,n,keep,note\n")
        for number in range(MEGABYTES * 50):
            contact = "nobody" if number % 700 == 3 else f"p{number % 90}@example.com"
            file.write(f"{contact},{number % 3_300},{int(number % 50 != 0)},{padding}\n")
    return path


def told(report: plunk_import.Report) -> dict[str, Any]:
    said = report.model_dump(exclude={"started", "finished", "directory"})
    said["estimate"].pop("ends")
    return said


def test_the_report_and_the_rejects_are_those_of_one_process(
    cluster: Client, large: Path, tmp_path: Path
) -> None:
    mapping = {**MAPPING, "data": {"n": "n", "note": "keep"}}
    here = plunk_import.validate_file(large, mapping, directory=tmp_path / "here", show=2)
    there = validate_file(large, mapping, client=cluster, directory=tmp_path / "there", show=2)
    assert told(there) == told(here)
    assert there.books.rejected > 100
    rejects = [(tmp_path / place / "rejects.csv").read_bytes() for place in ("here", "there")]
    assert rejects[0] == rejects[1]


def test_small_files_are_judged_too(cluster: Client, sources: list[Path], tmp_path: Path) -> None:
    here = plunk_import.validate_file(sources, MAPPING, directory=tmp_path / "here")
    there = validate_file(sources, MAPPING, client=cluster, directory=tmp_path / "there")
    assert told(there) == told(here)
    assert there.exit_code is ExitCode.INCOMPLETE


def test_a_worker_that_sees_another_file_says_so(sources: list[Path]) -> None:
    order = JobOrder.of(open_job([str(path) for path in sources], MAPPING))
    order.require_same_files()
    with sources[1].open("a") as file:
        file.write("more\n")
    with pytest.raises(SourceError, match=r"a\.csv: on this worker's machine it is not the file"):
        order.require_same_files()


def test_an_expression_that_fails_there_is_told_here(
    cluster: Client, large: Path, tmp_path: Path
) -> None:
    mapping = {**MAPPING, "where": "CAST(email AS INT) > 0"}
    with pytest.raises(MappingError, match=r"where: .*cannot be worked out"):
        validate_file(large, mapping, client=cluster, directory=tmp_path / "there")


@pytest.mark.parametrize(
    "error",
    [
        MappingError((Problem("m.yaml", 3, "where", "it is wrong"),)),
        StoppedError("interrupted", ExitCode.INTERRUPTED),
    ],
    ids=["mapping", "stopped"],
)
def test_errors_travel_whole(error: Exception) -> None:
    came = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (str(came), vars(came)) == (str(error), vars(error))
