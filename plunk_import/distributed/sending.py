"""Has the shards of an import sent by the workers of a cluster, and waits for their end."""

import contextlib
import dataclasses
import secrets
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.distributed.placement import Placement
from plunk_import.distributed.shard_task import (
    ShardEnd,
    ShardOrder,
    directory_of,
    send_shard,
    write_wish,
)
from plunk_import.distributed.watching import AllShards
from plunk_import.errors import ExitCode, StoppedError
from plunk_import.runtime import Phase, Runtime, StopRequest
from plunk_import.settings import Shard
from plunk_import.storage import RowState, RunDirectory, reading_journal, worker_at

if TYPE_CHECKING:
    from distributed import Client, Future

_LOOK_SECONDS = 0.25


class Sending:
    """The tasks of one import on a cluster: one a shard."""

    def __init__(self, client: "Client", placement: Placement, runtime: Runtime) -> None:
        self._client = client
        self._placement = placement
        self._runtime = runtime
        self._ended = threading.Event()

    def carry_out(self, order: ShardOrder, shards: int, *, valid: int) -> list[ShardEnd]:
        """Send every shard; wait until all of them have ended, well or not.

        Args:
            order: What is the same for all shards.
            shards: How many there are.
            valid: How many rows are to be sent by all of them together.

        Raises:
            StoppedError: The cluster is gone.

        """
        orders = [_order_of(order, Shard(number, shards)) for number in range(1, shards + 1)]
        with (
            self._listening(order, AllShards(_settled(orders, self._runtime))) as heard,
            _stop_file(order.directory / order.stop_file),
            self._runtime.progress.phase("sending", valid) as phase,
        ):
            tasks = {each.shard: _Task(each, self._submitted(each)) for each in orders}
            return self._ends(tasks, order.directory / order.stop_file, heard, phase)

    @contextlib.contextmanager
    def _listening(self, order: ShardOrder, shards: AllShards) -> Iterator[AllShards]:
        self._client.subscribe_topic(order.token, shards.hear)
        try:
            yield shards
        finally:
            self._client.unsubscribe_topic(order.token)

    def _submitted(self, order: ShardOrder) -> "Future[ShardEnd]":
        # A name of its own for each: what a cluster remembers of an earlier one is no answer.
        name = f"plunk-import-{order.place.name}-{secrets.token_hex(4)}"
        future = self._client.submit(
            send_shard,
            order,
            key=name,
            **self._placement.options(),
        )
        future.add_done_callback(lambda _: self._ended.set())
        return future

    def _ends(
        self, tasks: "dict[Shard, _Task]", stop_file: Path, heard: AllShards, phase: Phase
    ) -> list[ShardEnd]:
        ends: dict[Shard, ShardEnd] = {}
        while len(ends) < len(tasks):
            with self._stopping_on_interrupt():
                for shard, task in tasks.items():
                    if shard not in ends and (end := self._end_of(task)) is not None:
                        ends[shard] = end
                if self._runtime.stop.request is not None and not stop_file.exists():
                    write_wish(stop_file, self._runtime.stop.request)
                heard.show(phase)
                self._ended.wait(_LOOK_SECONDS)
                self._ended.clear()
        return [ends[shard] for shard in tasks]

    @contextlib.contextmanager
    def _stopping_on_interrupt(self) -> Iterator[None]:
        """Have the shards stop in good order on a first Ctrl-C; a second one is not waited for."""
        try:
            yield
        except KeyboardInterrupt:
            if self._runtime.stop:
                raise
            self._runtime.stop.ask(StopRequest(ExitCode.INTERRUPTED, "interrupted"))

    def _end_of(self, task: "_Task") -> ShardEnd | None:
        """Take a task's end; one whose workers died again and again is submitted once more."""
        status = task.future.status
        if status == "pending":
            return None
        if status == "finished":
            end: ShardEnd = task.future.result()
            return end
        if status != "error":
            raise StoppedError(
                "The cluster has dropped the import. Its shards stop by themselves; run the same "
                "command with the same directory again, and they go on from their journals."
            )
        error = task.future.exception()
        if task.tries >= self._placement.retries or self._runtime.stop:
            return ShardEnd(task.order.shard, ExitCode.STOPPED, _failure(error))
        task.tries += 1
        task.future = self._submitted(task.order)
        return None


@dataclasses.dataclass(slots=True)
class _Task:
    """A shard's task, and how often it was submitted again."""

    order: ShardOrder
    future: "Future[ShardEnd]"
    tries: int = 0


def _order_of(order: ShardOrder, shard: Shard) -> ShardOrder:
    settings = order.settings.model_copy(update={"shard": shard})
    return dataclasses.replace(order, settings=settings)


def _settled(orders: Sequence[ShardOrder], runtime: Runtime) -> int:
    """Count the rows that earlier commands settled; of shards that nobody is at work on."""
    now, settled = runtime.clock.wall(), 0
    for order in orders:
        place = RunDirectory(directory_of(order.directory, order.shard))
        if place.holds_run and worker_at(place.lock, now) is None:
            with reading_journal(place.journal) as journal:
                counts = journal.counts()
            unsettled = {RowState.PENDING, RowState.CLAIMED}
            settled += sum(count for state, count in counts.items() if state not in unsettled)
    return settled


@contextlib.contextmanager
def _stop_file(path: Path) -> Iterator[None]:
    path.unlink(missing_ok=True)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _failure(error: BaseException | None) -> str:
    return f"its workers ended again and again ({type(error).__name__}: {error})"
