"""The dispatcher: starts the deliveries of a run, bounds them and stops them."""

import contextlib
import functools
import math
from collections.abc import AsyncIterator

import anyio

from plunk_import.runtime import Clock, Stop
from plunk_import.send.careful import Careful
from plunk_import.send.delivery import Delivery, Recorder, Sender, Server
from plunk_import.send.event import Event
from plunk_import.send.flow import Flow
from plunk_import.send.ownership import Resolver
from plunk_import.send.pace import RateLimiter
from plunk_import.send.queues import EventQueue
from plunk_import.send.statistics import SendStatistics
from plunk_import.send.tasks import DrainingTasks, bounded
from plunk_import.settings import SendSettings


class Dispatcher:
    """Sends events: one at a time for each contact, bounded in flight, paced, patient.

    A claim is durable before its request leaves. What surely was not sent goes again; what may
    be stored goes again only where the server takes keys, or where `SendSettings.in_doubt` is
    `resend`. Several failures in a row pause everything while one request tries.

    Args:
        server: Where events go.
        journal: Keeps claims and outcomes.
        clock: The time that everything waits by.
        stop: Ends the run in good order; the dispatcher asks for that itself when its time is up,
            nothing later can succeed, or too much is rejected.
        settings: Bounds, patience, and what becomes of rows in doubt.
        rate_limiter: The pace that all requests share.
        takes_keys: Whether the server honours `Idempotency-Key`.
        key_lifetime_seconds: How long it surely knows a key.
        resolver: Reads back what is in doubt; None where that is not to be done here.
        can_read: Whether it is to be read back, here or afterwards, whose event a used key is for.
        rejects_allowed: How many rows may be rejected; None for any number.

    """

    def __init__(
        self,
        *,
        server: Server,
        journal: Recorder,
        clock: Clock,
        stop: Stop,
        settings: SendSettings,
        rate_limiter: RateLimiter,
        takes_keys: bool,
        key_lifetime_seconds: float = math.inf,
        resolver: Resolver | None = None,
        can_read: bool = False,
        rejects_allowed: float | None = None,
    ) -> None:
        self._clock = clock
        self._stop = stop
        self._settings = settings
        self._sender = Sender(
            server=server,
            journal=journal,
            clock=clock,
            stop=stop,
            settings=settings,
            rate_limiter=rate_limiter,
        )
        self._careful = Careful(
            self._sender,
            settings=settings,
            delivery=functools.partial(
                Delivery,
                settings=settings,
                takes_keys=takes_keys,
                key_lifetime_seconds=key_lifetime_seconds,
                can_read=can_read,
            ),
            resolver=resolver,
            rejects_allowed=math.inf if rejects_allowed is None else rejects_allowed,
        )
        self.tally = self._careful.tally

    @property
    def statistics(self) -> SendStatistics:
        """What only the sender sees."""
        return self._sender.statistics

    async def run(self, lists: AsyncIterator[list[Event]]) -> None:
        """Send everything, or as much as there is until a stop; it may be called again.

        Raises whatever `lists` or the journal raise, once what is in flight is answered: a request
        that is broken off leaves a doubt that its reply would have settled.
        """
        queue = EventQueue(self._stop, window_rows=self._settings.window_rows)
        with contextlib.closing(queue):
            async with (
                bounded(queue.wake_at_stop, self._stop, self._clock, self._settings),
                anyio.create_task_group() as group,
            ):
                tasks = DrainingTasks(group, self._stop)
                self._careful.begin(queue, tasks)
                tasks.start(queue.fill, lists)
                Flow(self._careful, self._sender, queue).start(tasks)
        if tasks.failure is not None:
            raise tasks.failure

    def waiting(self, now: float) -> str | None:
        """Tell what everything waits for, and since when; None while it does not wait."""
        return "for what is in flight" if self._stop else self._sender.waiting(now)
