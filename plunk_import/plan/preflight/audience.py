"""Whom the import would create, subscribe or unsubscribe."""

import dataclasses
from collections.abc import Sequence

import polars as pl

from plunk_import.mapping import Mapping as MappingModel
from plunk_import.plan.model import Check
from plunk_import.plan.preflight.entrants import Entrants
from plunk_import.plan.preflight.questions import Bounds, counted, unanswered
from plunk_import.send import LOOKUP_MAX, PlunkClient, ReadFailedError

NAME = "subscriptions"
_FEW = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What the project told about the addresses asked for.

    `absent` are no contacts, None where that is unknown; `states` are of those whose state was
    read, and `is_complete` says that there are no others.
    """

    absent: frozenset[str] | None
    states: dict[str, bool]
    is_complete: bool


async def check_audience(
    client: PlunkClient, mapping: MappingModel, entrants: Entrants, bounds: Bounds
) -> Check:
    """Say who would be created as subscribed, and whose state would flip."""
    addresses = entrants.states["email"].to_list()
    told = entrants.states.drop_nulls("last")["email"].to_list()
    try:
        absent = await _absent(client, addresses)
        settled = frozenset(told) - (absent or frozenset())
        known = await _read_states(client, addresses, settled, absent, bounds)
    except ReadFailedError as error:
        return unanswered(NAME, error)
    return _line(_outcome(entrants, known), mapping, known, entrants)


async def _absent(client: PlunkClient, addresses: Sequence[str]) -> frozenset[str] | None:
    """Look the addresses up; None where the server has no such route."""
    absent: set[str] = set()
    for start in range(0, len(addresses), LOOKUP_MAX):
        answer = await client.lookup(addresses[start : start + LOOKUP_MAX])
        if answer is None:
            return None
        absent.update(answer.not_found)
    return frozenset(absent)


async def _read_states(
    client: PlunkClient,
    addresses: Sequence[str],
    settled: frozenset[str],
    absent: frozenset[str] | None,
    bounds: Bounds,
) -> Known:
    """Read the states of `settled`; page by page, unless they are few and known to be there."""
    if absent is not None and len(settled) <= _FEW:
        found = [await client.find_contact(address) for address in sorted(settled)]
        few = {one.email: one.subscribed for one in found if one is not None}
        return Known(absent, few, is_complete=True)
    wanted = frozenset(addresses) if absent is None else settled
    states: dict[str, bool] = {}
    pages = 0
    async for page in client.contacts():
        states.update({one.email: one.subscribed for one in page if one.email in wanted})
        pages += 1
        if len(states) == len(wanted):
            break
        if pages == bounds.pages:
            return Known(absent, states, is_complete=False)
    return Known(wanted - states.keys() if absent is None else absent, states, is_complete=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """How many contacts would be created, created as subscribed, and flipped; None: unknown."""

    created: int | None
    subscribed: int | None
    resubscribed: int
    unsubscribed: int


def _outcome(entrants: Entrants, known: Known) -> Outcome:
    states = entrants.states
    created = subscribed = None
    if known.absent is not None:
        new = states.filter(pl.col("email").is_in(list(known.absent)))
        created = new.height
        subscribed = new.filter(pl.col("first").fill_null(value=True)).height
    last = dict(states.drop_nulls("last").select("email", "last").iter_rows())
    flips = [last[one] for one, state in known.states.items() if last.get(one, state) != state]
    return Outcome(created, subscribed, sum(flips), len(flips) - sum(flips))


def _line(found: Outcome, mapping: MappingModel, known: Known, entrants: Entrants) -> Check:
    if found.created is None:
        message = "Unknown: the project has more contacts than may be read to find out who is new."
    else:
        message = (
            f"{counted(found.created, 'contact')} of the file would be created, "
            f"{found.subscribed:,} of them as subscribed."
        )
    asked = entrants.states.height
    if entrants.stride > 1:
        message += f" Asked about {asked:,} contacts, about 1 in {entrants.stride} of the file."
    is_worrying = found.resubscribed or (mapping.subscribed is None and found.subscribed)
    is_known = found.created is not None and known.is_complete
    return Check(
        name=NAME,
        state="wrong" if is_worrying else "ok" if is_known else "unknown",
        message=message,
        remedy=_remedy(found, mapping),
        details=_flips(found, mapping, known),
    )


def _flips(found: Outcome, mapping: MappingModel, known: Known) -> tuple[str, ...]:
    if mapping.subscribed is None:
        return ("the mapping leaves `subscribed` out: contacts that exist keep their state",)
    at_least = "" if known.is_complete else "at least "
    back = counted(found.resubscribed, "unsubscribed contact")
    away = counted(found.unsubscribed, "subscribed contact")
    return (
        f"{at_least}{back} would be subscribed again",
        f"{at_least}{away} would be unsubscribed",
    )


def _remedy(found: Outcome, mapping: MappingModel) -> str | None:
    if found.resubscribed:
        return (
            "Make sure that they asked for it; else leave `subscribed` out of the mapping, or map "
            "the column that says so."
        )
    if mapping.subscribed is None and found.subscribed:
        return (
            "Map `subscribed` to the column that says who opted in, or send "
            "`subscribed: {const: false}`."
        )
    return None
