"""Takes events and a session with Plunk; sends them and gives why it stopped early, if it did."""

import dataclasses
import functools
from collections.abc import AsyncIterator

import anyio
import anyio.to_thread

from plunk_import.clock import Clock
from plunk_import.consent import Consent, Foresight
from plunk_import.dispatch import Dispatcher
from plunk_import.edges import Edges, StopRequest
from plunk_import.errors import ExitCode, StoppedError, single_errors
from plunk_import.estimate import duration
from plunk_import.lanes import Event
from plunk_import.logbook import Logbook
from plunk_import.preflight import Bounds, ServerWord, check, unread
from plunk_import.progress import Phase, SilentProgress
from plunk_import.report import Check, Estimate
from plunk_import.run import CONSENTED, Run
from plunk_import.session import Session, open_session
from plunk_import.settings import Connection, Delivery
from plunk_import.settling import askable_again, read_back, rest_left_seconds, settle_doubts

TICK_SECONDS = 0.25
GLANCE = Bounds(contacts=5_000, pages=50)
"""How much of the project is read before a run; `check` reads more."""

NOTHING_TO_SETTLE_WITH = (
    "this server ignores idempotency keys, so doubt can only be settled by reading back: set "
    "PLUNK_SECRET_KEY to the project's secret key (sk_…) and resolve again"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """How sending went. `takes_keys` is None where the server was not asked."""

    takes_keys: bool | None = None
    stopped: StopRequest | None = None
    logbook: Logbook = dataclasses.field(default_factory=Logbook)
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    estimate: Estimate | None = None


async def carry_out(
    run: Run, connection: Connection, delivery: Delivery, edges: Edges, *, consent: Consent | None
) -> Sent:
    """Settle what is in doubt, send what is left, and settle what that left in doubt.

    Without `consent` nothing is sent but what settles doubt. Raises whatever the journal or the
    source raise.
    """
    doubts_only = consent is None
    left = run.rejects_left(delivery.max_rejects)
    if left is not None and left < 0 and not doubts_only:
        reason = "more rejects than --max-rejects allows; nothing was sent by this command"
        return Sent(stopped=StopRequest(ExitCode.STOPPED, reason))
    try:
        async with open_session(connection, delivery, edges) as session:
            if consent is None:
                if _cannot_settle(run, session):
                    stopped = StopRequest(ExitCode.CANNOT_START, NOTHING_TO_SETTLE_WITH)
                    return Sent(session.capability.takes_keys, stopped)
                return await _converse(run, session, delivery, edges, doubts_only=True)
            foresight = await _foresee(run, session, edges)
            refusal = await _refusal(run, consent, foresight, edges)
            if refusal is None:
                sent = await _converse(run, session, delivery, edges, doubts_only=False)
            else:
                stopped = StopRequest(ExitCode.CANNOT_START, refusal)
                sent = Sent(session.capability.takes_keys, stopped)
            checks = foresight.preflight.checks
            return dataclasses.replace(sent, checks=checks, estimate=foresight.estimate)
    except StoppedError as refused:
        return Sent(stopped=StopRequest(refused.exit_code, str(refused)))


def _cannot_settle(run: Run, session: Session) -> bool:
    is_able = session.can_read or session.capability.takes_keys
    return not is_able and run.books().in_doubt > 0


async def _foresee(run: Run, session: Session, edges: Edges) -> Foresight:
    """Ask the project what it makes of the plan, where there is a key to ask with."""
    plan = run.record.plan
    estimate = duration(plan, session.pacer.rate_per_second, edges.clock.wall())
    if not session.can_read:
        word = ServerWord((), is_reachable=True, takes_keys=session.capability.takes_keys)
        return Foresight(plan, estimate, unread(word), run.record.server)
    with edges.progress.phase("asking the project", None), anyio.CancelScope() as scope:
        edges.control.govern(lambda _: scope.cancel())
        preflight = await check(
            session.client,
            run.job,
            plan,
            has_secret_key=session.can_read,
            duplicates=run.journal.duplicates(),
            limit=run.limit,
            bounds=GLANCE,
        )
    edges.control.check()
    return Foresight(plan, estimate, preflight, run.record.server)


async def _refusal(run: Run, consent: Consent, foresight: Foresight, edges: Edges) -> str | None:
    """Ask whether to go on, once for a run."""
    if run.journal.meta().get(CONSENTED):
        return None
    with anyio.CancelScope() as scope:
        edges.control.govern(lambda _: scope.cancel())
        asked = functools.partial(consent.refusal, foresight)
        # Only where a person is asked does the answer take time.
        waits = consent.ask is not None
        refusal = (
            await anyio.to_thread.run_sync(asked, abandon_on_cancel=True) if waits else asked()
        )
    edges.control.check()
    if refusal is None:
        run.journal.note(CONSENTED, value=True)
    return refusal


async def _converse(
    run: Run, session: Session, delivery: Delivery, edges: Edges, *, doubts_only: bool
) -> Sent:
    if session.can_read:
        await _settle(run, session, delivery, edges)
    elif not (doubts_only or session.capability.takes_keys):
        await _let_rest(run, delivery, edges)
    asks_again = session.capability.takes_keys and not session.can_read
    again = askable_again(run.journal, edges.clock) if asks_again else {}
    events = run.events_of(again) if doubts_only else run.events(asked_again=again)
    dispatcher = _dispatcher(run, session, delivery, edges)
    stopped = await _send(run, events, dispatcher, edges)
    if session.can_read and stopped is None:
        await _settle(run, session, delivery, edges)
    logbook = dispatcher.logbook
    logbook.allowed_per_second = session.pacer.rate_per_second
    return Sent(
        session.capability.takes_keys,
        stopped or edges.control.request,
        logbook,
        notes=(f"pace: {session.pacer.why}",),
    )


async def _settle(run: Run, session: Session, delivery: Delivery, edges: Edges) -> None:
    with anyio.CancelScope() as scope:
        edges.control.govern(lambda _: scope.cancel())
        await settle_doubts(run, session, delivery, edges)


async def _let_rest(run: Run, delivery: Delivery, edges: Edges) -> None:
    """Keep a contact's next row from meeting one that the server may still be at work on."""
    with anyio.CancelScope() as scope:
        edges.control.govern(lambda _: scope.cancel())
        await edges.clock.sleep(rest_left_seconds(run.journal, delivery, edges.clock))


def _dispatcher(run: Run, session: Session, delivery: Delivery, edges: Edges) -> Dispatcher:
    return Dispatcher(
        server=session,
        journal=run.journal,
        clock=edges.clock,
        delivery=delivery,
        pacer=session.pacer,
        takes_keys=session.capability.takes_keys,
        resolver=read_back(run, session, delivery, edges.clock) if session.can_read else None,
        rejects_allowed=run.rejects_left(delivery.max_rejects),
    )


async def _send(
    run: Run, events: AsyncIterator[list[Event]], dispatcher: Dispatcher, edges: Edges
) -> StopRequest | None:
    edges.control.govern(dispatcher.stop)
    with single_errors(), edges.progress.phase("sending", run.books().pending) as phase:
        async with anyio.create_task_group() as watching:
            if not isinstance(edges.progress, SilentProgress):
                watching.start_soon(_show, dispatcher, phase, edges.clock)
            stopped = await dispatcher.run(events)
            watching.cancel_scope.cancel()
    await run.journal.flush()
    return stopped


async def _show(dispatcher: Dispatcher, phase: Phase, clock: Clock) -> None:
    while True:
        tally = dispatcher.tally
        details = {"rejects": f"{tally.rejected:,}", "in doubt": f"{tally.in_doubt:,}"}
        if waiting := dispatcher.waiting(clock.now()):
            details["waiting"] = waiting
        phase.reached(tally.settled, **details)
        await clock.sleep(TICK_SECONDS)
