"""Copies of what cannot be read in place, as new files in one directory."""

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from plunk_import.errors import OutputError


class SpoolFile:
    """A new file in the spool directory; what cannot be written is raised as OutputError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self._file = tempfile.NamedTemporaryFile(dir=folder, prefix="copy-", delete=False)  # noqa: SIM115 - closed on exit
        except OSError as error:
            raise self._full(error) from error
        self.path = Path(self._file.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._file.close()
        except OSError as failure:
            raise self._full(failure) from failure

    def write(self, data: bytes) -> int:
        """Write all of it."""
        try:
            return self._file.write(data)
        except OSError as error:
            raise self._full(error) from error

    def flush_to_disk(self) -> None:
        """Have what was written on the disk: it may be all that a run can resume from."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._folder}: the input cannot be copied here: {error}. Make room, or allow "
            "writing; or give the input as a plain file, which is read in place."
        )
