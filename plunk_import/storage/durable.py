"""Writing the files of a run: they reach the disk, and what fails is told with its remedy."""

import contextlib
import errno
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from polars.exceptions import PolarsError

from plunk_import.errors import OutputError

_FULL = "Free some space, or choose another directory with -o."
_REMEDIES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: "Its file system is read-only: choose another directory with -o.",
    errno.EACCES: "Allow writing there, or choose another directory with -o.",
    errno.EPERM: "Allow writing there, or choose another directory with -o.",
    errno.EMFILE: "Close other programs, or raise the limit with `ulimit -n 4096`.",
    errno.ENFILE: "Close other programs: the whole machine has no more to give.",
    errno.EIO: "Check the health of the disk, or choose another directory with -o.",
    errno.EFBIG: "Its file system holds no file of that size: choose another directory with -o.",
}
_OTHER_REMEDY = "Choose another directory with -o."
_COPIED_BYTES = 1 << 20
_ERRNO_IN_TEXT = re.compile(r"\(os error (\d+)\)")


def write_error(path: Path, error: Exception, *, what: str = "") -> OutputError:
    """Say which file could not be written, why, and what to do about that cause.

    Args:
        path: The file.
        error: What the system or polars raised.
        what: What the file is, where its name does not say it.

    """
    number = _errno_of(error)
    cause = os.strerror(number) if number is not None else str(error)
    subject = f"{path}: the {what}" if what else str(path)
    remedy = _REMEDIES.get(number or 0, _OTHER_REMEDY)
    return OutputError(f"{subject} cannot be written: {cause[:1].lower()}{cause[1:]}. {remedy}")


def _errno_of(error: Exception) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    # polars tells the number in its text alone.
    found = _ERRNO_IN_TEXT.search(str(error))
    return int(found[1]) if found else None


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise OutputError about this file for whatever the system or polars raises in the block."""
    try:
        yield
    except OSError as error:
        raise write_error(path, error) from error
    except PolarsError as error:
        if _errno_of(error) is None:
            raise
        raise write_error(path, error) from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write a file of the run beside its place, then move it there: it is whole or not there.

    Its content is on the disk before its name is, so that a power cut leaves the file of before
    or all of this one.
    """
    part = path.with_name(path.name + ".part")
    with writing(path):
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(descriptor)
            os.replace(part, path)  # noqa: PTH105 - the same, and tests see it beside fsync
            sync_directory(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def copy_bytes(path: Path, stream: IO[bytes], start: int, stop: int) -> None:
    """Append the bytes of a file from `start` to `stop` to a stream."""
    with path.open("rb") as source:
        source.seek(start)
        while start < stop:
            block = source.read(min(_COPIED_BYTES, stop - start))
            if not block:
                raise OSError(errno.EIO, "shorter than it was", str(path))
            stream.write(block)
            start += len(block)


def sync_directory(path: Path) -> None:
    """Have the names in a directory on the disk; Windows does that by itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
