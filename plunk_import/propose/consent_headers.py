"""What a header says about who wants mail, in five languages: sure only where each word is known.

A list of what a column may be about instead would never end (terms, cookies, a webinar, the sale of
data), so a word that is not known here makes a header no more than a candidate.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from plunk_import.propose.header_words import (
    ADVERTISING,
    AGREED,
    HOW,
    JOINED,
    LEFT,
    MAIL,
    MAY_HAVE_JOINED,
    MAY_HAVE_LEFT,
    NO_WEIGHT,
    OTHER_CHANNEL_OR_MATTER,
    WHEN,
    YES_OR_NO,
)
from plunk_import.propose.shapes import folded, parts_of_name

Direction = Literal["in", "out"]

_STATES = frozenset({"status", "state", "statut", "estado", "etat", "stand"})
_COMPOUND_STATE = re.compile(r"\b(\w{4,}?)s?status\b")
_SURE, _LIKELY = 3, 1


def consent_direction(header: str) -> tuple[Direction, int]:
    """Read from a header whether a column says who wants mail, or who does not.

    Returns:
        The direction and how sure it is: 4 where it is about mail and says it, 3 where it says it,
        1 where it may, 0 for a header about anything else, such as another channel.

    """
    name = _plain(header)
    direction, certainty = _direction(name)
    if not certainty or is_about_something_else(header):
        return direction, 0
    if HOW.search(name) or WHEN.search(name):
        return direction, 0
    if not _is_understood(name, direction):
        return direction, _LIKELY
    return direction, certainty + (certainty == _SURE and bool(_OF_MAIL.search(name)))


def moments_direction(header: str) -> tuple[Direction | None, bool]:
    """Read from the header of a column of dates whether they say when people joined, or left.

    Returns:
        The direction, None for dates of anything else; and whether each word is understood.

    """
    name = " ".join(WHEN.sub(" ", _plain(header)).split())
    direction, certainty = _direction(name)
    if certainty < _SURE or is_about_something_else(header) or HOW.search(name):
        return None, False
    return direction, _is_understood(name, direction)


def may_name_a_subscription(header: str) -> bool:
    """Say whether a header is of mail or a state and of nothing else, so that its words decide."""
    name = _plain(header)
    direction, certainty = _direction(name)
    is_named = certainty or _OF_MAIL.search(name) or not _STATES.isdisjoint(name.split())
    return bool(is_named) and _is_understood(name, direction)


def is_about_something_else(header: str) -> bool:
    """Say whether a header is about another channel or another matter, and not about mail too."""
    name = _plain(header)
    return bool(OTHER_CHANNEL_OR_MATTER.search(name)) and not _BY_MAIL.search(name)


def _plain(header: str) -> str:
    # "Newsletter (yes/no)" names its answers, of which neither is a denial.
    name = YES_OR_NO.sub("", folded(" ".join(parts_of_name(header))))
    return _COMPOUND_STATE.sub(r"\1 status", name)


def _direction(name: str) -> tuple[Direction, int]:
    # Out first: "unsubscribed" holds "subscribed", and "no desea recibir" holds "desea recibir".
    ranked: tuple[tuple[Direction, int, re.Pattern[str]], ...] = (
        ("out", _SURE, _any(LEFT)),
        ("in", _SURE, _any(JOINED)),
        ("in", _SURE if _OF_MAIL.search(name) else _LIKELY, _any(AGREED)),
        ("out", _LIKELY, _any(MAY_HAVE_LEFT)),
        ("in", _LIKELY, _any(MAY_HAVE_JOINED)),
    )
    found = ((way, sure) for way, sure, pattern in ranked if pattern.search(name))
    return next(found, ("in", 0))


def _is_understood(name: str, direction: Direction) -> bool:
    hidden = name
    for known in _KNOWN[direction]:
        hidden = known.sub(lambda match: re.sub(r"\S", "#", match[0]), hidden)
    rests = (word.strip("#") for word in hidden.split())
    return all(
        len(rest) < 2 or rest in NO_WEIGHT or word in NO_WEIGHT
        for word, rest in zip(name.split(), rests, strict=True)
    )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _words_of(*lists: Iterable[str]) -> re.Pattern[str]:
    """Match what patterns name, without anything that may stand between a verb and its object."""
    named = {one.split(".*")[0].strip() for patterns in lists for one in patterns}
    return _any(sorted(named, key=lambda one: (-len(one), one)))


_BY_MAIL = _any(pattern for pattern in MAIL if "marketing" not in pattern)
_OF_MAIL = _any((*MAIL, *ADVERTISING))
_OF_JOINING = (*JOINED, *AGREED, *MAY_HAVE_JOINED, *MAIL, *ADVERTISING)
_KNOWN: Mapping[Direction, tuple[re.Pattern[str], ...]] = {
    "in": (_words_of(_OF_JOINING),),
    "out": (_words_of(LEFT, MAY_HAVE_LEFT), _words_of(_OF_JOINING)),
}
