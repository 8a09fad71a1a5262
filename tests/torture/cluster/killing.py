"""Kills the workers of a cluster, each at its moment."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from distributed import LocalCluster

from tests.torture.cluster.ordeal import WorkerKill

_LOOK_SECONDS = 0.05


@dataclass
class Killing:
    """The kills of an ordeal, done in a thread of their own."""

    cluster: LocalCluster
    kills: Sequence[WorkerKill]
    sent_share: Callable[[], float]
    """How much of all rows the server has seen."""
    done: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def at_work(self) -> Iterator["Killing"]:
        """Kill until all kills are done, or the block ends."""
        thread = threading.Thread(target=self._kill_all)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _kill_all(self) -> None:
        for kill in self.kills:
            while self.sent_share() < kill.sent_share:
                if self._over.wait(_LOOK_SECONDS):
                    return
            if self._over.wait(kill.delay_seconds):
                return
            self._kill(kill)

    def _kill(self, kill: WorkerKill) -> None:
        while not self._over.is_set():
            living = [nanny.pid for nanny in self.cluster.workers.values() if nanny.pid]
            if living:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(living[int(kill.draw * len(living))], signal.SIGKILL)
                    self.done += 1
                    return
            self._over.wait(_LOOK_SECONDS)
