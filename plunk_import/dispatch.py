"""Takes events in file order and a way to send one; gives an outcome for each to the journal."""

import contextlib
import dataclasses
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Protocol

import anyio

from plunk_import.clock import Clock
from plunk_import.edges import StopRequest
from plunk_import.errors import ExitCode, StoppedError
from plunk_import.journal import Claim, Outcome, RowState
from plunk_import.lanes import Event, Lanes
from plunk_import.logbook import Logbook
from plunk_import.outage import Outage
from plunk_import.pace import InFlightGovernor, Pacer
from plunk_import.readback import Settled
from plunk_import.reply import Answer, Reply
from plunk_import.settings import Delivery
from plunk_import.slots import Slots
from plunk_import.verdict import (
    Delivered,
    InDoubt,
    Rejected,
    Stop,
    TryAgain,
    Verdict,
    Wait,
    give_up,
    judge,
)

LONGEST_BACKOFF_SECONDS = 30.0
LATER_TRIES_OF_THE_UNSTORED = 3
STOPPED_IN_DOUBT = "the run stopped before a second answer"


class Server(Protocol):
    """The Plunk that events go to."""

    async def track(self, body: bytes, *, key: str | None) -> Reply:
        """Send one event."""

    async def answers(self) -> bool:
        """Ask without side effects whether it works at all; StoppedError where it refuses us."""


class Recorder(Protocol):
    """The journal, as far as sending needs it."""

    async def claim(self, claims: Iterable[Claim]) -> None:
        """Return once it is durably noted that these rows are about to be sent."""

    def settle(self, outcome: Outcome) -> None:
        """Note an outcome with the next group."""


class Resolver(Protocol):
    """Settles doubt by reading back."""

    async def settle(self, event: Event, *, sent_at: float) -> Settled:
        """Find out whether the event, sent at that Unix time, is stored."""


@dataclasses.dataclass(slots=True)
class Tally:
    """What happened so far in this process, for the progress line; the truth is in the journal."""

    delivered: int = 0
    rejected: int = 0
    in_doubt: int = 0
    throttled: int = 0

    @property
    def settled(self) -> int:
        """Rows that ended."""
        return self.delivered + self.rejected + self.in_doubt


@dataclasses.dataclass(slots=True)
class _Flight:
    """One event on its way through its attempts."""

    event: Event
    attempts: int = 0
    failures: int = 0
    burned_keys: int = 0
    claimed: bool = False
    maybe_stored: bool = False
    sent_at: float = 0.0

    @property
    def key(self) -> str:
        """The idempotency key: the row's, with a suffix once the server's claim on it is spent."""
        key = self.event.sent_key
        return f"{key}.{self.burned_keys}" if self.burned_keys else key


