"""The client of one Plunk project: sends events, asks whether the server works, reads back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import SecretStr

from plunk_import.errors import StoppedError, UnreachableError
from plunk_import.runtime import Clock, NotSentError, Transport, TransportError
from plunk_import.send.http import Arrived, ServerClock, Wire
from plunk_import.send.reading import ProjectReader
from plunk_import.send.replies import (
    Answer,
    NotSent,
    RateLimit,
    Reply,
    StopRun,
    Unanswered,
    Verdict,
    Wait,
    read_answer,
    verdict_on,
)

_PROBE_TRIES = 3
_PROBE_LONGEST_WAIT_SECONDS = 120.0
_PROBE_AFTER_GARBAGE_SECONDS = 1.0
# One character longer than a server that takes keys allows, so that it refuses before it acts.
_PROBE_KEY = "k" * 256


@dataclass(frozen=True, slots=True)
class Capability:
    """What the probe found out: whether keys are honoured, and the bucket if one is told."""

    takes_keys: bool
    rate_limit: RateLimit | None = None


class PlunkClient(ProjectReader):
    """One project of one Plunk server. No key is in any repr, error or reply from here.

    Args:
        transport: Carries the requests; the caller's to close.
        base_url: The API's root.
        key: The project's public key, which tracking takes.
        secret_key: Its secret key, which reading takes.
        clock: The time that waiting is measured by.
        before_read: Awaited before every request that reads, to pace them.

    Raises:
        SettingsError: `base_url` is not an http(s) address.

    """

    def __init__(
        self,
        transport: Transport,
        base_url: str,
        key: SecretStr,
        *,
        secret_key: SecretStr | None = None,
        clock: Clock,
        before_read: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        wire = Wire(transport, base_url, public_key=key, secret_key=secret_key, clock=clock)
        super().__init__(wire, clock=clock, before_read=before_read)

    def __repr__(self) -> str:
        return f"PlunkClient({self.base_url!r})"

    @property
    def base_url(self) -> str:
        """The API's root."""
        return self._wire.base_url

    @property
    def server_clock(self) -> ServerClock:
        """Plunk's own clock, as far as its replies told it."""
        return self._wire.server_clock

    def track(self, body: bytes, *, key: str | None) -> Awaitable[Reply]:
        """Send one event: `body` as JSON in UTF-8, `key` as its `Idempotency-Key`."""
        return self._wire.track(body, key=key, read=self._reply_of)

    def _reply_of(self, arrived: Arrived | TransportError) -> Reply:
        if isinstance(arrived, Arrived):
            return read_answer(arrived, wall=self._clock.wall)
        kind = NotSent if isinstance(arrived, NotSentError) else Unanswered
        return kind(str(arrived))

    async def probe(self) -> Capability:
        """Find out, without side effects, whether the server works and honours keys.

        An empty body with a key too long: a server that takes keys refuses the key (400
        BAD_REQUEST), another one the body (422 VALIDATION_ERROR).

        Raises StoppedError where the key is refused or it is no Plunk, and UnreachableError
        where nobody answers, or not well.
        """
        for _ in range(_PROBE_TRIES):
            reply = await self.track(b"{}", key=_PROBE_KEY)
            match reply:
                case Answer(status=400, code="BAD_REQUEST"):
                    return Capability(takes_keys=True, rate_limit=reply.rate_limit)
                case Answer(status=422, code="VALIDATION_ERROR"):
                    return Capability(takes_keys=False, rate_limit=reply.rate_limit)
            verdict = verdict_on(reply, takes_keys=False)
            if isinstance(verdict, StopRun):
                raise StoppedError(verdict.message)
            pause = _pause_before_next_probe(reply, verdict)
            if pause is None:
                break
            await self._clock.sleep(pause)
        raise self._probe_failure(reply)

    def _probe_failure(self, reply: Reply) -> StoppedError:
        match reply:
            case NotSent(reason=reason):
                return UnreachableError(
                    f"Plunk cannot be reached at {self.base_url} ({reason}). Check PLUNK_BASE_URL "
                    "and the network."
                )
            case Unanswered(reason=reason):
                return UnreachableError(
                    f"Plunk at {self.base_url} does not answer ({reason}). Try again later."
                )
            case Answer(status=429):
                return UnreachableError(
                    f"Plunk at {self.base_url} refuses every request as too many. Try later."
                )
            case Answer(status=status) if status >= 500:
                return UnreachableError(
                    f"Plunk at {self.base_url} is not well (HTTP {status}). Try again later."
                )
            case Answer(status=status):
                return StoppedError(
                    f"What answers at {self.base_url} does not look like Plunk (HTTP {status} to "
                    "a probe of /v1/track). Set PLUNK_BASE_URL to the API's root, such as "
                    "https://next-api.useplunk.com."
                )


def _pause_before_next_probe(reply: Reply, verdict: Verdict) -> float | None:
    """Say how long to wait before asking again; None where that is of no use."""
    if isinstance(verdict, Wait):
        return verdict.seconds if verdict.seconds <= _PROBE_LONGEST_WAIT_SECONDS else None
    if isinstance(reply, Answer) and reply.status in {400, 422} and not reply.readable:
        # The status is Plunk's own for a probe: the body may have been lost on the way.
        return _PROBE_AFTER_GARBAGE_SECONDS
    return None
