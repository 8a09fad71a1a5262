"""A disk that keeps through a power cut only what it was told to: contents that were synced."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BY_SQLITE = ".sqlite"
"""SQLite syncs its own files, where Python does not see it."""
_MEANT_TO_GO = ".lock"


class Disk:
    """Knows of every file what was synced of it, and which files a power cut would leave empty."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, int]] = {}

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """See what is synced meanwhile, by whatever process of the world."""
        real = os.fsync

        def fsync(fd: Any) -> None:  # noqa: ANN401 - as the real one
            real(fd)
            found = os.fstat(fd)
            self._kept[found.st_ino] = _content(found)

        os.fsync = fsync
        try:
            yield
        finally:
            os.fsync = real

    def lost(self, directory: Path) -> list[str]:
        """List the files in a directory whose names would outlive a power cut, but not they."""
        return sorted(
            path.name
            for path in directory.glob("*")
            if path.is_file() and not self._keeps(path)
            if _BY_SQLITE not in path.name and not path.name.endswith(_MEANT_TO_GO)
        )

    def _keeps(self, path: Path) -> bool:
        found = path.stat()
        return self._kept.get(found.st_ino) == _content(found)


def _content(found: os.stat_result) -> tuple[int, int]:
    """Tell one content of a file from a later one."""
    return found.st_size, found.st_mtime_ns