class Dispatcher:
    """Sends events: one at a time for each contact, bounded in flight, paced, patient.

    A claim is durable before its request leaves. What surely was not sent goes again; what may
    be stored goes again only where the server takes keys, or where `Delivery.in_doubt` is
    `resend`. Several failures in a row pause everything while one request tries.
    """

    def __init__(
        self,
        *,
        server: Server,
        journal: Recorder,
        clock: Clock,
        delivery: Delivery,
        pacer: Pacer,
        takes_keys: bool,
        resolver: Resolver | None = None,
        rejects_allowed: float | None = None,
    ) -> None:
        self.tally = Tally()
        self.logbook = Logbook()
        self.outage = Outage()
        self.pacer = pacer
        self.governor = InFlightGovernor(delivery.max_in_flight)
        self.stopped: StopRequest | None = None
        self._server = server
        self._journal = journal
        self._clock = clock
        self._delivery = delivery
        self._takes_keys = takes_keys
        self._resolver = resolver
        self._rejects_allowed = rejects_allowed
        self._lanes = Lanes()
        self._fed = False
        self._sleepers: deque[anyio.Event] = deque()
        self._room = anyio.Event()
        self._breakable: set[anyio.CancelScope] = set()
        self._trial = anyio.Lock()
        # One place in the queue is taken at a time: what a reply teaches then holds for the next.
        self._turn = anyio.Lock(fast_acquire=True)
        self._in_flight = Slots(self.governor.limit)
        self._stopping = anyio.Event()

    async def run(self, chunks: AsyncIterator[list[Event]]) -> StopRequest | None:
        """Send everything; give back why it stopped early, or None.

        Raises whatever `chunks` or the journal raise; claimed rows stay claimed then.
        """
        async with anyio.create_task_group() as watch:
            watch.start_soon(self._watch_deadline)
            with anyio.CancelScope() as sending:
                watch.start_soon(self._bound_stopping, sending)
                async with anyio.create_task_group() as self._tasks:
                    self._tasks.start_soon(self._feed, chunks)
                    for _ in range(self._delivery.max_in_flight):
                        self._tasks.start_soon(self._work)
            watch.cancel_scope.cancel()
        return self.stopped

    def stop(self, request: StopRequest) -> None:
        """Send nothing more; wait for what is in flight, for `grace_seconds` at most."""
        if self.stopped is None:
            self.stopped = request
            self._stopping.set()
            self._room.set()
            for scope in self._breakable:
                scope.cancel()
            self._wake(len(self._sleepers))

    def waiting(self, now: float) -> str | None:
        """Tell what everything waits for, and since when; None while it does not wait."""
        if self.stopped is not None:
            return "for what is in flight"
        if self.outage.is_open():
            seconds = self.outage.seconds_since_first_failure(now)
            return f"for the server, {seconds:,.0f} s now: {self.outage.reason}"
        if self.pacer.is_paused(now):
            return f"{(self.pacer.paused_until or now) - now:,.0f} s, as the server asked (429)"
        return None

    async def _watch_deadline(self) -> None:
        seconds = self._seconds_left()
        if seconds is not None:
            await self._clock.sleep(max(seconds, 0.0))
            self.stop(StopRequest(ExitCode.TIME_IS_UP, "the time given to this run is up"))

    def _seconds_left(self) -> float | None:
        limits = []
        if self._delivery.max_duration_seconds is not None:
            limits.append(self._delivery.max_duration_seconds)
        if self._delivery.until is not None:
            limits.append((self._delivery.until - self._clock.wall()).total_seconds())
        return min(limits) if limits else None

    async def _bound_stopping(self, sending: anyio.CancelScope) -> None:
        await self._stopping.wait()
        await self._clock.sleep(self._delivery.grace_seconds)
        sending.cancel()

    async def _feed(self, chunks: AsyncIterator[list[Event]]) -> None:
        async for chunk in chunks:
            for event in chunk:
                self._lanes.add(event)
            self._wake(len(chunk))
            while len(self._lanes) >= self._delivery.window_rows and not self.stopped:
                self._room = anyio.Event()
                await self._room.wait()
            if self.stopped:
                break
        self._fed = True
        self._wake(len(self._sleepers))

    async def _work(self) -> None:
        while (event := await self._next()) is not None:
            await self._deliver(_Flight(event, maybe_stored=event.maybe_stored))

    async def _next(self) -> Event | None:
        while not (self.stopped or (self._fed and not self._lanes)):
            if (event := self._lanes.take()) is not None:
                return event
            woken = anyio.Event()
            self._sleepers.append(woken)
            await woken.wait()
        return None

    def _wake(self, count: int) -> None:
        for _ in range(min(count, len(self._sleepers))):
            self._sleepers.popleft().set()

    async def _deliver(self, flight: _Flight) -> None:
        while not self.stopped:
            verdict = await self._attempt(flight)
            if verdict is None:
                break
            if await self._act(flight, verdict):
                return
        if flight.claimed:
            self._give_back(flight)

    async def _attempt(self, flight: _Flight) -> Verdict | None:
        """Make one request in its turn; None where the run was stopped before it left."""
        if not self.outage.is_open():
            return await self._request_in_turn(flight)
        async with self._way_is_clear():
            return await self._request_in_turn(flight)

    async def _request_in_turn(self, flight: _Flight) -> Verdict | None:
        await self._await_turn()
        if self.stopped:
            return None
        try:
            # Not in flight yet: a disk may take longer than a server.
            await self._claim(flight)
            await self._in_flight.enter()
        except anyio.get_cancelled_exc_class():
            # The claim may be on the disk all the same, and surely nothing was sent.
            self._give_back(flight)
            raise
        try:
            if self.stopped:
                return None
            verdict = await self._request(flight)
        finally:
            self._in_flight.leave()
        self._learn(verdict)
        return verdict

    @contextlib.asynccontextmanager
    async def _way_is_clear(self) -> AsyncIterator[None]:
        """Let everyone pass while all is well, and one at a time, after a trial, in an outage."""
        while self.outage.is_open() and not self.stopped:
            async with self._trial:
                if not self.outage.is_open():
                    break
                if await self._trial_succeeds():
                    yield
                    return
        yield

    async def _trial_succeeds(self) -> bool:
        began = self._clock.wall().timestamp()
        await self._nap(self.outage.next_interval_seconds())
        self.logbook.pause(began, self._clock.wall().timestamp(), self.outage.reason)
        if self.stopped:
            return True
        silent = self.outage.seconds_since_first_failure(self._clock.now())
        if silent > self._delivery.patience_seconds:
            reason = f"no success for {silent:,.0f} s: {self.outage.reason}"
            self.stop(StopRequest(ExitCode.STOPPED, reason))
            return True
        await self._await_turn()
        if self.stopped:
            return True
        try:
            return await self._server.answers()
        except StoppedError as refused:
            self.stop(StopRequest(refused.exit_code, str(refused)))
            return True

    async def _await_turn(self) -> None:
        seconds = None if self._turn.locked() else self.pacer.reserve(self._clock.now())
        if seconds != 0:
            async with self._turn:
                if seconds is None:
                    seconds = self.pacer.reserve(self._clock.now())
                await self._nap(seconds)
        while self.pacer.is_paused(now := self._clock.now()) and not self.stopped:
            await self._nap((self.pacer.paused_until or now) - now)

    async def _claim(self, flight: _Flight) -> None:
        if not flight.claimed:
            await self._journal.claim([Claim(flight.event.ordinal, flight.key)])
            flight.claimed = True

    async def _request(self, flight: _Flight) -> Verdict:
        flight.sent_at = self._clock.wall().timestamp()
        self.logbook.requests += 1
        began = self._clock.now()
        reply = await self._server.track(flight.event.body.encode(), key=flight.key)
        now = self._clock.now()
        self.pacer.feedback(now, reply)
        if isinstance(reply, Answer):
            if reply.status == 429:
                self._note_pause(now)
            flight.burned_keys += reply.reused and (reply.original_status or 0) >= 500
            self.governor.completed(now, now - began)
            self._in_flight.limit = self.governor.limit
        verdict = judge(reply, takes_keys=self._takes_keys, maybe_stored=flight.maybe_stored)
        is_none = isinstance(verdict, Wait | TryAgain) and not verdict.counts_as_attempt
        flight.attempts += not is_none
        return verdict

    def _note_pause(self, now: float) -> None:
        self.tally.throttled += 1
        began = self._clock.wall().timestamp()
        self.logbook.rate_limited.append(began)
        ended = began + max(0.0, (self.pacer.paused_until or now) - now)
        self.logbook.pause(began, ended, "the server asked to wait (429)")

    def _learn(self, verdict: Verdict) -> None:
        """Tell the outage watch whether a working server was met."""
        match verdict:
            case TryAgain(reason=reason):
                self.outage.failed(self._clock.now(), reason)
            case InDoubt(reason=reason) if not self._takes_keys:
                self.outage.failed(self._clock.now(), reason)
            case Delivered() | Rejected():
                self.outage.succeeded()

    async def _act(self, flight: _Flight, verdict: Verdict) -> bool:
        """Carry out a verdict; True when the row is over, as far as its worker is concerned."""
        match verdict:
            case Delivered():
                self.tally.delivered += 1
                self._settle(
                    flight,
                    RowState.DELIVERED,
                    event_id=verdict.event_id,
                    contact_id=verdict.contact_id,
                    timestamp=verdict.timestamp,
                )
                self._release(flight.event)
            case Rejected():
                self._reject(flight, verdict)
            case Stop(message=message):
                self.stop(StopRequest(ExitCode.STOPPED, message))
                return False
            case Wait() | TryAgain():
                return await self._wait_for_another_try(flight, verdict)
            case InDoubt():
                return await self._doubt(flight, verdict)
        return True

    def _reject(self, flight: _Flight, verdict: Rejected) -> None:
        self.tally.rejected += 1
        self._settle(
            flight,
            RowState.REJECTED,
            code=verdict.code,
            field=verdict.field,
            message=verdict.message,
            request_id=verdict.request_id,
        )
        self._release(flight.event)
        if self._rejects_allowed is not None and self.tally.rejected > self._rejects_allowed:
            reason = f"more rejects than --max-rejects allows; the last one: {verdict.message}"
            self.stop(StopRequest(ExitCode.STOPPED, reason))

    async def _wait_for_another_try(self, flight: _Flight, verdict: Wait | TryAgain) -> bool:
        """Wait as the verdict says; True when its bound is used up and the row is over."""
        if verdict.counts_as_attempt:
            flight.maybe_stored = True
            if flight.attempts >= self._delivery.attempts:
                # A server that died at work on the first request never lets go of its key.
                flight.burned_keys += isinstance(verdict, Wait)
                return await self._doubt(flight, give_up(verdict))
        elif not flight.maybe_stored:
            # It surely is not stored: a run killed while it waits must not find it in doubt.
            self._settle(flight, RowState.PENDING)
            flight.claimed = False
        if isinstance(verdict, Wait):
            await self._nap(verdict.seconds)
        else:
            await self._nap(min(0.5 * 2.0**flight.failures, LONGEST_BACKOFF_SECONDS))
            flight.failures += 1
        return False

    async def _doubt(self, flight: _Flight, verdict: InDoubt | Stop) -> bool:
        """Hold a row that may be stored, or send it again where at-least-once was asked for."""
        if isinstance(verdict, Stop):
            self.stop(StopRequest(ExitCode.STOPPED, verdict.message))
            return False
        if self._delivery.in_doubt == "resend" and flight.attempts < self._delivery.attempts:
            flight.maybe_stored = True
            await self._nap(min(0.5 * 2.0**flight.failures, LONGEST_BACKOFF_SECONDS))
            flight.failures += 1
            return False
        self.tally.in_doubt += 1
        self._settle(
            flight, RowState.IN_DOUBT, reason=verdict.reason, request_id=verdict.request_id
        )
        if self._resolver is None:
            self._tasks.start_soon(self._rest, flight)
        else:
            self._tasks.start_soon(self._read_back, self._resolver, flight)
        return True

    async def _rest(self, flight: _Flight) -> None:
        """Give a server that may still be at work on this contact time to finish."""
        await self._nap(self._delivery.rest_seconds)
        self._release(flight.event)

    async def _read_back(self, resolver: Resolver, flight: _Flight) -> None:
        """Settle doubt before the contact's next row goes; send again what is not stored."""
        found = Settled(stored=None)
        with self._until_stopped():
            found = await resolver.settle(flight.event, sent_at=flight.sent_at)
        if found.stored:
            self.tally.in_doubt -= 1
            self.tally.delivered += 1
            self._settle(
                flight,
                RowState.DELIVERED,
                event_id=found.event_id,
                contact_id=found.contact_id,
                timestamp=found.timestamp,
            )
        elif found.stored is False and flight.failures < LATER_TRIES_OF_THE_UNSTORED:
            self.tally.in_doubt -= 1
            self._settle(flight, RowState.PENDING)
            again = dataclasses.replace(
                flight, claimed=False, maybe_stored=False, failures=flight.failures + 1
            )
            self._tasks.start_soon(self._deliver, again)
            return
        self._release(flight.event)

    def _give_back(self, flight: _Flight) -> None:
        """End a flight without an answer: what no request can have stored is to be sent later."""
        if flight.maybe_stored:
            self._settle(flight, RowState.IN_DOUBT, reason=STOPPED_IN_DOUBT)
        else:
            self._settle(flight, RowState.PENDING)

    def _settle(
        self,
        flight: _Flight,
        state: RowState,
        **details: str | None,
    ) -> None:
        outcome = Outcome(
            flight.event.ordinal, state, flight.attempts, sent_at=flight.sent_at or None, **details
        )
        self._journal.settle(outcome)

    def _release(self, event: Event) -> None:
        self._lanes.release(event)
        if len(self._lanes) < self._delivery.window_rows:
            self._room.set()
        self._wake(1 if self._lanes else len(self._sleepers))

    async def _nap(self, seconds: float) -> None:
        """Sleep, unless the run is stopped."""
        if seconds <= 0 or self.stopped:
            return
        with self._until_stopped():
            await self._clock.sleep(seconds)

    @contextlib.contextmanager
    def _until_stopped(self) -> Iterator[None]:
        """Break the block off when the run is stopped."""
        with anyio.CancelScope() as scope:
            if self.stopped:
                scope.cancel()
            self._breakable.add(scope)
            try:
                yield
            finally:
                self._breakable.discard(scope)
