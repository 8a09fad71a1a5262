from pathlib import Path

import pytest

from plunk_import.errors import OutputError
from plunk_import.read.spool import SpoolFile


def test_what_is_written_stays(tmp_path: Path) -> None:
    with SpoolFile(tmp_path) as file:
        file.write(b"a")
        file.write(b"b")
    assert file.path.parent == tmp_path
    assert file.path.read_bytes() == b"ab"


def test_missing_directory_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nope: the input cannot be copied here"):
        SpoolFile(tmp_path / "nope")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is full")
@pytest.mark.parametrize("size", [1, 1 << 20], ids=["on closing", "on writing"])
def test_full_disk_is_an_output_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - closed by the file under test
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda **_: full)

    def write() -> None:
        with SpoolFile(tmp_path) as file:
            file.write(b"x" * size)

    with pytest.raises(OutputError, match="No space left"):
        write()
