"""Files held open: what was opened is read to its end, whatever takes its place."""

import os
from pathlib import Path
from typing import BinaryIO

from plunk_import.read.failures import file_failures

MOST_HELD = 100
"""Of very many files only so many are held, lest no more can be opened."""

_DESCRIPTORS = Path("/proc/self/fd")


class HeldFile:
    """One file, open from now on until it is closed.

    Where the system has paths of open files, as Linux has, `path` is such a one, and leads to the
    file itself when another has been moved to its place. Elsewhere it is the file's own path:
    Windows lets nobody replace an open file, and others are found out by their `FileIdentity`.
    """

    def __init__(self, path: Path, *, name: str, is_held: bool) -> None:
        self._found_at = path
        self._file: BinaryIO | None = None
        if is_held:
            with file_failures(name):
                self._file = path.open("rb")
        self.path = self._path_of_open_file() or path

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    @property
    def is_displaced(self) -> bool:
        """Whether its path leads to another file now, or to none."""
        if self._file is None or self._file.closed:
            return False
        try:
            return not os.path.samestat(self._found_at.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return True

    def _path_of_open_file(self) -> Path | None:
        if self._file is None:
            return None
        path = _DESCRIPTORS / str(self._file.fileno())
        try:
            return path if os.path.samestat(path.stat(), os.fstat(self._file.fileno())) else None
        except OSError:
            return None
