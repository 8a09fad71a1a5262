"""Which column says who wants mail: what the file shows, and what its author answers."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import polars as pl

from plunk_import.propose.consent_grammar import Direction
from plunk_import.propose.consent_headers import (
    consent_direction,
    is_about_something_else,
    may_name_a_subscription,
    moments_direction,
)
from plunk_import.propose.consent_words import are_telling, word_means
from plunk_import.propose.exports import Export
from plunk_import.propose.kinds import SLIPS_IN, is_met
from plunk_import.propose.profile import ColumnProfile, Profile
from plunk_import.propose.shapes import boolean_sides
from plunk_import.propose.sql_text import identifier, literal

_LIKELY, _MOMENT, _SURE, _KNOWN = 1, 2, 3, 5
_MOST_STATES = 12
_ANY_DATE = "a date"


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
        is_of_moments: It holds dates, and any date says the same.

    """

    column: str
    welcome: tuple[str, ...]
    unwelcome: tuple[str, ...]
    is_negated: bool = False
    empty: bool | None = None
    is_of_moments: bool = False

    @property
    def sql(self) -> str | None:
        """The SQL that reads the column where its words alone do not say it; else None."""
        if self.is_of_moments:
            return self._sql_of_moments
        if self.empty is None:
            return None
        cell = f"COALESCE({identifier(self.column)}, '')"
        words = ("",) if self.empty else self.welcome
        quoted = ", ".join(map(literal, words))
        return f"{cell} = {quoted}" if len(words) == 1 else f"{cell} IN ({quoted})"

    @property
    def _sql_of_moments(self) -> str:
        is_blank = f"COALESCE(CAST({identifier(self.column)} AS STRING), '') = ''"
        blank = {None: "NULL", True: "TRUE", False: "FALSE"}[self.empty]
        return f"CASE WHEN {is_blank} THEN {blank} ELSE {'TRUE' if self.welcome else 'FALSE'} END"


@dataclasses.dataclass(frozen=True, slots=True)
class ConsentCandidate:
    """A column that might say who wants mail, because it tells people apart in two groups.

    Attributes:
        column: The header.
        values: How many rows have each value, the most frequent first.
        empty: How many rows have none.
        reading: What it would mean, as far as its name and its words tell.
        certainty: 0 where nothing but the two groups speaks for it; 2 and more: it is used.
        is_of_moments: It holds dates, counted as one value.

    """

    column: str
    values: Mapping[str, int]
    empty: int
    reading: Consent | None = None
    certainty: int = 0
    is_of_moments: bool = False

    def meaning(self, welcome: str) -> Consent:
        """Read the column so that this value, or "" for an empty cell, says: wants mail."""
        others = tuple(value for value in self.values if value != welcome)
        if self.is_of_moments:
            said = (welcome,) if welcome else ()
            return Consent(self.column, said, others, not said, empty=not said, is_of_moments=True)
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
    sure = [candidate for candidate in candidates if candidate.certainty >= _MOMENT]
    if not sure:
        return None
    best, *others = sure
    # Two columns that are as sure may disagree; of a known export's the first one counts.
    is_tied = any(one.certainty == best.certainty for one in others)
    return None if is_tied and best.certainty < _KNOWN else best.reading


def _candidate(column: ColumnProfile, *, is_known: bool) -> ConsentCandidate | None:
    if _is_of_moments(column):
        return _candidate_of_moments(column)
    values = _values(column)
    if not values:
        return None
    direction, certainty = consent_direction(column.name)
    reading = _reading(column, values, direction)
    if reading is None:
        certainty = 0
    elif is_known:
        certainty = _KNOWN
    elif are_telling(values) and not is_about_something_else(column.name):
        is_named = may_name_a_subscription(column.name)
        certainty = max(certainty, _SURE if is_named else _LIKELY)
    are_groups = len(values) + (column.empty > 0) == 2 and column.filled > len(values)
    if not are_groups and certainty == 0:
        return None
    ranked = dict(sorted(values.items(), key=lambda item: -item[1]))
    return ConsentCandidate(column.name, ranked, column.empty, reading, certainty)


def _is_of_moments(column: ColumnProfile) -> bool:
    if column.is_text:
        return any(is_met(fits, column.filled) for fits in column.datings.values())
    return column.dtype.is_temporal() and column.filled > 0


def _candidate_of_moments(column: ColumnProfile) -> ConsentCandidate | None:
    """Take a date of leaving for a no; who once joined may have left since, so that is asked."""
    direction, is_understood = moments_direction(column.name)
    if direction is None:
        return None
    dates = (_ANY_DATE,)
    reading = Consent(column.name, (), dates, is_negated=True, is_of_moments=True)
    has_left = direction == "out" and is_understood
    return ConsentCandidate(
        column.name,
        {_ANY_DATE: column.filled},
        column.empty,
        reading if has_left else None,
        _MOMENT if has_left else 0,
        is_of_moments=True,
    )


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
    """Read the words as yes and no to what the header says, or by themselves."""
    sides = boolean_sides(values)
    is_told = are_telling(values)
    if is_told or (sides is None and direction == "in"):
        return _reading_of_states(column, values)
    if sides is None:
        return None
    yes, no = sides
    if direction == "out":
        return Consent(column.name, no, yes, is_negated=True)
    seen_no = tuple(word for word in no if word in values)
    return Consent(column.name, yes, no, empty=_of_empty(column, seen_no))


def _reading_of_states(column: ColumnProfile, values: Mapping[str, int]) -> Consent | None:
    states = {value: word_means(value) for value in values}
    if None in states.values():
        return None
    welcome = tuple(value for value, is_welcome in states.items() if is_welcome)
    unwelcome = tuple(value for value, is_welcome in states.items() if not is_welcome)
    return Consent(column.name, welcome, unwelcome, empty=_of_empty(column, unwelcome))


def _of_empty(column: ColumnProfile, unwelcome: tuple[str, ...]) -> bool | None:
    """Say what an empty cell says: a no, where no other cell does."""
    return False if column.empty and not unwelcome else None
