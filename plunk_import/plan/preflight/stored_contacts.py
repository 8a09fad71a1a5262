"""The contacts that the project has under the addresses of the file."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from plunk_import.plan.preflight.questions import Bounds, ask
from plunk_import.runtime import Clock
from plunk_import.send import LOOKUP_MAX, PlunkClient

Spellings: TypeAlias = dict[str, dict[str, bool]]

_PAGE_SIZE = 100


@dataclasses.dataclass(frozen=True, slots=True)
class StoredContacts:
    """What the project told about the addresses it was asked for.

    Attributes:
        spellings: By address in lower case: each spelling that is a contact, and whether it is
            subscribed.
        absent: The addresses that are not contacts; None where that is unknown.
        is_complete: Whether every contact under these addresses is among `spellings`.

    """

    spellings: Mapping[str, Mapping[str, bool]]
    absent: frozenset[str] | None
    is_complete: bool


async def find_stored(
    client: PlunkClient, clock: Clock, addresses: Sequence[str], bounds: Bounds
) -> StoredContacts:
    """Read the contacts with these addresses, compared without regard to capitals.

    Args:
        client: Reads with the secret key.
        clock: Measures the pauses between tries.
        addresses: In lower case.
        bounds: `pages` is how many requests may be made.

    Raises:
        ReadFailedError: The project does not answer.

    """
    wanted = frozenset(addresses)
    pages = -(-await ask(client.contact_count, clock) // _PAGE_SIZE)
    if len(wanted) <= min(pages, bounds.pages):
        found: Spellings = {}
        for address in sorted(wanted):
            search = functools.partial(_read, client, frozenset({address}), search=address)
            found |= await ask(search, clock)
        return StoredContacts(found, wanted - found.keys(), is_complete=True)
    found = await ask(functools.partial(_read, client, wanted, most_pages=bounds.pages), clock)
    if pages <= bounds.pages:
        return StoredContacts(found, wanted - found.keys(), is_complete=True)
    unknown = sorted(wanted - found.keys())
    absent = None
    if len(unknown) <= LOOKUP_MAX * bounds.pages:
        absent = await _look_up(client, clock, unknown)
    return StoredContacts(found, absent, is_complete=False)


async def _read(
    client: PlunkClient,
    wanted: frozenset[str],
    *,
    search: str | None = None,
    most_pages: int | None = None,
) -> Spellings:
    found: Spellings = {}
    pages = 0
    async for page in client.contacts(search=search):
        for contact in page:
            if (address := contact.email.lower()) in wanted:
                found.setdefault(address, {})[contact.email] = contact.subscribed
        pages += 1
        if pages == most_pages:
            break
    return found


async def _look_up(
    client: PlunkClient, clock: Clock, addresses: Sequence[str]
) -> frozenset[str] | None:
    """Ask which addresses are not contacts; None where the server has no such route."""
    absent: set[str] = set()
    for start in range(0, len(addresses), LOOKUP_MAX):
        part = addresses[start : start + LOOKUP_MAX]
        answer = await ask(functools.partial(client.lookup, part), clock)
        if answer is None:
            return None
        absent.update(answer.not_found)
    return frozenset(absent)
