import os
from pathlib import Path

import pytest

from plunk_import import SourceChangedError
from plunk_import.mapping import SourceOptions
from plunk_import.read import Source, open_source


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


def test_removed_file_is_changed(file: Path, source: Source) -> None:
    file.unlink()
    with pytest.raises(SourceChangedError):
        source.unchanged()
    with pytest.raises(SourceChangedError):
        source.fingerprint()


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
