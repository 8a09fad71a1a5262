from pathlib import Path

import pytest

from plunk_import import OutputError
from plunk_import.mapping import SourceOptions
from plunk_import.read import open_source


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is full")
@pytest.mark.parametrize("size", [1, 1 << 20], ids=["on closing", "on writing"])
def test_full_disk_is_an_output_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - closed by the file under test
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda **_: full)
    file = tmp_path / "rows.json"
    file.write_bytes(b'[{"a": "' + b"x" * size + b'"}]')
    with pytest.raises(OutputError, match=r"the input cannot be copied here: .*No space left"):
        open_source([file], SourceOptions())
