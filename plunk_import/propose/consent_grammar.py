"""How the ideas of a header or a cell make a yes or a no: which ones need which others beside them.

Whatever is not understood as a whole says nothing: a yes to something else would be taken for one
to mail.
"""

import dataclasses
from collections.abc import Sequence
from typing import Literal

from plunk_import.propose.consent_vocabulary import NO_WEIGHT, UNKNOWN

Direction = Literal["in", "out"]

_MAIL = frozenset({"mail", "mails", "mailing"})
_KIND = frozenset({"advert", "offers", "commercial"})
_LISTS = frozenset({"letter", "letter_short", "mailing", "advert"})
_TO_ACCEPT = _LISTS | _MAIL
_NO = frozenset({"barred", "stopped"})
_ABOUT_MAIL = _MAIL | _LISTS | _KIND | {"messages"}


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """What the ideas of a header say together.

    Attributes:
        ideas: The ideas that it names.
        denials: How many words say no.

    """

    ideas: frozenset[str]
    denials: int

    @property
    def is_understood(self) -> bool:
        """Whether each of its words is known, and has beside it what it needs."""
        return self.ideas.isdisjoint({UNKNOWN, "unclear", "undecided"}) and not any(
            idea in self.ideas and self.ideas.isdisjoint(needed)
            for idea, needed in _NEEDED_BESIDE.items()
        )

    @property
    def direction(self) -> Direction | None:
        """Whether its yes says that someone wants mail, or that someone left; None: neither."""
        if self.denials == 0:
            return "in" if self._says_yes else None
        if self.denials > 1 or "yes" in self.ideas:
            return None
        return "out" if self._says_no else None

    @property
    def is_about_mail(self) -> bool:
        """Whether it names mail, a letter or advertising, and not a subscription alone."""
        return not self.ideas.isdisjoint(_ABOUT_MAIL)

    @property
    def is_of_a_subscription(self) -> bool:
        """Whether it can only be about a list that one joins and leaves."""
        return not self.ideas.isdisjoint({"joined", "member", "left"})

    @property
    def hints_at(self) -> Direction | None:
        """What it may say where some of its words are not known."""
        if not self.ideas.isdisjoint(_HINTS_OF_LEAVING):
            return "out"
        return None if self.ideas.isdisjoint(_HINTS_OF_JOINING) else "in"

    @property
    def _says_yes(self) -> bool:
        has = self.ideas
        return bool(
            has & {"letter"}
            or self._has_joined
            or ("list" in has and has & _MAIL)
            or (has & _MAIL and has & _KIND)
            or ("agreed" in has and (has & _TO_ACCEPT or self._has_messages))
            or (has & {"active", "entered", "send", "wants"} and has & _LISTS)
            or ("entered" in has and "mails" in has)
            or ("wants" in has and (has & {"offers"} or self._has_messages))
            or ("wants" in has and has & _MAIL and not has & {"contact", "reach"})
        )

    @property
    def _has_joined(self) -> bool:
        """Whether it says that someone joined, and not what may be a magazine that is paid."""
        has = self.ideas
        if has & (_LISTS | _MAIL):
            return bool(has & {"joined", "member"})
        if has & {"commercial", "law"}:
            return False
        return "joined" in has or {"member", "state"} <= has

    @property
    def _says_no(self) -> bool:
        has = self.ideas
        if "left" in has:
            return not has & {"joined", "member", "send"}
        if has & _LISTS or self._has_messages or (has & _MAIL and has & _KIND):
            return True
        if has & _MAIL and has & {"agreed", "wants"}:
            return True
        if "stopped" in has:
            return False
        if has & _MAIL:
            return not has & {"active", "entered", "given", "without"}
        is_denied = not has & _NO
        return bool(
            is_denied and (has & {"joined", "member", "reach"} or ("wants" in has and has & _KIND))
        )

    @property
    def _has_messages(self) -> bool:
        return "messages" in self.ideas and bool(self.ideas & (_KIND | _MAIL))


_NEEDED_BESIDE = {
    "address": frozenset({"left", "joined"}),
    "against": frozenset({"barred"}),
    "latest": frozenset({"offers"}),
    "topic": _LISTS - {"mailing"} | _KIND,
    "campaign": _LISTS | _KIND | _MAIL | {"left", "joined"},
    "circular": _MAIL,
    "list": _LISTS | _MAIL | {"left", "joined", "state"},
    "material": frozenset({"advert", "commercial"}),
    "plus": frozenset({"ne"}),
    "whose": _LISTS | _MAIL | _KIND,
}
_HINTS_OF_LEAVING = frozenset({"left"}) | _NO
_HINTS_OF_JOINING = frozenset({"joined", "member", "letter", "letter_short", "agreed"})


def statement_of(said: Sequence[str]) -> Statement:
    """Read the ideas of a header or a cell together."""
    ideas = [idea for idea in said if idea != NO_WEIGHT]
    denials = sum(idea in _NO | {"left"} for idea in ideas) + _denials(ideas)
    # "Unsubscribed (opt-out)" says it twice, and is no denial of a denial.
    is_said_twice = _denials(ideas) == 0 and _NO.isdisjoint(ideas) and "left" in ideas
    return Statement(frozenset(ideas), 1 if is_said_twice else denials)


def _denials(ideas: Sequence[str]) -> int:
    """Count the denials, of which a French one has two halves."""
    halves = min(1, sum(idea in {"ne", "pas"} for idea in ideas))
    return halves + sum(idea in {"never", "without"} for idea in ideas)
