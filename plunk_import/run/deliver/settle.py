"""Rows that were sent before: what Plunk shows of those in doubt, and how they may go again."""

import math
from collections.abc import Iterable, Mapping

import anyio

from plunk_import.run.record import Run, was_left_out
from plunk_import.runtime import Clock, Runtime
from plunk_import.send import (
    KEY_IS_USED,
    NO_LATER_EVENT,
    OF_ANOTHER_IMPORT,
    OTHER_TIME,
    Doubt,
    EarlierTry,
    Event,
    ReadBack,
    Session,
    is_of_another,
    unsettled_reason,
)
from plunk_import.settings import SendSettings
from plunk_import.storage import Entry, Journal, Outcome, RowState


def read_back(
    run: Run,
    session: Session,
    settings: SendSettings,
    clock: Clock,
    *,
    writes_flow: bool = False,
) -> ReadBack:
    """Make what recognises this run's events among those that the project holds.

    With `writes_flow` it is known that the server has written what it was sent.
    """

    async def is_taken(event_id: str) -> bool:
        await run.journal.flush()
        return run.journal.owns_event(event_id)

    return ReadBack(
        reader=session.client,
        clock=clock,
        settle_seconds=settings.settle_seconds,
        marker=run.job.loaded.mapping.marker,
        is_taken=is_taken,
        has_stored_since=(lambda _: True) if writes_flow else run.journal.has_stored_since,
    )


async def settle_doubts(
    run: Run,
    session: Session,
    settings: SendSettings,
    runtime: Runtime,
    *,
    writes_flow: bool = False,
) -> None:
    """Read back every row in doubt, and every delivered one without an event id.

    A row in doubt ends as delivered, or pending where it is surely not stored; what cannot be told
    stays in doubt, with the reason, and a delivered one whose event may be another's gets there.
    Needs a session that can read, and nothing in flight. With `writes_flow`, of the server since
    it was given up, each is looked for once.
    """
    await run.journal.flush()
    open_rows = [*run.journal.in_doubt(), *run.journal.unidentified()]
    entries = {entry.ordinal: entry for entry in open_rows}
    if not entries:
        return
    look = read_back(run, session, settings, runtime.clock, writes_flow=writes_flow)
    at_once = anyio.CapacityLimiter(settings.max_in_flight)
    given_up = -math.inf if writes_flow else runtime.clock.now()

    async def settle(contact_events: list[Event]) -> None:
        # One after another: an event that one row turns out to own is no other row's.
        for event in contact_events:
            entry = entries[event.ordinal]
            async with at_once:
                outcome = await _settled(look, event, entry, given_up=given_up)
            if outcome is not None:
                run.journal.settle(outcome)

    with runtime.progress.phase("settling doubt", len(entries)) as phase:
        reached = 0
        async for events in run.events_of(entries):
            async with anyio.create_task_group() as group:
                for contact_events in _by_contact(events, entries):
                    group.start_soon(settle, contact_events)
            reached += len(events)
            phase.reached(reached)
    await run.journal.flush()


def lacks_evidence(journal: Journal) -> bool:
    """Tell whether a row stays in doubt only because nothing shows that writes flow."""
    return any((entry.reason or "").endswith(NO_LATER_EVENT) for entry in journal.in_doubt())


def _by_contact(events: list[Event], entries: Mapping[int, Entry]) -> Iterable[list[Event]]:
    """Part events by contact; in each, those surely stored first: they have the first claim."""
    contacts: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: entries[event.ordinal].state):
        contacts.setdefault(event.contact, []).append(event)
    return contacts.values()


