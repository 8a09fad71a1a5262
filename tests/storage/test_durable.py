"""Files of a run reach the disk whole, and what fails is told with its remedy."""

import errno
import os
from pathlib import Path

import polars as pl
import pytest

from plunk_import.errors import OutputError
from plunk_import.storage import replacing, writing


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_bytes(b"before")

    def fail() -> None:
        with replacing(path) as stream:
            stream.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_bytes() == b"before"
    with replacing(path) as stream:
        stream.write(b"whole")
    assert path.read_bytes() == b"whole"
    assert [p.name for p in tmp_path.iterdir()] == ["results.csv"]


def test_a_full_disk_is_told_with_the_file_and_the_remedy(tmp_path: Path) -> None:
    def fill() -> None:
        full = Path("/dev/full")
        with replacing(tmp_path / "results.csv"), full.open("wb", buffering=0) as stream:
            stream.write(b"x")

    with pytest.raises(OutputError, match=r"results\.csv cannot be written: no space left.*-o"):
        fill()


def test_content_is_on_the_disk_before_the_name_and_the_name_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "results.csv", list[str]()

    def fsync(descriptor: int) -> None:
        here = (tmp_path, *tmp_path.iterdir())
        inode = os.fstat(descriptor).st_ino
        steps.extend(f"fsync {one.name}" for one in here if one.stat().st_ino == inode)

    def replace(source: Path, target: Path) -> None:
        steps.append(f"{source.name} holds {source.read_text()}")
        source.rename(target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    with replacing(path) as stream:
        stream.write(b"whole")
    assert steps == [
        "fsync results.csv.part",
        "results.csv.part holds whole",
        f"fsync {tmp_path.name}",
    ]


REMEDIES = {
    "full": (errno.ENOSPC, "no space left on device. Free some space"),
    "over quota": (errno.EDQUOT, "disk quota exceeded. Free some space"),
    "read-only": (errno.EROFS, "read-only file system. Its file system is read-only"),
    "forbidden": (errno.EACCES, "permission denied. Allow writing there"),
    "too many open files": (errno.EMFILE, "too many open files. .*ulimit -n"),
    "too many in the machine": (errno.ENFILE, "too many open files in system. Close"),
    "broken": (errno.EIO, "input/output error. Check the health of the disk"),
    "anything else": (errno.ELOOP, "too many levels of symbolic links. Choose another"),
}


@pytest.mark.parametrize(("number", "message"), REMEDIES.values(), ids=REMEDIES)
def test_each_cause_has_its_own_remedy(number: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    message = f"results.csv cannot be written: {message}"
    with pytest.raises(OutputError, match=message) as caught, writing(path):
        raise OSError(number, os.strerror(number))
    assert ("Free some space" in str(caught.value)) == (number in {errno.ENOSPC, errno.EDQUOT})


def test_what_polars_could_not_write_is_told_in_the_same_words(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["x" * 100] * 1_000})
    path = tmp_path / "rejects.parquet"
    for write in (frame.write_csv, frame.lazy().sink_parquet):
        message = "rejects.parquet cannot be written: no space left on device. Free"
        with pytest.raises(OutputError, match=message), writing(path):
            write("/dev/full")


def test_the_file_that_failed_is_named_though_others_are_written_beside_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.with_name("first.part").symlink_to("/dev/full")

    def write() -> None:
        with replacing(first) as stream, replacing(second), writing(first):
            stream.write(b"x" * 1_000_000)

    with pytest.raises(OutputError, match="first cannot be written"):
        write()
    assert list(tmp_path.iterdir()) == []
