"""Whom the import would create, subscribe, subscribe again or unsubscribe."""

import dataclasses
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from plunk_import.mapping import Mapping as MappingModel
from plunk_import.plan.gates import Consequence, GateQuestion, answered, digest_of_address
from plunk_import.plan.model import Check
from plunk_import.plan.preflight.entrants import Entrants
from plunk_import.plan.preflight.own_changes import OwnWords
from plunk_import.plan.preflight.questions import counted, listed, unanswered
from plunk_import.plan.preflight.stored_contacts import StoredContacts
from plunk_import.send import ReadFailedError

NAME = "subscriptions"
_SHOWN = 5


@dataclasses.dataclass(frozen=True, slots=True)
class OwnDoing:
    """What a run that goes on has done to the subscriptions of its contacts itself.

    Attributes:
        words: What its rows that were sent say, by address.
        unsubscribed: The addresses whose last change of subscription it made itself: the rows
            that follow only go on with what the file says.

    """

    words: Mapping[str, OwnWords]
    unsubscribed: frozenset[str]


NOTHING_DONE = OwnDoing(MappingProxyType({}), frozenset())


@dataclasses.dataclass(frozen=True, slots=True)
class Resubscribed:
    """An unsubscribed contact whom the rows that are left subscribe.

    Attributes:
        address: As it is stored.
        for_a_time: A later row unsubscribes it again.
        times: How many rows of this run have subscribed it before, so that it has unsubscribed
            since: that was not agreed to with the first of them.

    """

    address: str
    for_a_time: bool
    times: int

    @property
    def consequence(self) -> Consequence:
        """What somebody has to agree to."""
        ends = ", until a later row unsubscribes them" if self.for_a_time else ""
        again = f"+{self.times}" if self.times else ""
        return Consequence(
            f"{digest_of_address(self.address)}{again}",
            f"{masked(self.address)} is unsubscribed and would be subscribed again{ends}",
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Audience:
    """What would become of the contacts of the file.

    Attributes:
        created: How many would be created; None where that is unknown.
        subscribed: How many of those as subscribed; None where that is unknown.
        resubscribed: The unsubscribed who would be subscribed, if only for a time.
        unsubscribed: How many subscribed contacts would be unsubscribed.
        doubled: Spellings that are stored with capitals: Plunk would make a second contact.
        doubled_back: Those of `doubled` who are unsubscribed, while the second one would not be.

    """

    created: int | None
    subscribed: int | None
    resubscribed: tuple["Resubscribed", ...]
    unsubscribed: int
    doubled: tuple[str, ...]
    doubled_back: tuple[str, ...]


def check_audience(
    stored: StoredContacts | ReadFailedError,
    entrants: Entrants,
    mapping: MappingModel,
    *,
    takes_keys: bool,
    own: OwnDoing = NOTHING_DONE,
) -> tuple[Check, GateQuestion]:
    """Tell who would be created as subscribed, and whose state would change.

    `takes_keys` tells the newer build, which stores addresses in lower case.
    """
    if isinstance(stored, ReadFailedError):
        return unanswered(NAME, stored), _unread(f"{stored}", (), mapping, takes_keys=takes_keys)
    audience = _audience(entrants, stored, own)
    consequences = tuple(_consequences(audience))
    check = _check(audience, mapping, stored, entrants)
    if stored.is_complete and entrants.stride == 1:
        return check, answered("resubscription", consequences)
    reason = "There are more contacts than are read before a run."
    return check, _unread(reason, consequences, mapping, takes_keys=takes_keys)


def may_resubscribe(mapping: MappingModel, *, takes_keys: bool) -> bool:
    """Say whether a mapping can subscribe anybody who is unsubscribed.

    Where it leaves `subscribed` out, known contacts keep their state. But a server that compares
    addresses by their capitals does not know `Ada@Ex.com` for `ada@ex.com`.
    """
    subscribed = mapping.subscribed
    if subscribed is None:
        return not takes_keys
    return subscribed.const is not False


def _unread(
    reason: str, found: tuple[Consequence, ...], mapping: MappingModel, *, takes_keys: bool
) -> GateQuestion:
    if not found and not may_resubscribe(mapping, takes_keys=takes_keys):
        return answered("resubscription", ())
    return GateQuestion("resubscription", "unread", reason, found)


def unsubscribed_but_joining(stored: StoredContacts, entrants: Entrants) -> tuple[str, ...]:
    """List the contacts that are unsubscribed and that rows which are left subscribe."""
    joining = entrants.states.filter("joins")["email"]
    return tuple(one for one in joining if stored.spellings.get(one, {}).get(one) is False)


def _audience(entrants: Entrants, stored: StoredContacts, own: OwnDoing) -> Audience:
    created = subscribed = unsubscribed = 0
    resubscribed: list[Resubscribed] = []
    doubled: list[str] = []
    doubled_back: list[str] = []
    for address, first, last, joins in entrants.states.iter_rows():
        spellings = stored.spellings.get(address, {})
        if address in spellings:
            unsubscribed += last is False and spellings[address]
            if joins and not spellings[address] and address not in own.unsubscribed:
                said = own.words.get(address)
                times = said.subscribing if said else 0
                resubscribed.append(Resubscribed(address, last is False, times))
            continue
        if spellings or (stored.absent is not None and address in stored.absent):
            created += 1
            subscribed += first is not False
        doubled += spellings
        if joins or first is None:
            doubled_back += [one for one, is_subscribed in spellings.items() if not is_subscribed]
    is_known = stored.absent is not None
    return Audience(
        created if is_known else None,
        subscribed if is_known else None,
        tuple(resubscribed),
        unsubscribed,
        tuple(doubled),
        tuple(doubled_back),
    )


def _consequences(audience: Audience) -> Iterator[Consequence]:
    yield from (one.consequence for one in audience.resubscribed)
    for address in audience.doubled_back:
        message = (
            f"{masked(address)}, stored with capitals, is unsubscribed; a second contact, in lower "
            "case, would be created as subscribed"
        )
        yield Consequence(digest_of_address(address), message)


def masked(address: str) -> str:
    """Leave of an address its first letter and its domain: `a•••@example.com`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _check(
    found: Audience, mapping: MappingModel, stored: StoredContacts, entrants: Entrants
) -> Check:
    if found.created is None:
        message = "Unknown: the project has more contacts than may be read to find out who is new."
    else:
        message = (
            f"{counted(found.created, 'contact')} of the file would be created, "
            f"{found.subscribed:,} of them as subscribed."
        )
    if entrants.stride > 1:
        asked = entrants.states.height
        message += f" Asked about {asked:,} contacts, about 1 in {entrants.stride} of the file."
    is_worrying = (
        found.resubscribed or found.doubled or (mapping.subscribed is None and found.subscribed)
    )
    is_known = found.created is not None and stored.is_complete
    return Check(
        name=NAME,
        state="wrong" if is_worrying else "ok" if is_known else "unknown",
        message=message,
        remedy=_remedy(found, mapping),
        details=tuple(_details(found, mapping, stored)),
    )


def _details(found: Audience, mapping: MappingModel, stored: StoredContacts) -> Iterator[str]:
    at_least = "" if stored.is_complete else "at least "
    if mapping.subscribed is None:
        yield "the mapping leaves `subscribed` out: contacts that exist keep their state"
    else:
        again = tuple(one.address for one in found.resubscribed)
        back = counted(len(again), "unsubscribed contact")
        away = counted(found.unsubscribed, "subscribed contact")
        yield f"{at_least}{back} would be subscribed again{_shown(again)}"
        yield f"{at_least}{away} would be unsubscribed"
    if found.doubled:
        twice = counted(len(found.doubled), "contact")
        yield (
            f"{at_least}{twice} stored with capitals would be created a second time, in lower "
            f"case{_shown(found.doubled)}"
        )
    if found.doubled_back:
        back = counted(len(found.doubled_back), "unsubscribed contact")
        yield f"{at_least}{back} among them would be subscribed that way"


def _shown(addresses: tuple[str, ...]) -> str:
    return f": {', '.join(listed(list(map(masked, addresses)), _SHOWN))}" if addresses else ""


def _remedy(found: Audience, mapping: MappingModel) -> str | None:
    if found.resubscribed or found.doubled_back:
        return (
            "Make sure that they asked for it, and go on with --allow-resubscribe; else leave "
            "`subscribed` out of the mapping, or map the column that says so."
        )
    if found.doubled:
        return "Rewrite these addresses in lower case in Plunk before you import."
    if mapping.subscribed is None and found.subscribed:
        return (
            "Map `subscribed` to the column that says who opted in, or send "
            "`subscribed: {const: false}`."
        )
    return None