async def _settled(
    look: ReadBack, event: Event, entry: Entry, *, given_up: float
) -> Outcome | None:
    """Find out what became of a row; None where that is what the journal says already."""
    claimed = entry.claimed_at or entry.left_by
    doubt = Doubt(
        event, entry.settled_order or 0, given_up, None, claimed, last_left=entry.last_left
    )
    if _is_known_there(entry):
        known = await look.find(event)
        if known.stored:
            return _of_another_import(entry)
        if known.stored is None:  # what was not read does not say that it is not there
            reason = unsettled_reason(entry.reason, known.reason)
            return Outcome(entry.ordinal, RowState.IN_DOUBT, reason=reason)
    is_stored = entry.state is RowState.DELIVERED or (entry.reason or "").startswith(KEY_IS_USED)
    if is_stored:
        found = await look.identify(doubt)
    else:
        found = await look.settle(doubt, later_events_come=False)
    if found.stored and entry.key is not None:
        ids = (found.event_id, found.contact_id, found.timestamp)
        return Outcome(entry.ordinal, RowState.DELIVERED, 0, *ids)
    if found.stored or (is_stored and found.stored is False):
        return _of_another_import(entry)
    doubted = entry.reason
    if entry.state is RowState.DELIVERED:
        if found.reason != OTHER_TIME:
            return None
        doubted = KEY_IS_USED  # what its key is for may be another import's, after all
    state = RowState.PENDING if found.stored is False else RowState.IN_DOUBT
    reason = unsettled_reason(doubted, found.reason)
    return Outcome(entry.ordinal, state, reason=reason)


def _is_known_there(entry: Entry) -> bool:
    """Whether another run may have stored a row before this one claimed it, at any time.

    A row that was delivered keeps the reason of a doubt that is over.
    """
    is_suspected = is_of_another(entry.reason) or was_left_out(entry)
    return is_suspected and entry.state is RowState.IN_DOUBT


def _of_another_import(entry: Entry) -> Outcome:
    return Outcome(entry.ordinal, RowState.SKIPPED, reason=OF_ANOTHER_IMPORT)


def earlier_tries(
    run: Run, session: Session, runtime: Runtime, *, keys_known_seconds: float
) -> dict[int, EarlierTry]:
    """Tell of the rows that an earlier command sent and that are to go on now.

    Those in doubt are among them where they can be settled: by reading back, or by asking again
    under a key that the server surely knows. Keys age from their first claim. One that another
    import seems to have stored is looked up instead.
    """
    clock = runtime.clock
    now = clock.now()
    found = {e.ordinal: _tried(e) for e in run.journal.pending() if e.attempts and e.key}
    for entry in run.journal.in_doubt():
        good_seconds = keys_known_seconds - _age_seconds(entry, session, clock)
        if session.can_read and _is_known_there(entry):
            continue
        asks_again = session.capability.takes_keys and 0 < good_seconds <= keys_known_seconds
        if session.can_read or asks_again:
            found[entry.ordinal] = _tried(entry, key_good_until=now + good_seconds)
    return found


def _tried(entry: Entry, *, key_good_until: float = math.inf) -> EarlierTry:
    return EarlierTry(
        key=entry.key,
        in_doubt=entry.state is RowState.IN_DOUBT,
        noted=entry.settled_order or 0,
        reason=entry.reason,
        claimed=entry.claimed_at or entry.left_by,
        key_good_until=key_good_until,
        is_of_another=is_of_another(entry.reason),
        last_left=entry.last_left,
    )


def _age_seconds(entry: Entry, session: Session, clock: Clock) -> float:
    """Tell how old a row's key is by the server's clock, which keys age by; negative: no sense."""
    if entry.first_claimed_at is None:
        return math.inf
    return plunk_seconds(session, clock, latest=True) - entry.first_claimed_at


def plunk_seconds(session: Session, clock: Clock, *, latest: bool = False) -> float:
    """Tell the time at the server as far as it is known, else ours, in Unix seconds."""
    moment = session.client.server_clock.at(clock.now())
    if moment is None:
        return clock.wall().timestamp()
    return moment.latest if latest else moment.earliest


def rest_left_seconds(journal: Journal, settings: SendSettings, clock: Clock) -> float:
    """Tell how long a server may still be at work on rows in doubt, so that theirs must rest."""
    last = max((entry.left_by for entry in journal.in_doubt()), default=0.0)
    left = last + settings.rest_seconds - clock.wall().timestamp()
    # A clock that was turned back must not make anybody wait for hours.
    return min(max(0.0, left), settings.rest_seconds)
