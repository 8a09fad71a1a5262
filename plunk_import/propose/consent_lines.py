"""What a proposed mapping says of consent: the line of `subscribed`, and what might stand there."""

from collections.abc import Sequence

from plunk_import.propose.consent import Consent, ConsentCandidate
from plunk_import.propose.yaml_text import Line, Setting, one_line, sample_shown
from plunk_import.validate import FALSE_WORDS, TRUE_WORDS

_SHOWN = 12
_WORDS_SHOWN = 6
_PLACEHOLDER = "Accepts marketing"
_LEFT_OUT = (
    "Which column says who wants mail? Left out, a new contact becomes subscribed and a known one",
    "keeps its state; `{const: false}` unsubscribes known ones too.",
)


def consent_line(consent: Consent, counts: str) -> Line:
    """Write the line of the column that says who wants mail."""
    remarks = [_of_moments(consent)] if consent.is_of_moments else []
    if consent.is_negated and not consent.is_of_moments:
        remarks.append("The column says who left, so its words stand the other way round.")
    if consent.sql is not None:
        if not consent.is_of_moments:
            said = "wants mail" if consent.empty else "wants none"
            only = f"Only one answer is written down: an empty cell says that someone {said}."
            remarks.append(only)
        return Line("subscribed", {"sql": consent.sql}, remarks=tuple(remarks))
    settings: dict[str, Setting] = {"column": consent.column}
    if not _are_usual(consent):
        settings |= {"true": consent.welcome, "false": consent.unwelcome}
    given = {key: setting for key, setting in settings.items() if setting}
    return Line("subscribed", given, counts, tuple(remarks))


def _of_moments(consent: Consent) -> str:
    date = "when someone left: a date is a no" if consent.is_negated else "when: a date is a yes"
    blank = {None: "nothing", True: "that someone wants mail", False: "that someone wants none"}
    return f"The column says {date}, an empty cell says {blank[consent.empty]}."


def open_line(candidates: Sequence[ConsentCandidate]) -> Line:
    """Leave the line to the author, beside the columns that it may be."""
    remarks = list(_LEFT_OUT)
    if candidates:
        remarks.append("These columns tell people apart:")
        remarks += [f"  {described(candidate)}" for candidate in candidates[:_SHOWN]]
    if len(candidates) > _SHOWN:
        remarks.append(f"  and {len(candidates) - _SHOWN} more with two values")
    column = candidates[0].column if candidates and candidates[0].certainty else _PLACEHOLDER
    return Line(
        "subscribed",
        {"column": column},
        remarks=tuple(remarks),
        left_out="name the column that says it",
    )


def described(candidate: ConsentCandidate) -> str:
    """Show a candidate with its values and how many rows have each."""
    values = list(candidate.values.items())
    shown = [f"{count:,} x {sample_shown(value)}" for value, count in values[:_WORDS_SHOWN]]
    if len(values) > _WORDS_SHOWN:
        shown.append(f"{len(values) - _WORDS_SHOWN} others")
    if candidate.empty:
        shown.append(f"{candidate.empty:,} x empty")
    return f"{one_line(candidate.column)}: {', '.join(shown)}"


def _are_usual(consent: Consent) -> bool:
    """Whether the mapping reads these words without being told."""
    if consent.is_negated:
        return False
    welcome, unwelcome = (
        {word.casefold() for word in words} for words in (consent.welcome, consent.unwelcome)
    )
    return welcome <= set(TRUE_WORDS) and unwelcome <= set(FALSE_WORDS)
