"""One paced conversation with a Plunk server."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Iterator

from plunk_import.errors import UnreachableError
from plunk_import.runtime import Runtime, Stop
from plunk_import.send.client import Capability, PlunkClient
from plunk_import.send.http import open_transport
from plunk_import.send.pace import CircuitBreaker, RateLimiter
from plunk_import.send.replies import Reply, Unanswered
from plunk_import.settings import Connection, SendSettings


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    """A server that has answered the probe, and the pace that all requests to it share.

    `can_read` says whether there is a secret key to read back with, `keys_known_seconds` how long
    after its first request the server surely knows an idempotency key.
    """

    client: PlunkClient
    rate_limiter: RateLimiter
    capability: Capability
    can_read: bool
    keys_known_seconds: float

    def track(self, body: bytes, *, key: str | None) -> Awaitable[Reply]:
        """Send one event; its turn is the caller's to wait for."""
        return self.client.track(body, key=key)

    async def answers(self) -> bool:
        """Ask, without side effects, whether the server works; StoppedError where it refuses us."""
        try:
            await self.client.probe()
        except UnreachableError:
            return False
        return True


@contextlib.asynccontextmanager
async def open_session(
    connection: Connection, settings: SendSettings, runtime: Runtime
) -> AsyncIterator[Session]:
    """Connect and probe; StoppedError where the server refuses, SettingsError without a key."""
    async with open_client(connection, settings, runtime) as (client, rate_limiter):
        capability = await _probe(client, settings, runtime)
        yield Session(
            client,
            rate_limiter,
            capability,
            can_read=connection.reading_key is not None,
            keys_known_seconds=connection.keys_known_seconds,
        )


@contextlib.asynccontextmanager
async def open_client(
    connection: Connection, settings: SendSettings, runtime: Runtime
) -> AsyncIterator[tuple[PlunkClient, RateLimiter]]:
    """Open a client, and the pace that its reads keep; nothing is asked yet."""
    transport = runtime.transport or open_transport(
        max_in_flight=settings.max_in_flight,
        connect_timeout_seconds=settings.connect_timeout_seconds,
        request_timeout_seconds=settings.request_timeout_seconds,
    )
    rate_limiter = RateLimiter(
        settings.target_rate, headroom=settings.headroom, share=settings.share
    )

    async def wait_for_turn() -> None:
        seconds = rate_limiter.reserve(runtime.clock.now())
        rate_limiter.feedback(
            runtime.clock.now(), Unanswered("a read, which tells nothing of the pace")
        )
        await runtime.clock.sleep(seconds)

    async with contextlib.aclosing(transport):
        client = PlunkClient(
            transport,
            connection.base_url,
            connection.public_key,
            secret_key=connection.reading_key,
            clock=runtime.clock,
            before_read=wait_for_turn,
        )
        yield client, rate_limiter


async def _probe(client: PlunkClient, settings: SendSettings, runtime: Runtime) -> Capability:
    """Probe until the server is there, for as long as the patience lasts."""
    breaker = CircuitBreaker()
    with runtime.progress.phase("waiting for the server", None) as phase:
        while True:
            try:
                with _until_stopped(runtime.stop):
                    return await client.probe()
            except UnreachableError as away:
                now = runtime.clock.now()
                breaker.failed(now, str(away))
                if breaker.seconds_since_first_failure(now) >= settings.patience_seconds:
                    raise
                phase.reached(0, waiting=str(away))
            with _until_stopped(runtime.stop):
                await runtime.clock.sleep(breaker.next_interval_seconds())


@contextlib.contextmanager
def _until_stopped(stop: Stop) -> Iterator[None]:
    """Break the block off when a stop is requested: StoppedError."""
    with stop.ends_waiting():
        yield
    stop.check()
