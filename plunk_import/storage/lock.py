"""A lock file that only one process holds, for as long as it lives."""

import contextlib
import dataclasses
import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Self

from plunk_import.errors import OutputError, RunLockedError
from plunk_import.runtime import Clock, SystemClock

if sys.platform == "win32":
    import msvcrt

    # Windows forbids reading what is locked: lock a byte that the file never has.
    _LOCKED_BYTE = 1 << 30

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)

    def _is_held(descriptor: int) -> bool:  # noqa: ARG001 - as elsewhere
        return True  # there is no looking at a lock without taking it

else:
    import fcntl

    def _take(descriptor: int) -> None:
        # The kernel lets go of it when the process ends, however it ends. `lockf` would let go
        # already when any other descriptor of the file is closed.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _is_held(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


_PATH_OF_ADDRESS = re.compile(
    r"(\b[a-z][a-z0-9+.-]*://)(?:[^/@?#]*@)?([^/?#]+)[/?#].*", re.IGNORECASE
)


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as its file says to others."""

    pid: int
    host: str
    since: str
    """ISO 8601 with offset, in local time."""
    command: str

    @classmethod
    def myself(cls, now: datetime) -> Self:
        """Describe this process; the paths of web addresses are left out, which may be secrets."""
        arguments = (_PATH_OF_ADDRESS.sub(r"\1\2/…", argument) for argument in sys.argv[1:])
        command = shlex.join([Path(sys.argv[0]).name, *arguments])
        since = now.astimezone().isoformat(timespec="seconds")
        return cls(pid=os.getpid(), host=platform.node(), since=since, command=command)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Understand what a lock file says; None where it says nothing yet, or nonsense."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    def described(self, now: datetime) -> str:
        """Describe the holder to a person: `process 1234 (plunk-import run …, since 14:02)`."""
        since, today = datetime.fromisoformat(self.since), now.astimezone()
        moment = since.strftime("%H:%M" if since.date() == today.date() else "%Y-%m-%d %H:%M")
        place = "" if self.host == platform.node() else f" on {self.host}"
        return f"process {self.pid}{place} ({self.command}, since {moment})"


def worker_at(path: Path, now: datetime) -> str | None:
    """Describe the process at work that holds the lock file `path`; None where there is none.

    A process on this machine is known by its number. Whether one on another machine is alive,
    only the lock itself can tell, as far as the file system keeps locks for all machines.
    """
    holder = _holder(path)
    if holder is None or not _is_at_work(holder, path):
        return None
    return holder.described(now)


def _is_at_work(holder: Holder, path: Path) -> bool:
    if holder.host == platform.node():
        return _is_alive(holder.pid)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return True
    try:
        return _is_held(descriptor)
    finally:
        os.close(descriptor)


def _holder(path: Path) -> Holder | None:
    try:
        return Holder.read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # there a signal of 0 would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    return True


@contextlib.contextmanager
def locked(path: Path, *, what: str | None = None, clock: Clock | None = None) -> Iterator[None]:
    """Hold the lock file `path` during the block; it stays there afterwards, empty.

    `what` names what it guards in the error, by default the directory it stands in. Raises
    RunLockedError where another process, or another part of this one, holds it, and OutputError
    where it cannot be made.
    """
    now = (clock or SystemClock()).wall()
    what = what or f"run directory {path.parent}"
    try:
        descriptor = _opened_and_taken(path)
    except BlockingIOError:
        raise RunLockedError(_refusal(path, what, now)) from None
    except OSError as error:
        raise OutputError(
            f"{path}: {what} cannot be locked ({error.strerror or error}). Check the permissions; "
            "a network drive may not know locks: then choose a local directory."
        ) from error
    try:
        _say(descriptor, json.dumps(dataclasses.asdict(Holder.myself(now))))
        yield
    finally:
        _say(descriptor, "")
        os.close(descriptor)


def _opened_and_taken(path: Path) -> int:
    """Open and lock the file; again, where it was removed in between and others would lock anew."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(descriptor)
            if _stands_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _stands_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _say(descriptor: int, text: str) -> None:
    """Leave word for others, as far as a full disk lets us: the lock itself holds without it."""
    with contextlib.suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, text.encode())


def _refusal(path: Path, what: str, now: datetime) -> str:
    holder = _holder(path)
    by = holder.described(now) if holder else "another process"
    return f"{what} is in use by {by}. Wait for it to end, or stop it."
