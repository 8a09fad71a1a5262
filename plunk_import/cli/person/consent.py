"""The question which column says who wants mail, to the person who draws up a mapping."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from plunk_import.cli.person.asking import Person, person_here

if TYPE_CHECKING:
    from plunk_import.propose import AskConsent, Consent, ConsentCandidate

_MOST = 20


def consent_question() -> "AskConsent | None":
    """Tell how to ask; None where nobody types the program's input."""
    return _ask if sys.stdin.isatty() else None


def _ask(candidates: "Sequence[ConsentCandidate]") -> "Consent | None":
    with person_here() as person:
        return None if person is None else asked(candidates, person)


def asked(candidates: "Sequence[ConsentCandidate]", person: Person) -> "Consent | None":
    """Ask a person which column says who wants mail, and which of its values says so.

    Args:
        candidates: The columns that may say it, the likeliest first.
        person: Who answers; an empty or an odd answer leaves it open.

    Returns:
        The column as the person reads it; None where it stays open.

    """
    from plunk_import.propose import described

    shown = candidates[:_MOST]
    person.show("Which of these columns says who wants mail?")
    person.show(_numbered([described(candidate) for candidate in shown]))
    chosen = _choice(person.answer("Its number, or Enter to leave it open:"), len(shown))
    if chosen is None:
        return None
    candidate = shown[chosen]
    values = [*candidate.values, *([""] if candidate.empty else [])]
    person.show(f"Which value of {candidate.column!r} says that someone wants mail?")
    person.show(_numbered([repr(value) if value else "(empty)" for value in values]))
    meant = _choice(person.answer("Its number, or Enter to leave it open:"), len(values))
    return None if meant is None else candidate.meaning(values[meant])


def _numbered(lines: Sequence[str]) -> str:
    return "\n".join(f"  {number}. {line}" for number, line in enumerate(lines, 1))


def _choice(answer: str, count: int) -> int | None:
    """Read the number of one of `count` lines; None for anything else."""
    if not answer.isascii() or not answer.isdigit() or not 1 <= int(answer) <= count:
        return None
    return int(answer) - 1
