"""How an embedded Plunk shall behave, as one frozen value."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from plunk_import.sandbox.clock import ServerClock
from plunk_import.sandbox.faults import Fault
from plunk_import.sandbox.project import Project
from plunk_import.sandbox.track import Limit

PUBLIC_KEY = "pk_sandbox"
SECRET_KEY = "sk_sandbox"  # noqa: S105 - opens nothing but a sandbox
DISABLED_PUBLIC_KEY = "pk_disabled"
DISABLED_SECRET_KEY = "sk_disabled"  # noqa: S105 - opens nothing at all

KEY_LIFETIME_SECONDS = 24 * 60 * 60
"""How long the server remembers an idempotency key unless its operator says otherwise."""


class Profile(StrEnum):
    """Which build of the server to be: both are in use among self-hosters."""

    SPRING = "spring"
    """The build of the published contract: addresses kept as sent, no idempotency keys."""
    AUTUMN = "autumn"
    """The later build: addresses normalised, `Idempotency-Key` honoured, contact look-ups."""
    NEWEST = "newest"
    """The newest source as it was read in November 2026. Nothing of it has been recorded.

    As autumn, but two requests at once for one new address are both answered 200, and what the
    loser says of the contact, its data and `subscribed`, is dropped; and the database itself
    lower-cases every address, however it comes in.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How an embedded Plunk shall behave. Times are in seconds."""

    profile: Profile = Profile.AUTUMN
    database: Path | None = None
    """The SQLite file that keeps what was stored; None: a temporary one, gone at the end."""
    host: str = "127.0.0.1"
    port: int = 0
    """0: any free port."""
    limiter: Limit | None = None
    """The token bucket of `POST /v1/track`; off unless asked, as on the real server."""
    faults: tuple[Fault, ...] = ()
    seed: int = 0
    """Decides which requests are struck by faults that have a rate."""
    race_seconds: float = 0.01
    """Between reading a contact and writing it: where two requests for one address collide."""
    latency_seconds: float = 0.0
    """Added to every tracked event, before it is stored."""
    settle_seconds: float = 0.0
    """From an answer until its idempotency key is settled: a fast retry meets the claim."""
    key_lifetime_seconds: float = KEY_LIFETIME_SECONDS
    """How long an idempotency key is remembered, counted from its first request."""
    clock_offset_seconds: float = 0.0
    """How far the server's wall clock is ahead of this machine's; negative when behind."""
    workflows: tuple[str, ...] = ()
    """Event names that an enabled workflow listens to."""
    project: Project = field(default_factory=Project)
    """What is there before anything is sent."""
    contact_lookup: bool = True
    """Whether `POST /contacts/lookup` exists; never on spring."""

    @property
    def clock(self) -> ServerClock:
        """The clock of a server that these settings describe, by this machine's time."""
        return ServerClock(offset_seconds=self.clock_offset_seconds)
