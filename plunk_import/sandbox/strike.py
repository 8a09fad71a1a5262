"""Takes a request and the fault that strikes it, gives the spoilt response."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from plunk_import.sandbox import wire
from plunk_import.sandbox.answers import Answer, Refusal, refuse
from plunk_import.sandbox.faults import Fault, FaultKind
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
}


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault that strikes one request."""

    fault: Fault
    call: Call
    connection: wire.Connection
    refuse_for: RefuseFor | None

    async def land(self, tracker: Tracker) -> tuple[Response, bool]:
        """Do what the fault says; give the spoilt response and whether the event is stored."""
        if self.fault.kind in _UNHEARD:
            return self._shut_out(), False
        if self.fault.kind is FaultKind.LATE_STORE:
            await asyncio.sleep(self.fault.seconds)
        answer = await tracker.answer(self.call, _CRASHES.get(self.fault.kind))
        if self.fault.kind is FaultKind.LATE:
            await asyncio.sleep(self.fault.seconds)
        return self._spoil(answer), answer.stored

    def _shut_out(self) -> Response:
        match self.fault.kind:
            case FaultKind.BAD_GATEWAY:
                return wire.proxy_error()
            case FaultKind.TOO_MANY:
                return wire.whole(_too_many(self.fault.seconds))
            case FaultKind.RESET:
                return wire.Ended(self.connection.reset)
            case FaultKind.HANG:
                return wire.Ended(self.connection.close, after_seconds=self.fault.seconds)
            case FaultKind.REFUSE if self.refuse_for is not None:
                self.refuse_for(self.fault.seconds)
        return wire.Ended(self.connection.close)

    def _spoil(self, answer: Answer) -> Response:
        close = self.connection.close
        match self.fault.kind:
            case FaultKind.STORE_THEN_DROP:
                return wire.Ended(close)
            case FaultKind.STORE_THEN_RESET:
                return wire.Ended(self.connection.reset)
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


def _too_many(seconds: float) -> Answer:
    wait = str(max(1, round(seconds)))
    message = f"Rate limit exceeded for this endpoint. Retry in {wait}s."
    return refuse(Refusal(429, "RATE_LIMIT_EXCEEDED", message, headers={"Retry-After": wait}))
