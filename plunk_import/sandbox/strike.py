"""What a fault does to the request that it strikes, and to the answer."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from plunk_import.sandbox import wire
from plunk_import.sandbox.clock import ServerClock
from plunk_import.sandbox.faults import Fault, FaultKind
from plunk_import.sandbox.lock import WriteLock
from plunk_import.sandbox.rules import Answer, Refusal, refuse
from plunk_import.sandbox.track import Call, Crash, Tracker

RefuseFor = Callable[[float], None]
"""Closes the listening socket for so many seconds."""

_UNHEARD = frozenset(
    {
        FaultKind.DROP,
        FaultKind.RESET,
        FaultKind.BAD_GATEWAY,
        FaultKind.TOO_MANY,
        FaultKind.HANG,
        FaultKind.REFUSE,
    }
)
"""Faults by which a request never reaches the server: no key is claimed, no token spent."""

_CRASHES = {
    FaultKind.SERVER_ERROR: Crash.BEFORE_STORING,
    FaultKind.STORE_THEN_SERVER_ERROR: Crash.AFTER_STORING,
    FaultKind.DISPATCH_FAILS: Crash.IN_DISPATCH,
    FaultKind.CLIENT_GONE: Crash.BEFORE_STORING,
}

_LEAVE_KEY_IN_FLIGHT = frozenset({FaultKind.CLIENT_GONE, FaultKind.STORE_THEN_CLIENT_GONE})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What faults reach for beyond the request itself."""

    tracker: Tracker
    lock: WriteLock
    clock: ServerClock
    refuse_for: RefuseFor | None


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault that strikes one request."""

    fault: Fault
    call: Call
    client: wire.Client
    around: Surroundings

    async def land(self) -> tuple[Response, bool]:
        """Do what the fault says.

        Returns:
            The spoilt response, and whether the event is stored.
        """
        kind, seconds = self.fault.kind, self.fault.seconds
        if kind in _UNHEARD:
            return self._shut_out(), False
        if kind is FaultKind.FREEZE:
            self.around.lock.freeze(seconds)
        if kind is FaultKind.LATE_STORE:
            await self.around.clock.sleep(seconds)
        answer = await self.around.tracker.answer(
            self.call, _CRASHES.get(kind), retry_seconds=seconds
        )
        if kind is FaultKind.LATE:
            await self.around.clock.sleep(seconds)
        if kind not in _LEAVE_KEY_IN_FLIGHT and not self.client.is_gone():
            self.around.tracker.settle(answer)
        return self._spoil(answer), answer.stored

    def _shut_out(self) -> Response:
        match self.fault.kind:
            case FaultKind.BAD_GATEWAY:
                return wire.proxy_error()
            case FaultKind.TOO_MANY:
                return wire.whole(_too_many(self.fault.seconds, self.around.clock.iso_now()))
            case FaultKind.RESET:
                return wire.Ended(self.client.connection.reset)
            case FaultKind.HANG:
                return wire.Ended(self.client.connection.close, after_seconds=self.fault.seconds)
            case FaultKind.REFUSE if self.around.refuse_for is not None:
                self.around.refuse_for(self.fault.seconds)
        return wire.Ended(self.client.connection.close)

    def _spoil(self, answer: Answer) -> Response:
        close = self.client.connection.close
        match self.fault.kind:
            case (
                FaultKind.STORE_THEN_DROP | FaultKind.CLIENT_GONE | FaultKind.STORE_THEN_CLIENT_GONE
            ):
                return wire.Ended(close)
            case FaultKind.STORE_THEN_RESET:
                return wire.Ended(self.client.connection.reset)
            case FaultKind.STORE_THEN_HANG:
                return wire.Ended(close, after_seconds=self.fault.seconds)
            case FaultKind.STORE_THEN_BAD_GATEWAY:
                return wire.proxy_error()
            case FaultKind.HALF:
                return wire.Half(answer, close)
            case FaultKind.NOT_JSON:
                return wire.not_json(answer)
            case FaultKind.SLOW:
                return wire.Trickle(answer, seconds=self.fault.seconds)
        return wire.whole(answer)


def _too_many(seconds: float, timestamp: str) -> Answer:
    wait = str(max(1, round(seconds)))
    message = f"Rate limit exceeded for this endpoint. Retry in {wait}s."
    refusal = Refusal(429, "RATE_LIMIT_EXCEEDED", message, headers={"Retry-After": wait})
    return refuse(refusal, timestamp)
