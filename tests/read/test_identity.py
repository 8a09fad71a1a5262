import os
from pathlib import Path

import pytest

from plunk_import import SourceChangedError
from plunk_import.mapping import SourceOptions
from plunk_import.read import MOST_HELD, Source, open_source


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"a\n1\n")
    return file


@pytest.fixture
def source(file: Path) -> Source:
    return open_source([file], SourceOptions())


def touch(file: Path) -> None:
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000))


def test_file_left_alone_is_unchanged(source: Source) -> None:
    source.unchanged()
    source.fingerprint()
    source.unchanged()


def test_grown_file_is_changed(file: Path, source: Source) -> None:
    source.fingerprint()
    with file.open("ab") as more:
        more.write(b"2\n")
    with pytest.raises(SourceChangedError, match=r"rows\.csv: the file changed"):
        source.unchanged()


def test_other_content_of_the_same_size_is_changed(file: Path, source: Source) -> None:
    source.fingerprint()
    file.write_bytes(b"a\n2\n")
    touch(file)
    with pytest.raises(SourceChangedError):
        source.unchanged()


@pytest.mark.parametrize("is_replaced", [False, True], ids=["removed", "replaced"])
def test_a_file_whose_place_is_taken_is_read_on_and_said_to_be_displaced(
    is_replaced: bool, file: Path, source: Source, tmp_path: Path
) -> None:
    assert not source.displaced
    if is_replaced:
        (tmp_path / "other.csv").write_bytes(b"a\n2\n")
        (tmp_path / "other.csv").replace(file)
    else:
        file.unlink()
    source.unchanged()
    assert list(source.displaced) == [str(file)]
    assert [batch.frame["a"].to_list() for batch in source.batches()] == [["1"]]
    (place,) = source.kept_in(tmp_path / "copies")
    assert place.path.read_bytes() == b"a\n1\n"
    assert place.name == str(file)


def test_of_very_many_files_those_that_are_not_held_are_found_to_be_gone(tmp_path: Path) -> None:
    files = [tmp_path / f"{number:03}.csv" for number in range(MOST_HELD + 2)]
    for each in files:
        each.write_bytes(b"a\n1\n")
    source = open_source(files, SourceOptions())
    files[0].unlink()
    source.unchanged()
    files[-1].unlink()
    with pytest.raises(SourceChangedError, match=files[-1].name):
        source.unchanged()


def test_touched_file_is_unchanged_once_its_fingerprint_is_known(
    file: Path, source: Source
) -> None:
    source.fingerprint()
    touch(file)
    source.unchanged()


def test_file_touched_before_its_fingerprint_was_known_is_changed(
    file: Path, source: Source
) -> None:
    touch(file)
    with pytest.raises(SourceChangedError):
        source.unchanged()
    with pytest.raises(SourceChangedError):
        source.fingerprint()
