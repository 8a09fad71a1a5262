import os
from pathlib import Path

import pytest

from tests.simulation.disk import Disk


def written(path: Path, content: str, *, synced: bool) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        if synced:
            os.fsync(stream.fileno())


@pytest.mark.parametrize(("synced", "lost"), [(True, []), (False, ["report.json"])])
def test_a_power_cut_takes_what_was_not_synced_before_it_got_its_name(
    tmp_path: Path, synced: bool, lost: list[str]
) -> None:
    disk = Disk()
    with disk.watched():
        written(tmp_path / "draft", "{}", synced=synced)
        (tmp_path / "draft").replace(tmp_path / "report.json")
    assert disk.lost(tmp_path) == lost


def test_what_is_written_after_a_file_was_synced_is_lost(tmp_path: Path) -> None:
    disk = Disk()
    with disk.watched():
        written(tmp_path / "report.json", "{}", synced=True)
    written(tmp_path / "report.json", "{'later': 1}", synced=False)
    assert disk.lost(tmp_path) == ["report.json"]


def test_sqlite_and_locks_look_after_themselves(tmp_path: Path) -> None:
    for name in ("journal.sqlite", "journal.sqlite-wal", ".lock"):
        written(tmp_path / name, "x", synced=False)
    assert Disk().lost(tmp_path) == []
