"""The questions that must be answered before anything is sent, and what is known of each."""

import dataclasses
import hashlib
from collections.abc import Iterable
from typing import Literal

GateName = Literal["drop", "workflows", "resubscription"]
GateState = Literal["clear", "fires", "unread", "unknowable"]


@dataclasses.dataclass(frozen=True, slots=True)
class Consequence:
    """One thing that sending would set off.

    Attributes:
        identity: What it is, the same on every run: a workflow's id with what sets it off, or a
            contact's address as a digest. Safe to store and to show.
        message: What would happen, in words; addresses are masked.

    """

    identity: str
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class GateQuestion:
    """A question that must be answered with yes before anything is sent, unless it is clear.

    Attributes:
        name: What it is about.
        state: `clear`: nothing would be set off. `fires`: the `consequences` would be. `unread`:
            the project was asked and did not answer. `unknowable`: nobody can ask, for want of
            the secret key.
        reason: Why it is `unread` or `unknowable`, and what to do; else empty.
        consequences: What would be set off. With `unread` these are what could be read: there may
            be more.

    """

    name: GateName
    state: GateState
    reason: str = ""
    consequences: tuple[Consequence, ...] = ()

    @property
    def is_clear(self) -> bool:
        """Whether nobody has to be asked."""
        return self.state == "clear"

    @property
    def identities(self) -> frozenset[str]:
        """What would be set off, without words: what somebody agrees to."""
        return frozenset(one.identity for one in self.consequences)


def answered(name: GateName, consequences: Iterable[Consequence]) -> GateQuestion:
    """Make the question of a project that told everything: it is clear or it fires."""
    found = tuple(consequences)
    return GateQuestion(name, "fires" if found else "clear", consequences=found)


def digest_of_address(address: str) -> str:
    """Name a contact without its address: a digest of the address in lower case."""
    return hashlib.sha256(address.lower().encode()).hexdigest()[:16]
