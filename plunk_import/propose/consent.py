"""Which column says who wants mail: what the file shows, and what its author answers."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import polars as pl

from plunk_import.propose.consent_headers import (
    Direction,
    consent_direction,
    is_about_something_else,
    may_name_a_subscription,
)
from plunk_import.propose.consent_words import is_telling, word_means
from plunk_import.propose.exports import Export
from plunk_import.propose.kinds import SLIPS_IN
from plunk_import.propose.profile import ColumnProfile, Profile
from plunk_import.propose.shapes import boolean_sides
from plunk_import.propose.sql_text import identifier, literal

_LIKELY, _SURE, _KNOWN = 1, 2, 4
_MOST_STATES = 12


@dataclasses.dataclass(frozen=True, slots=True)
class Consent:
    """The column that says who wants mail, and its words for it.

    Attributes:
        column: The header.
        welcome: The words of those who want mail.
        unwelcome: The words of those who do not.
        is_negated: The column says who left, so that its `yes` is a no.
        empty: What an empty cell says where one side alone has words; None: nothing, so that a
            known contact keeps its state.

    """

    column: str
    welcome: tuple[str, ...]
    unwelcome: tuple[str, ...]
    is_negated: bool = False
    empty: bool | None = None

    @property
    def sql(self) -> str | None:
        """The SQL that reads the column where an empty cell says something; else None."""
        if self.empty is None:
            return None
        cell = f"COALESCE({identifier(self.column)}, '')"
        words = ("",) if self.empty else self.welcome
        quoted = ", ".join(map(literal, words))
        return f"{cell} = {quoted}" if len(words) == 1 else f"{cell} IN ({quoted})"


@dataclasses.dataclass(frozen=True, slots=True)
class ConsentCandidate:
    """A column that might say who wants mail, because it tells people apart in two groups.

    Attributes:
        column: The header.
        values: How many rows have each value, the most frequent first.
        empty: How many rows have none.
        reading: What it would mean, as far as its name and its words tell.
        certainty: 0 where nothing but the two groups speaks for it; 2 and more: it is used.

    """

    column: str
    values: Mapping[str, int]
    empty: int
    reading: Consent | None = None
    certainty: int = 0

    def meaning(self, welcome: str) -> Consent:
        """Read the column so that this value, or "" for an empty cell, says: wants mail."""
        others = tuple(value for value in self.values if value != welcome)
        if not welcome:
            return Consent(self.column, (), others, is_negated=True, empty=True)
        return Consent(self.column, (welcome,), others, empty=None if others else False)


AskConsent: TypeAlias = Callable[[Sequence[ConsentCandidate]], Consent | None]
"""Asks a person which of the candidates says who wants mail, the likeliest first."""


def consent_candidates(profile: Profile, export: Export | None) -> tuple[ConsentCandidate, ...]:
    """Find the columns that might say who wants mail, the likeliest first."""
    known = export.subscribed if export is not None else ()
    found = [
        candidate
        for column in profile.columns
        if (candidate := _candidate(column, is_known=column.name in known)) is not None
    ]

    def rank(candidate: ConsentCandidate) -> tuple[int, int]:
        place = known.index(candidate.column) if candidate.column in known else len(known)
        return -candidate.certainty, place

    return tuple(sorted(found, key=rank))


def surest(candidates: Sequence[ConsentCandidate]) -> Consent | None:
    """Choose the column to use; None where none is sure enough, or two are as sure."""
    sure = [candidate for candidate in candidates if candidate.certainty >= _SURE]
    if not sure:
        return None
    best, *others = sure
    # Two columns that are as sure may disagree; of a known export's the first one counts.
    is_tied = any(one.certainty == best.certainty for one in others)
    return None if is_tied and best.certainty < _KNOWN else best.reading


def _candidate(column: ColumnProfile, *, is_known: bool) -> ConsentCandidate | None:
    values = _values(column)
    if not values:
        return None
    direction, certainty = consent_direction(column.name)
    reading = _reading(column, values, direction)
    if reading is None:
        certainty = 0
    elif is_known:
        certainty = _KNOWN
    elif any(map(is_telling, values)) and not is_about_something_else(column.name):
        is_named = may_name_a_subscription(column.name)
        certainty = max(certainty, _SURE if is_named else _LIKELY)
    are_groups = len(values) + (column.empty > 0) == 2 and column.filled > len(values)
    if not are_groups and certainty == 0:
        return None
    ranked = dict(sorted(values.items(), key=lambda item: -item[1]))
    return ConsentCandidate(column.name, ranked, column.empty, reading, certainty)


def _values(column: ColumnProfile) -> Mapping[str, int]:
    """Count the values of a column that could be states, slips of the pen left aside."""
    if column.values is None or not (column.is_text or _is_flag(column)):
        return {}
    few = {
        value: count
        for value, count in column.values.items()
        if column.rows < 2 * SLIPS_IN or count > 1
    }
    slips = column.filled - sum(few.values())
    return few if len(few) <= _MOST_STATES and slips * SLIPS_IN <= column.filled else {}


def _is_flag(column: ColumnProfile) -> bool:
    return isinstance(column.dtype, pl.Boolean) or column.dtype.is_integer()


def _reading(
    column: ColumnProfile, values: Mapping[str, int], direction: Direction
) -> Consent | None:
    """Read the words by themselves, else as yes and no to what the header says."""
    states = {value: word_means(value) for value in values}
    if None not in states.values() and (direction == "in" or any(map(is_telling, values))):
        welcome = tuple(value for value, is_welcome in states.items() if is_welcome)
        unwelcome = tuple(value for value, is_welcome in states.items() if not is_welcome)
        return Consent(column.name, welcome, unwelcome, empty=_of_empty(column, unwelcome))
    sides = boolean_sides(values)
    if sides is None:
        return None
    yes, no = sides
    if direction == "out":
        return Consent(column.name, no, yes, is_negated=True)
    seen_no = tuple(word for word in no if word in values)
    return Consent(column.name, yes, no, empty=_of_empty(column, seen_no))


def _of_empty(column: ColumnProfile, unwelcome: tuple[str, ...]) -> bool | None:
    """Say what an empty cell says: a no, where no other cell does."""
    return False if column.empty and not unwelcome else None
