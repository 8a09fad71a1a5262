"""Group commits: writes of many callers reach the disk together, on one thread."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import anyio

T = TypeVar("T")

# So many writes need not wait for more.
_COMPANY = 8


class _Group(Generic[T]):
    """Writes that one commit makes durable, and those who wait for it."""

    def __init__(self) -> None:
        self.writes: list[T] = []
        self.failure: Exception | None = None
        self._done: anyio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_wanted(self) -> bool:
        return bool(self.writes) or self.is_awaited

    @property
    def is_awaited(self) -> bool:
        return self._done is not None

    def joined(self) -> anyio.Event:
        """Return the event that all who wait for this group share."""
        if self._done is None:
            self._done = anyio.Event()
            self._loop = asyncio.get_running_loop()
        return self._done

    def finish(self, failure: Exception | None) -> None:
        self.failure = failure
        if self._loop is not None and self._done is not None:
            # The loop of an interrupted run may be closed: then nobody waits any more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._done.set)


class Committer(Generic[T]):
    """One thread that commits whatever came in since its last commit.

    `commit` writes a group durably, or raises; it is called on the thread, in the order in which
    the writes came. After it has raised, the thread ends, `write` raises the same failure, and
    what could not be written is kept until `close`. `gather_seconds` is how long a commit waits
    for company, since flushing a disk costs the same for one write as for a hundred, and
    `linger_seconds` how long writes that nobody waits for may lie until a commit takes them along.
    Those who wait must run on asyncio.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[T]], None],
        *,
        gather_seconds: float = 0.001,
        linger_seconds: float = 0.15,
    ) -> None:
        self._unwritten: list[T] = []
        self._commit = commit
        self._gather_seconds = gather_seconds
        self._linger_seconds = linger_seconds
        self._group: _Group[T] = _Group()
        self._failure: Exception | None = None
        self._closing = self._is_asleep = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def enqueue(self, write: T) -> None:
        """Hand in one write for the next commit, without waiting; after a failure, keep it."""
        with self._changed:
            if self._failure is None:
                self._group.writes.append(write)
                if self._thread is None or self._is_asleep:
                    self._rouse()
            else:
                self._unwritten.append(write)

    async def write(self, writes: Sequence[T]) -> None:
        """Return once these writes, and all that came before them, are on the disk.

        Raises what the commit raised, now or earlier: then these writes are not on the disk.
        """
        with self._changed:
            if self._failure is not None:
                raise self._failure
            group = self._group
            group.writes.extend(writes)
            done = group.joined()
            self._rouse()
        await done.wait()
        if group.failure is not None:
            raise group.failure

    def close(self) -> list[T]:
        """Commit what still waits and end the thread; give what could not be written, in order."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        unwritten, self._unwritten = self._unwritten, []
        return unwritten

    def _rouse(self) -> None:
        if self._thread is None:
            # A daemon, so that an interpreter that ends by an error does not hang on it.
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _work(self) -> None:
        while (group := self._next()) is not None:
            failure = self._attempt(group)
            group.finish(failure)
            if failure is not None:
                return

    def _next(self) -> _Group[T] | None:
        """Wait for the next group; None when closing and everything is written."""
        with self._changed:
            if not self._lingers():
                self._is_asleep = True
                self._changed.wait_for(lambda: self._group.is_wanted or self._closing)
                self._is_asleep = False
                self._lingers()
            has_company = len(self._group.writes) >= _COMPANY
        if not (has_company or self._closing):
            time.sleep(self._gather_seconds)
        with self._changed:
            group, self._group = self._group, _Group()
        return group if group.is_wanted else None

    def _lingers(self) -> bool:
        """Wait for somebody who waits, but not for long; True where there is something to write.

        What comes meanwhile need not wake this thread.
        """
        self._changed.wait_for(
            lambda: self._group.is_awaited or self._closing, timeout=self._linger_seconds
        )
        return self._group.is_wanted or self._closing

    def _attempt(self, group: _Group[T]) -> Exception | None:
        try:
            self._commit(group.writes)
        except Exception as error:  # noqa: BLE001 - handed to everyone who waits
            with self._changed:
                self._failure = error
                late, self._group = self._group, _Group()
                self._unwritten += [*group.writes, *late.writes]
            late.finish(error)
            return error
        return None
