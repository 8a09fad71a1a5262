"""Rejects, doubts and results of a report, read whole from its files."""

from pathlib import Path

import polars as pl
import pytest

import plunk_import
from plunk_import import Report, RunDirectoryError, SandboxSettings, SendSettings

MAPPING = {"version": 1, "email": "email", "event": {"const": "e"}, "data": {"n": "n"}}
MANY = 300


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A run of which every third row is rejected."""
    folder = tmp_path_factory.mktemp("run")
    cells = (f"{'nobody' if n % 3 == 0 else f'p{n}@example.com'},00{n}" for n in range(MANY))
    (folder / "rows.csv").write_text("email,n\n" + "\n".join(cells) + "\n")
    return plunk_import.import_file(
        folder / "rows.csv",
        MAPPING,
        directory=folder / "run",
        sandbox=SandboxSettings(),
        settings=SendSettings(rate="unlimited"),
    )


def test_rejects_are_complete_where_the_report_has_samples(report: Report) -> None:
    frame = report.rejects_frame()
    assert frame.height == report.books.rejected == MANY / 3
    assert sum(len(one.examples) for one in report.rejects.values()) < frame.height
    assert frame["_row"].to_list() == list(range(1, MANY + 1, 3))
    assert {"email", "n", "_code", "_field", "_message"} < set(frame.columns)
    assert frame["n"][1] == "003"


def test_rejects_are_iterated_over_as_dicts(report: Report) -> None:
    rows = list(report.iter_rejects())
    assert rows == report.rejects_frame().to_dicts()
    assert rows[0]["_code"] == "invalid_email"


def test_results_are_a_frame(report: Report) -> None:
    results = report.results_frame()
    assert results.height == report.books.delivered
    assert results.schema["row"] == pl.UInt64


def test_a_run_without_doubts_has_an_empty_frame_of_them(report: Report) -> None:
    assert {"email", "n", "_reason", "_request_id"} < set(report.doubts_frame().columns)
    assert list(report.iter_doubts()) == []


def test_rejects_of_typed_rows_keep_their_types(tmp_path: Path) -> None:
    rows = pl.DataFrame({"email": ["nobody"], "n": [2**60]})
    found = plunk_import.validate_file(rows, MAPPING, directory=tmp_path / "run")
    frame = found.rejects_frame()
    assert frame.schema["n"] == pl.Int64
    assert frame["n"].to_list() == [2**60]


def test_rejects_can_be_mended_and_sent_as_rows(report: Report, tmp_path: Path) -> None:
    mended = report.rejects_frame().with_columns(email=pl.lit("mended@example.com"))
    again = plunk_import.validate_file(mended, MAPPING, directory=tmp_path / "run")
    assert again.books.pending == report.books.rejected


def test_files_that_are_gone_are_an_error_of_ours_with_the_remedy(report: Report) -> None:
    moved = report.model_copy(update={"directory": f"{report.directory}-moved"})
    with pytest.raises(RunDirectoryError, match=r"rejects\.csv is not there: .*status .* --write"):
        moved.rejects_frame()
    with pytest.raises(RunDirectoryError, match="nothing was written"):
        list(report.model_copy(update={"directory": None}).iter_doubts())
