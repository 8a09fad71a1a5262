"""Sends events through a session with Plunk, and says why it stopped early, if it did."""

import dataclasses
import functools
from collections.abc import AsyncIterator

import anyio
import anyio.to_thread

from plunk_import.errors import ExitCode, StoppedError, WayOn, single_errors
from plunk_import.plan import Check, Estimate, Foresight, ServerWord, check, duration, unread
from plunk_import.run.deliver.gates import Consent, Refusal, pass_gates, refusal_to_ask_again
from plunk_import.run.deliver.live_traffic import writes_flow
from plunk_import.run.deliver.sent_before import SentBefore
from plunk_import.run.deliver.settle import (
    earlier_tries,
    lacks_evidence,
    plunk_seconds,
    read_back,
    rest_left_seconds,
    settle_doubts,
)
from plunk_import.run.record import Run
from plunk_import.runtime import Phase, Runtime, StopRequest, seconds_between_looks
from plunk_import.send import Dispatcher, EarlierTry, Event, SendStatistics, Session, open_session
from plunk_import.settings import Connection, SendSettings

ROUNDS = 3
"""How often rows are sent again that reading back shows not to be stored after all."""


NOTHING_TO_SETTLE_WITH = (
    "this server ignores idempotency keys, so doubt can only be settled by reading back: set "
    "PLUNK_SECRET_KEY to the project's secret key (sk_…) and resolve again"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """How sending went. `takes_keys` is None where the server was not asked."""

    takes_keys: bool | None = None
    stopped: StopRequest | None = None
    statistics: SendStatistics = dataclasses.field(default_factory=SendStatistics)
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    estimate: Estimate | None = None
    refusal: Refusal | None = None


async def carry_out(
    run: Run,
    connection: Connection,
    settings: SendSettings,
    runtime: Runtime,
    *,
    consent: Consent | None,
) -> Sent:
    """Settle what is in doubt, send what is left, and settle what that left in doubt.

    Without `consent` nothing is sent but what settles doubt. Raises whatever the journal or the
    source raise.
    """
    doubts_only = consent is None
    left = run.rejects_left(settings.max_rejects)
    if left is not None and left < 0 and not doubts_only:
        reason = "more rejects than --max-rejects allows; nothing was sent by this command"
        return Sent(stopped=StopRequest(ExitCode.STOPPED, reason, WayOn.ALLOW_REJECTS))
    try:
        async with open_session(connection, settings, runtime) as session:
            if consent is None:
                if _cannot_settle(run, session):
                    stopped = StopRequest(ExitCode.CANNOT_START, NOTHING_TO_SETTLE_WITH)
                    return Sent(session.capability.takes_keys, stopped)
                return await _resolve(run, session, settings, runtime)
            foresight = await _foresee(run, session, settings, runtime)
            refusal = await pass_gates(run, foresight, consent=consent, stop=runtime.stop)
            if refusal is None:
                sent = await _converse(run, session, settings, runtime)
            else:
                stopped = StopRequest(ExitCode.CANNOT_START, str(refusal))
                sent = Sent(session.capability.takes_keys, stopped, refusal=refusal)
            checks = foresight.preflight.checks
            return dataclasses.replace(sent, checks=checks, estimate=foresight.estimate)
    except StoppedError as refused:
        return Sent(stopped=StopRequest.because(refused))


def _cannot_settle(run: Run, session: Session) -> bool:
    is_able = session.can_read or session.capability.takes_keys
    return not is_able and run.books().in_doubt > 0


async def _foresee(
    run: Run, session: Session, settings: SendSettings, runtime: Runtime
) -> Foresight:
    """Ask the project what it makes of the plan, where there is a key to ask with."""
    plan, drop = run.record.plan, run.drop(settings.max_drop)
    estimate = duration(plan, session.rate_limiter.rate_per_second, runtime.clock.wall())
    if not session.can_read:
        word = ServerWord((), is_reachable=True, takes_keys=session.capability.takes_keys)
        preflight = unread(word, run.job.loaded.mapping)
        return Foresight(plan, estimate, preflight, run.record.server, drop)
    with runtime.progress.phase("asking the project", None), runtime.stop.ends_waiting():
        preflight = await check(
            session.client,
            run.known_job,
            plan,
            has_secret_key=session.can_read,
            clock=runtime.clock,
            sent=SentBefore(run),
        )
    runtime.stop.check()
    return Foresight(plan, estimate, preflight, run.record.server, drop)


async def _converse(run: Run, session: Session, settings: SendSettings, runtime: Runtime) -> Sent:
    dispatcher = _begin(run, session, settings, runtime)
    await _send_all(run, session, settings, runtime, dispatcher)
    if session.can_read and session.capability.takes_keys and not runtime.stop:
        await _ask_again(run, session, settings, runtime)
    for _ in range(ROUNDS):
        if not await _has_pending_by_live_traffic(run, session, settings, runtime):
            break
        await _send_all(run, session, settings, runtime, dispatcher)
    return _sent(session, runtime, dispatcher)


async def _resolve(run: Run, session: Session, settings: SendSettings, runtime: Runtime) -> Sent:
    """Settle what is in doubt; only what sets off nothing new is sent again for that."""
    dispatcher = _begin(run, session, settings, runtime)
    if session.can_read:
        await _settle(run, session, settings, runtime)
    refusal = None
    if session.capability.takes_keys and not runtime.stop and _askable(run, session, runtime):
        foresight = await _foresee(run, session, settings, runtime)
        refusal = refusal_to_ask_again(run, foresight)
        if refusal is None and session.can_read:
            await _ask_again(run, session, settings, runtime)
        elif refusal is None:
            await _send_all(run, session, settings, runtime, dispatcher, doubts_only=True)
    await _has_pending_by_live_traffic(run, session, settings, runtime)
    sent = _sent(session, runtime, dispatcher)
    if refusal is None or sent.stopped is not None:
        return sent
    return dataclasses.replace(
        sent, stopped=StopRequest(ExitCode.INCOMPLETE, refusal.of_asking_again)
    )


def _begin(run: Run, session: Session, settings: SendSettings, runtime: Runtime) -> Dispatcher:
    run.journal.time_claims_by(functools.partial(plunk_seconds, session, runtime.clock))
    return _dispatcher(run, session, settings, runtime)


def _sent(session: Session, runtime: Runtime, dispatcher: Dispatcher) -> Sent:
    statistics = dispatcher.statistics
    statistics.allowed_per_second = session.rate_limiter.rate_per_second
    return Sent(
        session.capability.takes_keys,
        runtime.stop.request,
        statistics,
        notes=(f"pace: {session.rate_limiter.why}",),
    )


async def _send_all(
    run: Run,
    session: Session,
    settings: SendSettings,
    runtime: Runtime,
    dispatcher: Dispatcher,
    *,
    doubts_only: bool = False,
) -> None:
    """Send what is left; what is then seen not to be stored goes again, a few times."""
    known = session.keys_known_seconds
    if not (doubts_only or session.can_read or session.capability.takes_keys):
        await _let_rest(run, settings, runtime)
    for _ in range(ROUNDS):
        earlier = earlier_tries(run, session, runtime, keys_known_seconds=known)
        in_doubt = [ordinal for ordinal, tried in earlier.items() if tried.in_doubt]
        events = (
            run.events_of(in_doubt, earlier=earlier) if doubts_only else run.events(earlier=earlier)
        )
        await _send(run, events, dispatcher, runtime)
        if runtime.stop or not session.can_read:
            return
        await _settle(run, session, settings, runtime)
        if runtime.stop or not run.books().pending:
            return


async def _ask_again(run: Run, session: Session, settings: SendSettings, runtime: Runtime) -> None:
    """Send rows that reading back could not settle again, under a key that the server knows.

    The last rows of a run have no later event to show that writes flow; their keys tell all the
    same whether they are stored, and store them once where they are not.
    """
    askable = _askable(run, session, runtime)
    if not askable:
        return
    dispatcher = _dispatcher(run, session, settings, runtime, reads_back=False)
    await _send(run, run.events_of([*askable], earlier=askable), dispatcher, runtime)
    if not runtime.stop:
        await _settle(run, session, settings, runtime)


def _askable(run: Run, session: Session, runtime: Runtime) -> dict[int, EarlierTry]:
    """Find the rows in doubt whose keys the server surely still knows."""
    tries = earlier_tries(run, session, runtime, keys_known_seconds=session.keys_known_seconds)
    now = runtime.clock.now()
    return {
        ordinal: tried
        for ordinal, tried in tries.items()
        if tried.in_doubt and tried.key_good_until > now
    }


async def _has_pending_by_live_traffic(
    run: Run, session: Session, settings: SendSettings, runtime: Runtime
) -> bool:
    """Look again for rows that nothing was sent after, once Plunk has stored somebody's event.

    Returns:
        Whether rows are to be sent that are not stored.

    """
    await run.journal.flush()
    if runtime.stop or not session.can_read or not lacks_evidence(run.journal):
        return False
    is_shown = False
    waiting = runtime.progress.phase("waiting for Plunk to store an event of anybody's", None)
    with waiting, runtime.stop.ends_waiting():
        is_shown = await writes_flow(session.client, runtime.clock, settings.settle_seconds)
        if is_shown:
            await settle_doubts(run, session, settings, runtime, writes_flow=True)
    return is_shown and run.books().pending > 0


async def _settle(run: Run, session: Session, settings: SendSettings, runtime: Runtime) -> None:
    with runtime.stop.ends_waiting():
        await settle_doubts(run, session, settings, runtime)


async def _let_rest(run: Run, settings: SendSettings, runtime: Runtime) -> None:
    """Keep a contact's next row from meeting one that the server may still be at work on."""
    with runtime.stop.ends_waiting():
        await runtime.clock.sleep(rest_left_seconds(run.journal, settings, runtime.clock))


def _dispatcher(
    run: Run,
    session: Session,
    settings: SendSettings,
    runtime: Runtime,
    *,
    reads_back: bool = True,
) -> Dispatcher:
    looks = reads_back and session.can_read
    return Dispatcher(
        server=session,
        journal=run.journal,
        clock=runtime.clock,
        stop=runtime.stop,
        settings=settings,
        rate_limiter=session.rate_limiter,
        takes_keys=session.capability.takes_keys,
        key_lifetime_seconds=session.keys_known_seconds,
        resolver=read_back(run, session, settings, runtime.clock) if looks else None,
        can_read=session.can_read,
        rejects_allowed=run.rejects_left(settings.max_rejects),
    )


async def _send(
    run: Run, events: AsyncIterator[list[Event]], dispatcher: Dispatcher, runtime: Runtime
) -> None:
    books = run.books()
    with single_errors(), runtime.progress.phase("sending", books.pending) as phase:
        async with anyio.create_task_group() as watching:
            watching.start_soon(_show, dispatcher, phase, runtime, books.rejected)
            await dispatcher.run(events)
            watching.cancel_scope.cancel()
    await run.journal.flush()


async def _show(dispatcher: Dispatcher, phase: Phase, runtime: Runtime, rejected: int) -> None:
    while (seconds := seconds_between_looks(runtime.progress)) is not None:
        tally = dispatcher.tally
        rejects = rejected + tally.rejected
        details: dict[str, int | str] = {"rejects": rejects, "in doubt": tally.in_doubt}
        if waiting := dispatcher.waiting(runtime.clock.now()):
            details["waiting"] = waiting
        phase.reached(tally.settled, **details)
        await runtime.clock.sleep(seconds)
