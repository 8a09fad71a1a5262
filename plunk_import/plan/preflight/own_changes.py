"""Tells whom this run has unsubscribed itself from those who did so in Plunk."""

import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import polars as pl

from plunk_import.plan.preflight.questions import Bounds, ask
from plunk_import.runtime import Clock, in_thread
from plunk_import.send import EVENT_LIMITS, Contact, PlunkClient, StoredEvent
from plunk_import.validate import ValidatedBatch

_LEAVES, _JOINS = "contact.unsubscribed", "contact.subscribed"
_ONE_REQUEST = timedelta(seconds=2)
"""How long at most Plunk takes from a change of subscription to the event of the same request."""


@dataclasses.dataclass(frozen=True, slots=True)
class OwnWords:
    """What the rows that a run has sent say of one contact's subscription.

    Attributes:
        subscribing: How many of them subscribe it.
        unsubscribing: By what their events are known that unsubscribe it: ids and markers.

    """

    subscribing: int
    unsubscribing: frozenset[str]


class SentRows(Protocol):
    """The rows of a run that were sent before: they set nothing off a second time."""

    def left(self, batch: ValidatedBatch) -> pl.DataFrame:
        """Keep of a batch's events those that may still be sent."""

    def words(self, addresses: Collection[str]) -> Mapping[str, OwnWords]:
        """Tell what the rows that were sent say of these contacts; blocks for the disk."""

    def marks(self, stored: StoredEvent) -> frozenset[str]:
        """Tell by what an event in Plunk may be known as one of this run: id and marker."""


async def find_own_changes(
    client: PlunkClient, clock: Clock, words: Mapping[str, OwnWords], sent: SentRows, bounds: Bounds
) -> frozenset[str]:
    """Find the contacts whose last change of subscription was made by a row of this run.

    Plunk records a change of subscription just before the event of the same request. Where that
    does not show a row of this run, somebody else may have made the change.

    Args:
        client: Reads with the secret key.
        clock: Measures the pauses between tries.
        words: Of unsubscribed contacts, what the rows that were sent say.
        sent: Recognises the events of this run.
        bounds: `pages` is about how many contacts are looked at.

    Raises:
        ReadFailedError: The project does not answer.

    """
    found = set()
    asked = [address for address, said in words.items() if said.unsubscribing]
    for address in asked[: bounds.pages]:
        look = functools.partial(_is_own, client, address, words[address].unsubscribing, sent)
        if await ask(look, clock):
            found.add(address)
    return frozenset(found)


async def words_of(sent: SentRows | None, addresses: Iterable[str]) -> Mapping[str, OwnWords]:
    """Ask what the rows that were sent say of these contacts, in a thread of its own."""
    wanted = tuple(addresses)
    if sent is None or not wanted:
        return {}
    return await in_thread(sent.words, wanted)


async def _is_own(
    client: PlunkClient, address: str, unsubscribing: frozenset[str], sent: SentRows
) -> bool:
    contact = await client.find_contact(address)
    if contact is None:
        return False
    for limit in EVENT_LIMITS:
        events = await client.contact_events(contact.id, limit=limit)
        is_whole = len(events) < limit
        changed = _last_change(contact, events, is_whole=is_whole)
        if changed is not None:
            ours = [stored for stored in events if sent.marks(stored) & unsubscribing]
            spans = (stored.created_at - changed for stored in ours)
            return any(timedelta() <= span <= _ONE_REQUEST for span in spans)
        if is_whole:
            return False
    return False


def _last_change(
    contact: Contact, events: Sequence[StoredEvent], *, is_whole: bool
) -> datetime | None:
    """Find when a contact became unsubscribed; None where these events do not tell.

    One that was created unsubscribed has no event of it.
    """
    for stored in events:
        if stored.name in {_LEAVES, _JOINS}:
            return stored.created_at if stored.name == _LEAVES else None
    return contact.created_at if is_whole else None
