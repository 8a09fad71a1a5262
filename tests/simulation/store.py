"""What the simulated server keeps, and the requests that are at work in it: plain data."""

import dataclasses
import enum
from collections.abc import Callable
from typing import Any

LIVE = "live"
"""Who sends what the project's own applications send."""


class Build(enum.StrEnum):
    """The builds of the server that are in use."""

    SPRING = "spring"
    AUTUMN = "autumn"
    NEWEST = "newest"

    @property
    def takes_keys(self) -> bool:
        """Whether it looks at `Idempotency-Key`."""
        return self is not Build.SPRING


@dataclasses.dataclass(eq=False, slots=True)
class Event:
    """A stored event; `moment` is true time, `by` the run that sent it."""

    id: str
    name: str
    data: dict[str, Any]
    contact: "Contact"
    created_at: str
    moment: float
    by: str
    process: int


@dataclasses.dataclass(eq=False, slots=True)
class Contact:
    """A contact; `raced` says that a write of live traffic met another one and one was lost.

    `writers` are those who wrote its data, whether or not their events came to be stored.
    """

    id: str
    email: str
    data: dict[str, Any]
    subscribed: bool
    created_at: str
    events: list[Event] = dataclasses.field(default_factory=list)
    raced: bool = False
    writers: set[str] = dataclasses.field(default_factory=set)


@dataclasses.dataclass(slots=True)
class Key:
    """An idempotency key in use; `status` is None while its request is in flight."""

    claimed: float
    status: int | None = None


@dataclasses.dataclass(eq=False, slots=True)
class Workflow:
    """What an event starts, or in which a contact may stand and wait for one."""

    id: str
    event: str
    enabled: bool
    waits: bool = False
    allow_reentry: bool = False
    entered: set[str] = dataclasses.field(default_factory=set)
    standing: set[str] = dataclasses.field(default_factory=set)


@dataclasses.dataclass(eq=False, slots=True)
class Segment:
    """A segment that tracks who belongs to it: everybody who has an event of this name."""

    slug: str
    event: str
    members: set[str] = dataclasses.field(default_factory=set)

    @property
    def entry(self) -> str:
        """The event that is recorded for whoever joins."""
        return f"segment.{self.slug}.entry"


@dataclasses.dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A workflow that an event set going."""

    workflow: Workflow
    event: Event


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A contact that was unsubscribed and is subscribed by an event."""

    contact: Contact
    by: str
    process: int
    is_twin: bool = False
    """It is a new contact, beside one of the same address in other capitals."""

    @property
    def email(self) -> str:
        """The address, in small letters."""
        return self.contact.email.lower()


@dataclasses.dataclass(frozen=True, slots=True)
class Fate:
    """What goes wrong inside the server with one request."""

    late_seconds: float = 0.0
    blip: bool = False
    """The database fails before anything is stored."""
    dispatch_fails: bool = False
    """The event is stored, its workflows cannot be dispatched: 5xx, tried again later."""


@dataclasses.dataclass(eq=False, slots=True)
class Call:
    """A request that has arrived; `gone_at` is when its client went away."""

    by: str
    process: int
    token: str | None
    key: str | None
    body: Any
    answer: Callable[[int, Any, dict[str, str]], None]
    reset: Callable[[], None]
    gone_at: float | None = None
    has_arrived: bool = False
    generation: int = 0
    owns_key: bool = False
    knew: Contact | None = None
    knew_data: dict[str, Any] = dataclasses.field(default_factory=dict)
    knew_version: int = 0
    upserted: Contact | None = None
    waits_in_database: bool = False
    is_over: bool = False
    write: Callable[[], None] | None = None

    @property
    def gone(self) -> bool:
        """Whether its client has gone away."""
        return self.gone_at is not None


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """The operator's settings; times in seconds, `per_second` None for no token bucket."""

    key_lifetime: float
    sweep: float
    per_second: float | None
    burst: int
