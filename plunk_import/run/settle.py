"""Takes a run's rows in doubt and a session that can read; gives each the end that Plunk shows."""

from collections.abc import Iterable, Mapping

import anyio

from plunk_import.run.run import Run
from plunk_import.runtime import Clock, Runtime
from plunk_import.send import Event, ReadBack, Session, Settled
from plunk_import.settings import SendSettings
from plunk_import.storage import Entry, Journal, Outcome, RowState

KEYS_KEPT_SECONDS = 23 * 3600.0
"""The server keeps a key for 24 h; an hour is left for clocks that differ."""


def read_back(run: Run, session: Session, settings: SendSettings, clock: Clock) -> ReadBack:
    """Give what recognises this run's events among those that the project holds."""

    async def is_taken(event_id: str) -> bool:
        await run.journal.flush()
        return run.journal.owns_event(event_id)

    return ReadBack(
        reader=session.client,
        clock=clock,
        settle_seconds=settings.settle_seconds,
        marker=run.job.loaded.mapping.marker,
        is_taken=is_taken,
    )


async def settle_doubts(
    run: Run, session: Session, settings: SendSettings, runtime: Runtime
) -> None:
    """Read back every row in doubt, and every delivered one without an event id.

    A row in doubt ends as delivered, or pending where it is not stored after the settling time;
    what cannot be told stays as it is. Needs a session that can read.
    """
    await run.journal.flush()
    open_rows = [*run.journal.in_doubt(), *run.journal.unidentified()]
    entries = {entry.ordinal: entry for entry in open_rows}
    if not entries:
        return
    look = read_back(run, session, settings, runtime.clock)
    at_once = anyio.CapacityLimiter(settings.max_in_flight)

    async def settle(contact_events: list[Event]) -> None:
        # One after another: an event that one row turns out to own is no other row's.
        for event in contact_events:
            entry = entries[event.ordinal]
            async with at_once:
                found = await look.settle(event, sent_at=entry.left_by)
            _note(run.journal, entry, found)

    with runtime.progress.phase("settling doubt", len(entries)) as phase:
        reached = 0
        async for events in run.events_of(entries):
            async with anyio.create_task_group() as group:
                for contact_events in _by_contact(events, entries):
                    group.start_soon(settle, contact_events)
            reached += len(events)
            phase.reached(reached)
    await run.journal.flush()


def _by_contact(events: list[Event], entries: Mapping[int, Entry]) -> Iterable[list[Event]]:
    """Part events by contact; in each, those surely stored first: they have the first claim."""
    contacts: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: entries[event.ordinal].state):
        contacts.setdefault(event.contact, []).append(event)
    return contacts.values()


def _note(journal: Journal, entry: Entry, found: Settled) -> None:
    if found.stored:
        state = RowState.DELIVERED
    elif found.stored is False and entry.state is RowState.IN_DOUBT:
        state = RowState.PENDING
    else:
        return
    journal.settle(
        Outcome(
            entry.ordinal,
            state,
            event_id=found.event_id,
            contact_id=found.contact_id,
            timestamp=found.timestamp,
        )
    )


def askable_again(journal: Journal, clock: Clock) -> dict[int, Entry]:
    """Give the rows in doubt whose key the server still knows."""
    now = clock.wall().timestamp()
    return {
        entry.ordinal: entry
        for entry in journal.in_doubt()
        if entry.key and now - entry.left_by < KEYS_KEPT_SECONDS
    }


def rest_left_seconds(journal: Journal, settings: SendSettings, clock: Clock) -> float:
    """Say how long a server may still be at work on rows in doubt, so that theirs must rest."""
    last = max((entry.left_by for entry in journal.in_doubt()), default=0.0)
    return max(0.0, last + settings.rest_seconds - clock.wall().timestamp())
