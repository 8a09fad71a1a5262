"""How a journal's writes are gathered into commits: a thread's work, which a world may replace."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

_Write = TypeVar("_Write")


class GroupCommits(Protocol[_Write]):
    """What makes writes durable together: the journal's own thread, or a simulation's loop."""

    def enqueue(self, write: _Write) -> None:
        """Hand in one write for the next commit, without waiting; after a failure, keep it."""

    async def write(self, writes: Sequence[_Write]) -> None:
        """Return once these writes, and all that came before them, are on the disk."""

    def close(self) -> list[_Write]:
        """Commit what still waits; give what could not be written, in order."""
        ...


CommitterKind: TypeAlias = Callable[[Callable[[Sequence[Any]], None]], GroupCommits[Any]]
"""Makes, from what commits a group of writes, what gathers them."""
