"""Takes a run and where Plunk is; sends what is left of it and gives why it stopped, if it did."""

import contextlib
import dataclasses
from collections.abc import Iterator

import anyio
from pydantic import SecretStr

from plunk_import.client import PlunkClient, open_transport
from plunk_import.clock import Clock
from plunk_import.dispatch import Dispatcher
from plunk_import.edges import Edges, StopRequest
from plunk_import.errors import SettingsError, StoppedError, single_errors
from plunk_import.pace import Pacer, parse_rate
from plunk_import.plan import Plan
from plunk_import.progress import Phase, SilentProgress
from plunk_import.run import Run
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Connection, Delivery, load_connection

TICK_SECONDS = 0.25


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """How sending went: where to, whether the server took keys, and why it stopped early."""

    base_url: str
    takes_keys: bool | None
    stopped: StopRequest | None
    notes: tuple[str, ...] = ()


class _Server:
    """The client as the dispatcher wants it."""

    def __init__(self, client: PlunkClient) -> None:
        self.track = client.track
        self._client = client

    async def answers(self) -> bool:
        """Ask with the probe, which stores nothing."""
        try:
            await self._client.probe()
        except StoppedError:
            return False
        return True


@contextlib.contextmanager
def sandboxed(
    settings: SandboxSettings | None, connection: Connection | None
) -> Iterator[Connection]:
    """Where to send: the connection as it is, or that of an embedded Plunk started for the run."""
    if settings is None:
        yield connection or load_connection()
        return
    from plunk_import.sandbox.server import running

    try:
        with running(settings) as sandbox:
            yield Connection(
                api_key=SecretStr(sandbox.public_key),
                secret_key=SecretStr(sandbox.secret_key),
                base_url=sandbox.base_url,
            )
    except OSError as error:
        raise SettingsError(f"The sandbox could not start: {error}.") from error


async def send(run: Run, connection: Connection, delivery: Delivery, edges: Edges) -> Sent:
    """Send what is not finished yet. Raises whatever the journal or the source raise."""
    transport = edges.transport or open_transport(
        max_in_flight=delivery.max_in_flight,
        connect_timeout_seconds=delivery.connect_timeout_seconds,
        request_timeout_seconds=delivery.request_timeout_seconds,
    )
    async with transport:
        client = PlunkClient(
            transport,
            base_url=connection.base_url,
            key=connection.public_key,
            secret_key=connection.reading_key,
            clock=edges.clock,
        )
        try:
            allowed = rejects_allowed(run.record.plan, delivery.max_rejects)
            takes_keys = (await client.probe()).takes_keys
        except StoppedError as refused:
            return Sent(connection.base_url, None, StopRequest(refused.exit_code, str(refused)))
        dispatcher = Dispatcher(
            server=_Server(client),
            journal=run.journal,
            clock=edges.clock,
            delivery=delivery,
            pacer=Pacer(parse_rate(delivery.rate), headroom=delivery.headroom),
            takes_keys=takes_keys,
            rejects_allowed=allowed,
        )
        edges.control.govern(dispatcher.stop)
        with single_errors():
            stopped = await _dispatch(run, dispatcher, edges)
        await run.journal.flush()
    return Sent(connection.base_url, takes_keys, stopped)


async def _dispatch(run: Run, dispatcher: Dispatcher, edges: Edges) -> StopRequest | None:
    with edges.progress.phase("sending", run.books().pending) as phase:
        async with anyio.create_task_group() as watching:
            if not isinstance(edges.progress, SilentProgress):
                watching.start_soon(_show, dispatcher, phase, edges.clock)
            stopped = await dispatcher.run(run.events())
            watching.cancel_scope.cancel()
    return stopped


async def _show(dispatcher: Dispatcher, phase: Phase, clock: Clock) -> None:
    while True:
        tally = dispatcher.tally
        details = {"rejects": f"{tally.rejected:,}", "in doubt": f"{tally.in_doubt:,}"}
        waiting = dispatcher.waiting(clock.now())
        phase.reached(tally.settled, **details, **({"waiting": waiting} if waiting else {}))
        await clock.sleep(TICK_SECONDS)


def rejects_allowed(plan: Plan, guard: float | None) -> float | None:
    """How many rejects of the API the guard leaves; StoppedError where ours alone are too many.

    `guard` is a number of rows or, below 1, a share of those that `where` keeps.
    """
    if guard is None:
        return None
    allowed = guard * (plan.rows - plan.filtered) if guard < 1 else guard
    if plan.rejected > allowed:
        raise StoppedError(
            f"{plan.rejected:,} rows would be rejected, more than --max-rejects allows. "
            "Nothing was sent; see the rejects file."
        )
    return allowed - plan.rejected
