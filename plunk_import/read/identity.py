"""Whether a file is still the one that was opened."""

import hashlib
from pathlib import Path

from plunk_import.errors import SourceChangedError, SourceError

_SMALL_BYTES = 256 << 10
"""What is read at once: a buffer to read piece by piece costs more than a small file."""


class FileIdentity:
    """One file as it was on opening: size, time of change, inode, and a digest once asked for."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._path = path
        self._name = name
        self._digest: bytes | None = None
        try:
            self._state = _state(path)
        except OSError as error:
            raise SourceError(f"{name}: cannot be read: {error}. Check the path.") from error

    @property
    def size_bytes(self) -> int:
        """How large the file was on opening."""
        return self._state[0]

    def digest(self) -> bytes:
        """Return the SHA-256 of the content as it was on opening; computed once."""
        if self._digest is None:
            digest = self._read_digest()
            if self._current_state() != self._state:
                raise self._changed()
            self._digest = digest
        return self._digest

    def require_unchanged(self) -> None:
        """Raise SourceChangedError unless the content is that of opening.

        A file that was only touched counts as unchanged once its digest is known.
        """
        state = self._current_state()
        if state == self._state:
            return
        if (
            self._digest is None
            or state[0] != self._state[0]
            or self._read_digest() != self._digest
        ):
            raise self._changed()
        self._state = state

    def _current_state(self) -> tuple[int, int, int]:
        try:
            return _state(self._path)
        except OSError as error:
            raise self._changed() from error

    def _read_digest(self) -> bytes:
        try:
            with self._path.open("rb", buffering=0) as file:
                if self.size_bytes > _SMALL_BYTES:
                    return hashlib.file_digest(file, "sha256").digest()
                return hashlib.sha256(file.readall()).digest()
        except OSError as error:
            raise self._changed() from error

    def _changed(self) -> SourceChangedError:
        return SourceChangedError(
            f"{self._name}: the file changed while it was in use. Wait until it is written "
            "completely, or import a copy of it, and start again."
        )


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino
