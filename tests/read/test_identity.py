import hashlib
import os
from pathlib import Path

import pytest

from plunk_import.errors import SourceChangedError, SourceError
from plunk_import.read.identity import FileIdentity


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"a\n1\n")
    return file


def touch(file: Path) -> None:
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000))


def test_digest_is_that_of_the_content(file: Path) -> None:
    digest = FileIdentity(file, name="rows.csv").digest()
    assert digest == hashlib.sha256(b"a\n1\n").digest()


def test_file_left_alone_is_unchanged(file: Path) -> None:
    identity = FileIdentity(file, name="rows.csv")
    identity.require_unchanged()
    identity.digest()
    identity.require_unchanged()


def test_grown_file_is_changed(file: Path) -> None:
    identity = FileIdentity(file, name="rows.csv")
    identity.digest()
    with file.open("ab") as more:
        more.write(b"2\n")
    with pytest.raises(SourceChangedError, match=r"rows\.csv: the file changed"):
        identity.require_unchanged()


def test_other_content_of_the_same_size_is_changed(file: Path) -> None:
    identity = FileIdentity(file, name="rows.csv")
    identity.digest()
    file.write_bytes(b"a\n2\n")
    touch(file)
    with pytest.raises(SourceChangedError):
        identity.require_unchanged()


def test_removed_file_is_changed(file: Path) -> None:
    identity = FileIdentity(file, name="rows.csv")
    file.unlink()
    with pytest.raises(SourceChangedError):
        identity.require_unchanged()
    with pytest.raises(SourceChangedError):
        identity.digest()


def test_touched_file_is_unchanged_once_its_digest_is_known(file: Path) -> None:
    identity = FileIdentity(file, name="rows.csv")
    identity.digest()
    touch(file)
    identity.require_unchanged()


def test_file_touched_before_its_digest_was_known_is_changed(file: Path) -> None:
    identity = FileIdentity(file, name="rows.csv")
    touch(file)
    with pytest.raises(SourceChangedError):
        identity.require_unchanged()
    with pytest.raises(SourceChangedError):
        identity.digest()


def test_missing_file_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        FileIdentity(tmp_path / "nope", name="nope")
