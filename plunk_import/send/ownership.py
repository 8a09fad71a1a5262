"""Whose event a used key is for: this run's, or another import's."""

from typing import Protocol

from plunk_import.send.delivery import Delivery, Known
from plunk_import.send.event import Event
from plunk_import.send.readback import Doubt, Settled
from plunk_import.storage import Outcome


class Resolver(Protocol):
    """Settles doubt by reading back."""

    async def settle(self, doubt: Doubt) -> Settled:
        """Find out whether the event is stored."""

    async def find(self, event: Event) -> Settled:
        """Find out whether an event like this was ever stored."""

    async def identify(self, doubt: Doubt) -> Settled:
        """Tell whether an event that is surely stored is of this run."""


async def outcome_of_used_key(
    resolver: Resolver, delivery: Delivery, known: Known, doubt: Doubt
) -> Outcome:
    """Read back whose event a row's key is for.

    A row that this run never sent is skipped once an event like it is seen. One that it may have
    stored counts as delivered only where an event like it is not of before its request.
    """
    if not known.may_be_own:
        found = await resolver.find(delivery.event)
        return known.skipped if found.stored else known.in_doubt
    found = await resolver.identify(doubt)
    if found.stored is None:
        return delivery.unsettled(known.in_doubt.reason, found)
    return delivery.delivered(found) if found.stored else known.skipped
