from datetime import UTC, datetime
from pathlib import Path

import pytest

from plunk_import.errors import RunDirectoryError
from plunk_import.storage import RunDirectory, claimed, open_directory

NOW = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)


def claim(wanted: Path | None) -> RunDirectory:
    with claimed(wanted, name="orders", now=NOW) as place:
        return place


def test_without_a_wish_a_run_gets_a_directory_named_by_its_source_and_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = claim(None)
    assert place.path == Path("runs/orders-20260301-040506")
    assert place.path.is_dir()


def test_two_runs_of_one_second_do_not_share_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [claim(None).path.name for _ in range(3)]
    assert names == [f"orders-20260301-040506{suffix}" for suffix in ("", "-2", "-3")]


def test_only_its_owner_may_look_into_a_new_directory(tmp_path: Path) -> None:
    place = claim(tmp_path / "deep" / "run")
    assert place.path.stat().st_mode & 0o777 == 0o700


def test_a_directory_with_a_run_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").touch()
    assert claim(tmp_path).holds_run


def test_what_a_run_left_that_ended_before_its_journal_is_no_hindrance(tmp_path: Path) -> None:
    for name in (".lock", *(f"journal.sqlite.new{end}" for end in ("", "-wal", "-shm"))):
        (tmp_path / name).touch()
    assert not claim(tmp_path).holds_run


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("results.csv", "gone.*send again all that this run delivered", id="results"),
        pytest.param("journal.sqlite-wal", "gone.*send again all", id="the journal's log"),
        pytest.param("report.json", "earlier validation.*leave -o out", id="a validation"),
        pytest.param("notes.txt", "other files.*leave -o out", id="anything else"),
    ],
)
def test_a_directory_without_a_journal_is_refused(
    content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / content).touch()
    with pytest.raises(RunDirectoryError, match=message):
        claim(tmp_path)


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(RunDirectoryError, match="is a file, not a directory"):
        claim(tmp_path / "run")


def test_opening_what_is_no_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match=r"no journal\.sqlite"):
        open_directory(tmp_path)
