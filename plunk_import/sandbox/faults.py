"""Faults on demand: what can go wrong, and which requests it strikes."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from plunk_import.sandbox.durations import parse_duration


class FaultKind(StrEnum):
    """What goes wrong. The stored ones leave the event behind, whatever the client sees."""

    LATE = "late"
    LATE_STORE = "late-store"
    DROP = "drop"
    STORE_THEN_DROP = "store-then-drop"
    RESET = "reset"
    STORE_THEN_RESET = "store-then-reset"
    SERVER_ERROR = "500"
    STORE_THEN_SERVER_ERROR = "store-then-500"
    BAD_GATEWAY = "502"
    STORE_THEN_BAD_GATEWAY = "store-then-502"
    TOO_MANY = "429"
    HALF = "half"
    NOT_JSON = "not-json"
    SLOW = "slow"
    HANG = "hang"
    STORE_THEN_HANG = "store-then-hang"
    REFUSE = "refuse"
    FREEZE = "freeze"
    DISPATCH_FAILS = "dispatch-fails"
    CLIENT_GONE = "client-gone"
    STORE_THEN_CLIENT_GONE = "store-then-client-gone"


DESCRIPTIONS = {
    FaultKind.LATE: "store at once, answer late",
    FaultKind.LATE_STORE: "wait, then store and answer: the client may have given up",
    FaultKind.DROP: "close the connection, nothing stored",
    FaultKind.STORE_THEN_DROP: "store, then close the connection without an answer",
    FaultKind.RESET: "reset the connection, nothing stored",
    FaultKind.STORE_THEN_RESET: "store, then reset the connection",
    FaultKind.SERVER_ERROR: "answer 500, nothing stored",
    FaultKind.STORE_THEN_SERVER_ERROR: "store, then answer 500",
    FaultKind.BAD_GATEWAY: "a proxy's 502 in HTML, nothing stored",
    FaultKind.STORE_THEN_BAD_GATEWAY: "store, then a proxy's 502 in HTML",
    FaultKind.TOO_MANY: "answer 429 with Retry-After, nothing stored",
    FaultKind.HALF: "store, send half of the answer, close the connection",
    FaultKind.NOT_JSON: "store, answer 200 with a body that is not JSON",
    FaultKind.SLOW: "store, trickle the answer byte by byte",
    FaultKind.HANG: "no answer at all, then close the connection; nothing stored",
    FaultKind.STORE_THEN_HANG: "store, no answer at all, then close the connection",
    FaultKind.REFUSE: "drop the request and refuse all connections for a while",
    FaultKind.FREEZE: "lock writes for a while, reads work; then store what waited, in order",
    FaultKind.DISPATCH_FAILS: "store, answer 500; workflows run when the server tries again",
    FaultKind.CLIENT_GONE: "close the connection, nothing stored; the key stays in flight",
    FaultKind.STORE_THEN_CLIENT_GONE: "store, close the connection; the key stays in flight",
}

DEFAULT_SECONDS = {
    FaultKind.LATE: 3.0,
    FaultKind.LATE_STORE: 3.0,
    FaultKind.TOO_MANY: 1.0,
    FaultKind.SLOW: 3.0,
    FaultKind.HANG: 30.0,
    FaultKind.STORE_THEN_HANG: 30.0,
    FaultKind.REFUSE: 5.0,
    FaultKind.FREEZE: 66.0,
    FaultKind.DISPATCH_FAILS: 60.0,
}
"""How long a fault lasts unless its text says so; kinds left out take no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and the requests it strikes: a share of all, the nth ones, or some addresses."""

    kind: FaultKind
    seconds: float = 0.0
    rate: float = 0.0
    requests: frozenset[int] = frozenset()
    """Counted over `POST /v1/track` from 1; a restart goes on after the last that left a trace."""
    emails: frozenset[str] = frozenset()

    def strikes(self, *, number: int, email: str, draw: float) -> bool:
        """Whether this request is struck; `draw` is its lot, from 0 up to 1."""
        return number in self.requests or email in self.emails or draw < self.rate


_FAULT = re.compile(r"(?P<kind>[a-z0-9-]+)(?:=(?P<duration>[0-9.]+(?:ms|[smhd])))?:(?P<when>.+)")
_HOW_TO = (
    "write KIND[=DURATION]:WHEN, where WHEN is a rate (0.02 or 2%), requests (@17,@42) "
    "or addresses, as late=3s:0.05"
)


def parse_fault(text: str) -> Fault:
    """Read `store-then-drop:0.02`, `late=3s:5%`, `drop:@17,@42`, `502:ada@example.com`.

    Args:
        text: `KIND[=DURATION]:WHEN`, where WHEN is a rate, requests or addresses.

    Raises:
        ValueError: When it is none; the message says what would do.
    """
    match = _FAULT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a fault: {text!r}; {_HOW_TO}")
    kind = _parse_kind(match["kind"])
    seconds = DEFAULT_SECONDS.get(kind, 0.0)
    if match["duration"] is not None:
        if kind not in DEFAULT_SECONDS:
            raise ValueError(f"fault {kind} takes no duration: write {kind}:{match['when']}")
        seconds = _parse_duration(match["duration"], text)
    rate, requests, emails = _parse_when(match["when"], text)
    return Fault(kind=kind, seconds=seconds, rate=rate, requests=requests, emails=emails)


def _parse_kind(text: str) -> FaultKind:
    try:
        return FaultKind(text)
    except ValueError:
        raise ValueError(f"no fault {text!r}; there are: {', '.join(FaultKind)}") from None


def _parse_duration(text: str, fault: str) -> float:
    try:
        return parse_duration(text)
    except ValueError:
        raise ValueError(f"not a fault: {fault!r}; {_HOW_TO}") from None


def _parse_when(text: str, fault: str) -> tuple[float, frozenset[int], frozenset[str]]:
    rate, requests, emails = 0.0, set[int](), set[str]()
    for part in (part.strip() for part in text.split(",")):
        if part.startswith("@") and part[1:].isdecimal() and int(part[1:]) > 0:
            requests.add(int(part[1:]))
        elif "@" in part[1:]:
            emails.add(part.lower())
        else:
            rate = _parse_number(part.removesuffix("%"), fault) / (100 if "%" in part else 1)
    if rate > 1:
        raise ValueError(f"not a fault: {fault!r}; a rate is at most 1 or 100%")
    return rate, frozenset(requests), frozenset(emails)


def _parse_number(text: str, fault: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?|\.[0-9]+", text):
        raise ValueError(f"not a fault: {fault!r}; {_HOW_TO}")
    return float(text)


class FaultSchedule(Protocol):
    """Decides which fault strikes which request; a simulation may have one of its own."""

    def strike(self, *, number: int, email: str) -> Fault | None:
        """Find the fault that strikes a request.

        Args:
            number: Which request to `POST /v1/track` it is, counted from 1.
            email: The address in its body, empty where there is none.
        """


class FaultPlan:
    """Several faults at once; which request is struck depends on the seed and its number alone."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self._faults = tuple(faults)
        self._seed = seed

    def strike(self, *, number: int, email: str) -> Fault | None:
        """Find the first fault that strikes the request of this number, if any."""
        address = email.strip().lower()
        for place, fault in enumerate(self._faults):
            draw = random.Random(f"{self._seed}/{number}/{place}").random()  # noqa: S311
            if fault.strikes(number=number, email=address, draw=draw):
                return fault
        return None
