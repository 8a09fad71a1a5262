"""How far all shards of an import have come, as their workers tell it."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from plunk_import.runtime import Clock, Phase
from plunk_import.settings import Shard

Say: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Takes a message of plain values to whoever watches."""

SENDING = "sending"
_EVERY_SECONDS = 1.0
_DETAILS = ("rejects", "in doubt")


class ShardProgress:
    """Tells whoever watches how far a shard is; now and then, for a cluster has more to say."""

    def __init__(self, shard: Shard, say: Say, clock: Clock) -> None:
        self._shard = shard
        self._say = say
        self._clock = clock

    @contextlib.contextmanager
    def phase(self, name: str, total: int | None) -> Iterator[Phase]:
        """Begin a stretch of work."""
        yield _ShardPhase(self._shard, self._say, self._clock, name, total)


class _ShardPhase:
    def __init__(self, shard: Shard, say: Say, clock: Clock, name: str, total: int | None) -> None:
        self._about = {"shard": shard.number, "phase": name, "total": total}
        self._say = say
        self._clock = clock
        self._last = clock.now()
        say({**self._about, "rows": 0})

    def reached(self, rows: int, **details: int | str) -> None:
        if self._clock.now() - self._last >= _EVERY_SECONDS:
            self._last = self._clock.now()
            counts = {name: details[name] for name in _DETAILS if name in details}
            self._say({**self._about, "rows": rows, **counts})


class AllShards:
    """Adds up what the shards say, for one line of progress.

    Args:
        settled: How many rows earlier commands have settled already.

    """

    def __init__(self, settled: int = 0) -> None:
        self._settled = settled
        self._latest: dict[int, Mapping[str, Any]] = {}
        self._first_left: dict[int, int] = {}
        self._left: dict[int, int] = {}

    def hear(self, event: tuple[float, Mapping[str, Any]]) -> None:
        """Take a message of a shard, as the cluster hands it on."""
        message = event[1]
        shard = message["shard"]
        self._latest[shard] = message
        if message["phase"] == SENDING and message["total"] is not None:
            left = message["total"] - message["rows"]
            self._first_left.setdefault(shard, message["total"])
            self._left[shard] = left

    def show(self, phase: Phase) -> None:
        """Tell how far all of them are together."""
        done = sum(self._first_left[shard] - left for shard, left in self._left.items())
        counts = {name: self._sum(name) for name in _DETAILS}
        phase.reached(self._settled + done, **{"shards begun": len(self._latest)}, **counts)

    def _sum(self, name: str) -> int:
        return sum(message.get(name, 0) for message in self._latest.values())
